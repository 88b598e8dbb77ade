public import Acquisition
public import ArgumentParser

/// A place in a unit's tables as people write it: `holding:100:4`, `input:0x10`, `40001:2`.
struct RegisterPlace: Hashable, Sendable, ExpressibleByArgument, CustomStringConvertible {
    let area: RegisterArea
    let first: UInt16
    let count: Int

    init(area: RegisterArea, first: UInt16, count: Int) {
        self.area = area
        self.first = first
        self.count = count
    }

    init?(argument: String) {
        var parts = argument.lowercased().split(separator: ":", omittingEmptySubsequences: false)
            .map(String.init)
        let hasTable = RegisterArea(rawValue: parts[0]) != nil
        var count = 1
        if parts.count == (hasTable ? 3 : 2) {
            guard let number = Self.number(parts.removeLast()) else { return nil }
            count = number
        }
        if hasTable {
            guard parts.count == 2, let area = RegisterArea(rawValue: parts[0]),
                let first = Self.number(parts[1]).flatMap({ UInt16(exactly: $0) })
            else { return nil }
            self.init(area: area, first: first, count: count)
        } else {
            guard parts.count == 1, let manual = Self.manual(parts[0]) else { return nil }
            self.init(area: manual.area, first: manual.address, count: count)
        }
        guard (1...(area.isBits ? 2000 : 125)).contains(count), Int(first) + count <= 65_536 else {
            return nil
        }
    }

    /// The place as the API and the files write it.
    var name: String { "\(RegisterAddress(area, first))" }

    var description: String { count == 1 ? name : "\(name):\(count)" }

    private static func number(_ text: String) -> Int? {
        text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : Int(text)
    }

    /// A number as manuals print it: the first digit is the table, the rest counts from 1.
    private static func manual(_ text: String) -> RegisterAddress? {
        let areas: [Character: RegisterArea] = ["0": .coil, "1": .discrete, "3": .input, "4": .holding]
        guard (5...6).contains(text.count), text.allSatisfy(\.isWholeNumber), let first = text.first,
            let area = areas[first], let address = Int(text.dropFirst()).flatMap({ UInt16(exactly: $0 - 1) })
        else { return nil }
        return RegisterAddress(area, address)
    }
}

/// Unit ids as people write them: `1-247`, `1,5,20-30`.
struct UnitRange: Hashable, Sendable, ExpressibleByArgument, CustomStringConvertible {
    let ids: [Int]
    let description: String

    static let all = UnitRange(ids: Array(1...247), description: "1-247")

    private init(ids: [Int], description: String) {
        self.ids = ids
        self.description = description
    }

    init?(argument: String) {
        var found: [Int] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends[0], let last = ends.count == 2 ? ends[1] : first, ends.count <= 2,
                (0...255).contains(first), first <= last, last <= 255
            else { return nil }
            found += (first...last).filter { !found.contains($0) }
        }
        self.init(ids: found, description: argument)
    }
}

/// A span of time as the files write it: `200ms`, `30s`, `5m`.
struct SpanArgument: Hashable, Sendable, ExpressibleByArgument {
    let milliseconds: Int64

    init?(argument: String) {
        let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        for (suffix, factor) in units where argument.hasSuffix(suffix) {
            guard let number = Int64(argument.dropLast(suffix.count)), (1...3_600_000).contains(number) else {
                continue
            }
            milliseconds = number * factor
            return
        }
        return nil
    }
}

extension RegisterArea: ExpressibleByArgument {}

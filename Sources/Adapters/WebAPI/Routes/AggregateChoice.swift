public import Facility

/// Which sums over steps somebody asked for: `min,max,time-in:running`.
public struct AggregateChoice: Hashable, Sendable {
    /// The sums.
    public var sums: Set<Aggregate>
    /// The states whose time is wanted, as they were written, in that order.
    public var states: [String]

    /// Asks for sums and for times in states.
    public init(_ sums: Set<Aggregate>, states: [String] = []) {
        self.sums = sums
        self.states = states
    }

    /// Reads names; without any it is the usual sums.
    ///
    /// - Parameter unknown: takes the first name that is none.
    public init(_ names: [String], unknown: (String) throws -> Void) rethrows {
        self.init([])
        for name in names {
            if let sum = Aggregate(rawValue: name) {
                sums.insert(sum)
            } else if name.hasPrefix(Self.prefix), name.count > Self.prefix.count {
                let state = String(name.dropFirst(Self.prefix.count))
                if !states.contains(state) { states.append(state) }
            } else {
                try unknown(name)
            }
        }
        if names.isEmpty { sums = Aggregate.usual }
    }

    /// The names, as they are written in an address.
    public var names: [String] {
        Aggregate.allCases.filter(sums.contains).map(\.rawValue) + states.map { Self.prefix + $0 }
    }

    /// What the names may be, for people.
    public static let known = Aggregate.allCases.map(\.rawValue).joined(separator: ",") + ",time-in:STATE"

    private static let prefix = "time-in:"
}

extension Point.State {
    /// The number that stands for a state in samples: by its name, its number, or true and false; nil if none does.
    public static func code(_ text: String, among states: [Point.State]) -> Double? {
        if let state = states.first(where: { $0.name == text }) { return Double(state.code) }
        switch text.lowercased() {
        case "true", "on": return 1
        case "false", "off": return 0
        default: return Int64(text).map { Double($0) }
        }
    }
}

/// One line of the control conversation.
enum ControlCommand: Equatable {
    case inject(asset: String, fault: String)
    case clear(asset: String, fault: String)
    case communicate(bus: String, unit: String?, mode: CommunicationMode)
    case status
    case truth(asset: String)
    case faults(asset: String)
    case help
    case quit

    static let usage =
        "inject ASSET FAULT, clear ASSET FAULT, comm BUS[/UNIT] MODE [ARGUMENT], status, truth ASSET, "
        + "faults ASSET, help, quit"

    /// Why a line is not a command.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    init(line: String) throws(Problem) {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        switch (words.first, words.count) {
        case ("inject", 3): self = .inject(asset: words[1], fault: words[2])
        case ("clear", 3): self = .clear(asset: words[1], fault: words[2])
        case ("comm", 3...): self = try Self.communication(words)
        case ("status", 1): self = .status
        case ("truth", 2): self = .truth(asset: words[1])
        case ("faults", 2): self = .faults(asset: words[1])
        case ("help", 1): self = .help
        case ("quit", 1): self = .quit
        default: throw Problem(description: "not understood; commands are \(Self.usage)")
        }
    }

    private static func communication(_ words: [String]) throws(Problem) -> ControlCommand {
        let place = words[1].split(separator: "/", maxSplits: 1).map(String.init)
        guard let bus = place.first else { throw Problem(description: "a bus is missing") }
        do {
            let mode = try CommunicationMode(words: Array(words.dropFirst(2)))
            return .communicate(bus: bus, unit: place.count > 1 ? place[1] : nil, mode: mode)
        } catch {
            throw Problem(description: error.description)
        }
    }
}

/// Cuts a byte stream into lines.
struct LineSplitter {
    private static let longestLine = 4096
    private var pending: [UInt8] = []

    mutating func take(_ bytes: [UInt8]) -> [String] {
        pending += bytes
        var lines: [String] = []
        while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: pending[..<end].filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
            lines.append(line)
            pending.removeSubrange(...end)
        }
        if pending.count > Self.longestLine { pending = [] }
        return lines
    }
}

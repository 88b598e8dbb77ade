/// How a bus or one of its units behaves on the wire.
enum CommunicationMode: Hashable, CustomStringConvertible {
    case normal
    /// Nothing comes back.
    case silence
    /// Every answer takes so long, and the next request waits for it.
    case slow(milliseconds: Int)
    /// The answer comes after so long, even when the next request has been answered meanwhile.
    case late(milliseconds: Int)
    /// One byte at a time, with so long between two.
    case drip(milliseconds: Int)
    /// Only the first half of the answer.
    case truncate
    /// As many bytes as the answer, but random ones.
    case garbage
    /// One bit is flipped on the way.
    case corrupt
    /// A well-formed answer with one register less than asked.
    case wrongCount
    /// The answer names another unit.
    case wrongUnit
    /// The answer names another transaction (TCP only).
    case wrongTransaction
    /// Every request is refused with this exception.
    case exception(code: UInt8)
    /// The connection is closed when a request comes.
    case disconnect
    /// Nobody listens (whole buses only).
    case refuse

    /// Why a mode could not be read.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads a mode as commands and scenarios write it: `slow 300`.
    init(words: [String]) throws(Problem) {
        guard let word = words.first else { throw Problem(description: "a mode is missing") }
        var arguments = words.dropFirst()
        switch word {
        case "normal": self = .normal
        case "silence": self = .silence
        case "slow": self = .slow(milliseconds: try Self.number(&arguments, word, 0...600_000))
        case "late": self = .late(milliseconds: try Self.number(&arguments, word, 0...600_000))
        case "drip": self = .drip(milliseconds: try Self.number(&arguments, word, 0...60_000))
        case "truncate": self = .truncate
        case "garbage": self = .garbage
        case "corrupt": self = .corrupt
        case "wrong-count": self = .wrongCount
        case "wrong-unit": self = .wrongUnit
        case "wrong-transaction": self = .wrongTransaction
        case "exception": self = .exception(code: UInt8(try Self.number(&arguments, word, 1...255)))
        case "disconnect": self = .disconnect
        case "refuse": self = .refuse
        default:
            throw Problem(
                description: "unknown mode '\(word)'; known are normal, silence, slow MS, late MS, drip MS, "
                    + "truncate, garbage, corrupt, wrong-count, wrong-unit, wrong-transaction, exception CODE, "
                    + "disconnect, refuse")
        }
        guard arguments.isEmpty else {
            throw Problem(description: "'\(arguments.joined(separator: " "))' is too much after '\(word)'")
        }
    }

    private static func number(
        _ arguments: inout ArraySlice<String>, _ word: String, _ range: ClosedRange<Int>
    ) throws(Problem) -> Int {
        guard let written = arguments.popFirst(), let number = Int(written), range.contains(number) else {
            throw Problem(
                description: "'\(word)' needs a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    var description: String {
        switch self {
        case .normal: "normal"
        case .silence: "silence"
        case .slow(let milliseconds): "slow \(milliseconds)"
        case .late(let milliseconds): "late \(milliseconds)"
        case .drip(let milliseconds): "drip \(milliseconds)"
        case .truncate: "truncate"
        case .garbage: "garbage"
        case .corrupt: "corrupt"
        case .wrongCount: "wrong-count"
        case .wrongUnit: "wrong-unit"
        case .wrongTransaction: "wrong-transaction"
        case .exception(let code): "exception \(code)"
        case .disconnect: "disconnect"
        case .refuse: "refuse"
        }
    }
}

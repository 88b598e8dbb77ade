/// What a condition says: Kleene's strong three values.
public enum Truth: String, Hashable, Sendable, CaseIterable, Codable {
    /// It holds.
    case yes = "true"
    /// It does not hold.
    case no = "false"
    /// The values it needs are missing, and whatever they were would matter.
    case unknown

    /// The truth of a plain condition; nil is unknown.
    public init(_ flag: Bool?) {
        switch flag {
        case .some(true): self = .yes
        case .some(false): self = .no
        case .none: self = .unknown
        }
    }

    /// The plain condition; nil for unknown.
    public var flag: Bool? {
        switch self {
        case .yes: true
        case .no: false
        case .unknown: nil
        }
    }

    /// The truth of a number of the evaluation: not a number is unknown, 0 is no.
    init(number: Double) {
        self = number.isNaN ? .unknown : number == 0 ? .no : .yes
    }

    /// The opposite; unknown stays unknown.
    public static prefix func ! (truth: Truth) -> Truth {
        Truth(truth.flag.map { !$0 })
    }
}

public import Facility

/// Why a text is not a rule of recurrence, and which part of it is to blame.
public struct RecurrenceProblem: Error, Hashable, Sendable {
    /// What is wrong with the part.
    public enum Reason: String, Hashable, Sendable, CaseIterable {
        /// There is no such part.
        case unknown
        /// RFC 5545 has the part or the value, plans do not: nothing happens more often than once a day.
        case unsupported
        /// It is needed and not there.
        case missing
        /// It is there twice.
        case twice
        /// Its value is not one.
        case value
        /// Its value is too small or too large.
        case outside
        /// It does not go with another part.
        case conflict
        /// No day ever satisfies the rule.
        case never
        /// The text is longer than any rule.
        case tooLong = "too_long"
    }

    /// The part: `BYDAY`.
    public let part: String
    /// What is wrong with it.
    public let reason: Reason
    /// What stands there.
    public let text: String

    /// Describes a problem.
    public init(_ part: String, _ reason: Reason, _ text: some StringProtocol) {
        self.part = String(part.prefix(40))
        self.reason = reason
        self.text = String(text.prefix(40))
    }

    /// Describes a problem of a part that is not there.
    public init(_ part: String, _ reason: Reason) {
        self.init(part, reason, "")
    }

    /// The problem for people.
    public var message: Message {
        Message("recurrence.\(reason.rawValue)", ["part": .text(part), "text": .text(text)])
    }
}

public import Facility

/// What the daemon found out about itself, for the next step of the engine.
public struct SelfCondition: Hashable, Sendable {
    /// The alarm it is about, by its name.
    public let alarm: String
    /// Whether the alarm's condition holds; nil is unknown.
    public let raise: Bool?
    /// Whether it is over; nil is unknown. Neither may be true: between two thresholds an alarm stays as it is.
    public let clear: Bool?
    /// What fills the places of the alarm's text.
    public let arguments: [String: Message.Argument]

    /// Describes a condition.
    public init(alarm: String, raise: Bool?, clear: Bool?, arguments: [String: Message.Argument] = [:]) {
        self.alarm = alarm
        self.raise = raise
        self.clear = clear
        self.arguments = arguments
    }

    /// A condition that is over when it does not hold.
    public init(alarm: String, holds: Bool?, arguments: [String: Message.Argument] = [:]) {
        self.init(alarm: alarm, raise: holds, clear: holds.map { !$0 }, arguments: arguments)
    }
}

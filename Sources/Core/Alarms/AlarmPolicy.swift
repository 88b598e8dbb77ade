/// How an alarm behaves: what its rule says, apart from the conditions.
public struct AlarmPolicy: Hashable, Sendable {
    /// What happens while the condition is unknown.
    public enum WhileUnknown: Hashable, Sendable {
        /// The state is frozen; the raise delay pauses, the clear delay starts again.
        case hold
        /// Unknown counts as the raise condition.
        case raise
        /// Unknown for this long ends the alarm.
        case clear(afterMilliseconds: Int64)
        /// Kept quiet while unknown.
        case suppress
    }

    /// How long the raise condition must hold, milliseconds.
    public var raiseDelayMilliseconds: Int64
    /// How long the clear condition must hold, milliseconds.
    public var clearDelayMilliseconds: Int64
    /// Whether the alarm stays until somebody resets it.
    public var isLatching: Bool
    /// Whether somebody has to say they know of a raise.
    public var needsAcknowledgement: Bool
    /// Whether an alarm that has cleared still asks for an acknowledgement.
    public var needsAcknowledgementAfterReturn: Bool
    /// Whether a latched and acknowledged alarm that comes back asks for no new acknowledgement.
    public var returnsSilently: Bool
    /// How long nothing must keep it quiet before it may be announced again, milliseconds.
    public var settleMilliseconds: Int64
    /// How long people may put it aside at most, milliseconds.
    public var longestShelfMilliseconds: Int64
    /// What happens while the condition is unknown.
    public var whileUnknown: WhileUnknown

    /// Describes a behaviour.
    public init(
        raiseDelayMilliseconds: Int64 = 0, clearDelayMilliseconds: Int64 = 0, isLatching: Bool = false,
        needsAcknowledgement: Bool = true, needsAcknowledgementAfterReturn: Bool = false,
        returnsSilently: Bool = false, settleMilliseconds: Int64 = 0, whileUnknown: WhileUnknown = .hold,
        longestShelfMilliseconds: Int64 = 86_400_000
    ) {
        self.raiseDelayMilliseconds = raiseDelayMilliseconds
        self.clearDelayMilliseconds = clearDelayMilliseconds
        self.isLatching = isLatching
        self.needsAcknowledgement = needsAcknowledgement
        self.needsAcknowledgementAfterReturn = needsAcknowledgementAfterReturn
        self.returnsSilently = returnsSilently
        self.settleMilliseconds = settleMilliseconds
        self.longestShelfMilliseconds = longestShelfMilliseconds
        self.whileUnknown = whileUnknown
    }
}

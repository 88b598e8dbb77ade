public import Facility

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

    /// How people are told again of what they know and what still holds.
    public struct Reminding: Hashable, Sendable {
        /// After how long, milliseconds.
        public let afterMilliseconds: Int64
        /// How often at most, of one activation.
        public let most: Int

        /// Describes the reminding.
        public init(afterMilliseconds: Int64, most: Int) {
            self.afterMilliseconds = afterMilliseconds
            self.most = most
        }
    }

    /// How urgent it is unless its condition says otherwise.
    public var priority: Priority
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
    /// After how long without an acknowledgement people are asked once more, milliseconds; nil for never.
    public var acknowledgeTimeoutMilliseconds: Int64?
    /// How people are told again of what lasts; nil for never.
    public var reminding: Reminding?
    /// How long new work waits for an acknowledgement, milliseconds; nil where it is ordered at once.
    public var workWaitMilliseconds: Int64?
    /// How long people may put it aside at most, milliseconds.
    public var longestShelfMilliseconds: Int64
    /// What happens while the condition is unknown.
    public var whileUnknown: WhileUnknown
    /// How long the values must be unknown before that counts as the raise condition, milliseconds.
    public var unknownDelayMilliseconds: Int64
    /// How long a raise under way waits for its values, milliseconds; nil for as long as it takes.
    public var longestHoldMilliseconds: Int64?
    /// Whether it is only written down: nobody is told and no work is ordered.
    public var isShadow: Bool

    /// Describes a behaviour.
    public init(
        raiseDelayMilliseconds: Int64 = 0, clearDelayMilliseconds: Int64 = 0, isLatching: Bool = false,
        needsAcknowledgement: Bool = true, needsAcknowledgementAfterReturn: Bool = false,
        returnsSilently: Bool = false, settleMilliseconds: Int64 = 0, whileUnknown: WhileUnknown = .hold,
        longestShelfMilliseconds: Int64 = 86_400_000, priority: Priority = .p3,
        acknowledgeTimeoutMilliseconds: Int64? = nil, reminding: Reminding? = nil,
        workWaitMilliseconds: Int64? = nil, unknownDelayMilliseconds: Int64? = nil,
        longestHoldMilliseconds: Int64? = nil, isShadow: Bool = false
    ) {
        self.priority = priority
        self.acknowledgeTimeoutMilliseconds = acknowledgeTimeoutMilliseconds
        self.reminding = reminding
        self.workWaitMilliseconds = workWaitMilliseconds
        self.unknownDelayMilliseconds = unknownDelayMilliseconds ?? raiseDelayMilliseconds
        self.longestHoldMilliseconds = longestHoldMilliseconds
        self.isShadow = isShadow
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

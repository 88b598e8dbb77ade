public import Facility

/// One time an alarm happened, from raise to close: what lists, pages and messages show.
public struct AlarmOccurrence: Hashable, Sendable, Codable {
    /// A value that took part in the decision.
    public struct Evidence: Hashable, Sendable, Codable {
        /// The point's path.
        public let point: String
        /// What people call the point.
        public let label: Bilingual
        /// The value as written for people, unit included; nil if there was none.
        public let value: Bilingual?
        /// When it was measured, wall-clock milliseconds.
        public let wallMilliseconds: Int64?

        /// Describes a value.
        public init(point: String, label: Bilingual, value: Bilingual?, wallMilliseconds: Int64?) {
            self.point = point
            self.label = label
            self.value = value
            self.wallMilliseconds = wallMilliseconds
        }
    }

    /// Somebody's acknowledgement.
    public struct Acknowledgement: Hashable, Sendable, Codable {
        /// Who.
        public let person: String
        /// When, wall-clock milliseconds.
        public let wallMilliseconds: Int64
        /// What they wrote.
        public let note: String?

        /// Describes an acknowledgement.
        public init(person: String, wallMilliseconds: Int64, note: String?) {
            self.person = person
            self.wallMilliseconds = wallMilliseconds
            self.note = note
        }
    }

    /// The number, never used twice.
    public let id: OccurrenceID
    /// The rule and the asset.
    public let key: AlarmKey
    /// How urgent it is.
    public var priority: Priority
    /// Where it stands.
    public var state: AlarmState
    /// What happened, places filled when it was raised.
    public let text: Bilingual
    /// What a person needs in order to act: cause, consequence, action.
    public let guidance: Guidance?
    /// When the condition began, wall-clock milliseconds.
    public let beganWallMilliseconds: Int64
    /// When it was raised (after its delay), wall-clock milliseconds.
    public let raisedWallMilliseconds: Int64
    /// Who knows of it.
    public var acknowledgement: Acknowledgement?
    /// When the condition ended, wall-clock milliseconds.
    public var clearedWallMilliseconds: Int64?
    /// When nothing more was left to do, wall-clock milliseconds.
    public var closedWallMilliseconds: Int64?
    /// Whether the values behind it are unknown at present.
    public var isUncertain: Bool
    /// The values that raised it.
    public let evidence: [Evidence]
    /// The rule's place and expression, for the question why.
    public let reason: AlarmReason
    /// The occurrence of the same alarm before this one, if it had not been acknowledged.
    public let previous: OccurrenceID?
    /// What stood around it when it was raised; nil if nothing worth telling did.
    public var context: AlarmContext?

    // Absent in the rows of former versions, and in those of all occurrences that are not concerned.
    private var shadow: Bool?
    private var withoutData: Bool?
    private var activationCount: Int?
    private var reAlarmCount: Int?

    /// Whether its rule is only tried out: nobody was told and no work was ordered.
    public var isShadow: Bool { shadow ?? false }
    /// Whether it was raised because there was no data.
    public var isRaisedWithoutData: Bool { withoutData ?? false }
    /// How often its condition has come: once, and each time it came back while the occurrence was open.
    public var activations: Int { activationCount ?? 1 }
    /// How often people were asked anew: it came back before they knew or after, got worse, or lasted.
    public var reAlarms: Int { reAlarmCount ?? 0 }

    /// Collects the parts of an occurrence.
    public init(
        id: OccurrenceID, key: AlarmKey, priority: Priority, state: AlarmState, text: Bilingual,
        guidance: Guidance?, beganWallMilliseconds: Int64, raisedWallMilliseconds: Int64,
        isUncertain: Bool = false, evidence: [Evidence], reason: AlarmReason,
        previous: OccurrenceID? = nil, isShadow: Bool = false, isRaisedWithoutData: Bool = false,
        reAlarms: Int = 0
    ) {
        self.id = id
        self.key = key
        self.priority = priority
        self.state = state
        self.text = text
        self.guidance = guidance
        self.beganWallMilliseconds = beganWallMilliseconds
        self.raisedWallMilliseconds = raisedWallMilliseconds
        self.acknowledgement = nil
        self.clearedWallMilliseconds = nil
        self.closedWallMilliseconds = nil
        self.isUncertain = isUncertain
        self.evidence = evidence
        self.reason = reason
        self.previous = previous
        self.shadow = isShadow ? true : nil
        self.withoutData = isRaisedWithoutData ? true : nil
        self.activationCount = nil
        self.reAlarmCount = reAlarms == 0 ? nil : reAlarms
        self.context = nil
    }

    /// The condition came back while the occurrence was open.
    mutating func countActivation() { activationCount = activations + 1 }

    /// People are asked anew.
    mutating func countReAlarm() { reAlarmCount = reAlarms + 1 }
}

/// Which rule decided, where it stands and what it says.
public struct AlarmReason: Hashable, Sendable, Codable {
    /// The rule's place: `rules/pumps.yaml:14:11`.
    public let position: SourcePosition
    /// The raise condition as written.
    public let expression: String
    /// How long it had to hold, milliseconds.
    public let delayMilliseconds: Int64

    /// Describes a decision.
    public init(position: SourcePosition, expression: String, delayMilliseconds: Int64) {
        self.position = position
        self.expression = expression
        self.delayMilliseconds = delayMilliseconds
    }
}

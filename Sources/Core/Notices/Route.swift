public import Facility

/// Who hears of an alarm, when, and by which ways.
public struct Route: Hashable, Sendable {
    /// One wave of messages.
    public struct Step: Hashable, Sendable {
        /// How long after the raise, milliseconds.
        public let afterMilliseconds: Int64
        /// Whether an acknowledgement makes the step needless.
        public let isSkippedWhenAcknowledged: Bool
        /// Who hears; empty for channels that address nobody.
        public let parties: [Party]
        /// By which ways.
        public let channels: [ChannelID]

        /// Describes a wave.
        public init(
            afterMilliseconds: Int64, isSkippedWhenAcknowledged: Bool, parties: [Party],
            channels: [ChannelID]
        ) {
            self.afterMilliseconds = afterMilliseconds
            self.isSkippedWhenAcknowledged = isSkippedWhenAcknowledged
            self.parties = parties
            self.channels = channels
        }

        /// Describes a wave to people who are named one by one.
        public init(
            afterMilliseconds: Int64, isSkippedWhenAcknowledged: Bool, recipients: [PersonID],
            channels: [ChannelID]
        ) {
            self.init(
                afterMilliseconds: afterMilliseconds, isSkippedWhenAcknowledged: isSkippedWhenAcknowledged,
                parties: recipients.map(Party.person), channels: channels)
        }
    }

    /// Telling everybody on the route again until somebody acknowledges.
    public struct Repetition: Hashable, Sendable {
        /// How long after the last step and after each other, milliseconds.
        public let everyMilliseconds: Int64
        /// How often at most.
        public let most: Int

        /// Describes the repetition.
        public init(everyMilliseconds: Int64, most: Int) {
            self.everyMilliseconds = everyMilliseconds
            self.most = most
        }
    }

    /// The name in files: `default`.
    public let id: String
    /// What the route is for; nil if only rules that name it take it, and what no other is for.
    public let match: RouteMatch?
    /// The waves, in order of time.
    public let steps: [Step]
    /// What follows the last step while nobody acknowledges; nil for nothing.
    public let repetition: Repetition?
    /// When what can wait is held; nil for never.
    public let quietHours: QuietHours?

    /// Describes a route.
    public init(
        id: String, steps: [Step], match: RouteMatch? = nil, repetition: Repetition? = nil,
        quietHours: QuietHours? = nil
    ) {
        self.id = id
        self.match = match
        self.steps = steps
        self.repetition = repetition
        self.quietHours = quietHours
    }

    /// How many waves there are, the repetitions among them.
    var waveCount: Int { steps.isEmpty ? 0 : steps.count + (repetition?.most ?? 0) }

    /// How long after the raise a wave is due, milliseconds.
    func afterMilliseconds(ofWave wave: Int) -> Int64 {
        guard wave >= steps.count, let repetition, let last = steps.last else {
            return steps[wave].afterMilliseconds
        }
        return last.afterMilliseconds + Int64(wave - steps.count + 1) * repetition.everyMilliseconds
    }
}

/// What a route is for: every alarm that all of it suits.
public struct RouteMatch: Hashable, Sendable {
    /// The classes of equipment; empty for all.
    public let classes: Set<AssetClass>
    /// The places, each with everything below it: `B3` has `B3/pump-room` in it; empty for all.
    public let locations: [String]
    /// How urgent; empty for all.
    public let priorities: Set<Priority>
    /// The marks that the equipment has.
    public let labels: [String: String]
    /// The rules by name, `lift.*` for all that begin so; empty for all.
    public let rules: [String]
    /// When the alarm is raised; nil for any time.
    public let hours: WeeklyHours?

    /// Describes what a route is for.
    public init(
        classes: Set<AssetClass> = [], locations: [String] = [], priorities: Set<Priority> = [],
        labels: [String: String] = [:], rules: [String] = [], hours: WeeklyHours? = nil
    ) {
        self.classes = classes
        self.locations = locations
        self.priorities = priorities
        self.labels = labels
        self.rules = rules
        self.hours = hours
    }

    /// Whether the route is for an alarm that is raised at an instant.
    func accepts(rule: RuleID, priority: Priority, asset: Asset?, at wallMilliseconds: Int64) -> Bool {
        (priorities.isEmpty || priorities.contains(priority))
            && (classes.isEmpty || asset.map { classes.contains($0.assetClass) } == true)
            && (locations.isEmpty || asset.map { isIn($0.location) } == true)
            && labels.allSatisfy { asset?.labels[$0.key] == $0.value }
            && (rules.isEmpty || rules.contains { Self.names($0, rule.name) })
            && (hours.map { $0.contains(wallMilliseconds) } ?? true)
    }

    /// Whether a pattern names a rule.
    public static func names(_ pattern: String, _ rule: String) -> Bool {
        pattern.hasSuffix("*") ? rule.hasPrefix(pattern.dropLast()) : pattern == rule
    }

    private func isIn(_ location: String) -> Bool {
        locations.contains { Self.isIn(location, $0) }
    }

    /// Whether a place is another or lies below it.
    public static func isIn(_ location: String, _ whole: String) -> Bool {
        location == whole || location.hasPrefix(whole + "/")
    }
}

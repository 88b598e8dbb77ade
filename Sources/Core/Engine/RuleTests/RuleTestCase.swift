public import Alarms
public import Facility
public import Notices
public import Rules

/// A story told to one rule, and what it must say: an entry of a `*.test.yaml` file.
public struct RuleTestCase: Hashable, Sendable {
    /// An asset of the story.
    public struct Actor: Hashable, Sendable {
        /// Its name in the story.
        public let id: AssetID
        /// What kind of equipment it is.
        public let assetClass: AssetClass
        /// Its device profile; nil where the story leaves it open.
        public let profile: String?
        /// The asset above it.
        public let parent: AssetID?

        /// Describes an asset.
        public init(id: AssetID, assetClass: AssetClass, profile: String? = nil, parent: AssetID? = nil) {
            self.id = id
            self.assetClass = assetClass
            self.profile = profile
            self.parent = parent
        }
    }

    /// The values of one point over time, as the file writes them: `0.40@0s 0.10@60s bad@130s`.
    public struct Input: Hashable, Sendable {
        /// The point's name within the asset the story is about; `parent.level` and `S2.level` are those of others.
        public let point: String
        /// What it measures, when; in the point's own unit, states by name or code, `bad` for a failed read.
        public let timeline: ExpressionText

        /// Describes an input.
        public init(point: String, timeline: ExpressionText) {
            self.point = point
            self.timeline = timeline
        }
    }

    /// Where an alarm must stand at a time. What is nil may be anything.
    public struct Expectation: Hashable, Sendable {
        /// How far the values behind an alarm are known.
        public enum Knowledge: String, Hashable, Sendable, CaseIterable {
            /// Known.
            case good
            /// Unknown: the alarm is held as it was.
            case uncertain
        }

        /// How long after the start, milliseconds.
        public let atMilliseconds: Int64
        /// Where the alarm must stand.
        public let state: AlarmState?
        /// Whether the values behind it must be known.
        public let quality: Knowledge?
        /// How urgent the open occurrence must be.
        public let priority: Priority?
        /// The rule, if another one than the story's.
        public let rule: RuleID?
        /// The asset, if another one than the story's.
        public let asset: AssetID?
        /// Where the file says so.
        public let position: SourcePosition

        /// Describes an expectation.
        public init(
            atMilliseconds: Int64, state: AlarmState?, quality: Knowledge? = nil, priority: Priority? = nil,
            rule: RuleID? = nil, asset: AssetID? = nil, position: SourcePosition
        ) {
            self.atMilliseconds = atMilliseconds
            self.state = state
            self.quality = quality
            self.priority = priority
            self.rule = rule
            self.asset = asset
            self.position = position
        }
    }

    /// A message that must be decided at a time.
    public struct NoticeExpectation: Hashable, Sendable {
        /// How long after the start, milliseconds.
        public let atMilliseconds: Int64
        /// Why it is sent.
        public let kind: Notice.Kind
        /// The route it must take; nil for any.
        public let route: String?
        /// Where the file says so.
        public let position: SourcePosition

        /// Describes an expectation.
        public init(
            atMilliseconds: Int64, kind: Notice.Kind, route: String? = nil, position: SourcePosition
        ) {
            self.atMilliseconds = atMilliseconds
            self.kind = kind
            self.route = route
            self.position = position
        }
    }

    /// Something done from outside at a time.
    public struct Injection: Hashable, Sendable {
        /// How the daemon ends.
        public enum Ending: String, Hashable, Sendable, CaseIterable {
            /// It is killed.
            case kill9
            /// The machine loses its power: its uptime begins anew.
            case reboot
        }

        /// What is done.
        public enum Action: Hashable, Sendable {
            /// The daemon ends and starts again after a span, milliseconds; what is measured meanwhile is lost.
            case restart(Ending, downMilliseconds: Int64)
            /// Somebody acknowledges the open occurrence.
            case acknowledge(person: String)
            /// Somebody resets the latched alarm.
            case reset(person: String)
            /// Somebody puts the alarm aside for a span, milliseconds; until it ends where nil.
            case shelve(person: String, milliseconds: Int64?)
            /// Somebody brings it back from the shelf.
            case unshelve(person: String)
            /// Somebody takes the asset out of service under its open order.
            case takeOutOfService(person: String)
            /// Somebody returns the asset to service.
            case `return`(person: String)
            /// Somebody does the open order.
            case finishOrder(person: String)

            /// The daemon is killed and starts at once.
            public static let restart = Action.restart(.kill9, downMilliseconds: 0)
        }

        /// How long after the start, milliseconds.
        public let atMilliseconds: Int64
        /// What is done.
        public let action: Action

        /// Describes an injection.
        public init(atMilliseconds: Int64, action: Action) {
            self.atMilliseconds = atMilliseconds
            self.action = action
        }
    }

    /// What the other rules do in a story.
    public enum Others: String, Hashable, Sendable, CaseIterable {
        /// They are there, and none of them may raise an alarm the story does not speak of.
        case silent
        /// They are there and may do what they like.
        case present
    }

    /// What the story shows.
    public let name: String
    /// Where the file tells it.
    public let position: SourcePosition
    /// The rule under test.
    public let rule: RuleID
    /// The asset the story is about.
    public let subject: Actor
    /// The other assets in it.
    public let others: [Actor]
    /// When the story starts, wall-clock milliseconds.
    public let startWallMilliseconds: Int64
    /// What is measured.
    public let inputs: [Input]
    /// Where alarms must stand.
    public let expectations: [Expectation]
    /// Every message that must be decided, in order; nil if the story does not care.
    public let notices: [NoticeExpectation]?
    /// What is done from outside.
    public let injections: [Injection]
    /// What the other rules do; nil for a story that knows only its own rule and those it speaks of.
    public let also: Others?

    /// The name of the asset a story is about.
    public static let subjectID: AssetID = "T1"

    /// The class of the asset the story is about.
    public var assetClass: AssetClass { subject.assetClass }

    /// The device profile of the asset the story is about, if the story names one.
    public var profile: String? { subject.profile }

    /// Tells a story.
    public init(
        name: String, position: SourcePosition, rule: RuleID, assetClass: AssetClass,
        profile: String? = nil, parent: AssetID? = nil, others: [Actor] = [], startWallMilliseconds: Int64,
        inputs: [Input], expectations: [Expectation], notices: [NoticeExpectation]? = nil,
        injections: [Injection] = [], also: Others? = nil
    ) {
        self.name = name
        self.position = position
        self.rule = rule
        self.subject = Actor(id: Self.subjectID, assetClass: assetClass, profile: profile, parent: parent)
        self.others = others
        self.startWallMilliseconds = startWallMilliseconds
        self.inputs = inputs
        self.expectations = expectations
        self.notices = notices
        self.injections = injections
        self.also = also
    }
}

/// What became of a story.
public struct RuleTestResult: Hashable, Sendable {
    /// What the story shows.
    public let name: String
    /// What was not as told; empty if the rule passed.
    public let failures: [Problem]
    /// What the story has seen of its rule; nil unless asked for.
    public let coverage: RuleCoverage?

    /// Describes an outcome.
    public init(name: String, failures: [Problem], coverage: RuleCoverage? = nil) {
        self.name = name
        self.failures = failures
        self.coverage = coverage
    }

    /// Whether everything was as told.
    public var hasPassed: Bool { failures.isEmpty }
}

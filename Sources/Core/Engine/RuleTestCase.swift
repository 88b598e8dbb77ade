public import Alarms
public import Facility
public import Notices
public import Rules

/// A story told to one rule, and what it must say: an entry of a `*.test.yaml` file.
public struct RuleTestCase: Hashable, Sendable {
    /// The values of one point over time, as the file writes them: `0.40@0s 0.10@60s bad@130s`.
    public struct Input: Hashable, Sendable {
        /// The point's name within the asset.
        public let point: String
        /// What it measures, when; in the point's own unit, states by name or code, `bad` for a failed read.
        public let timeline: ExpressionText

        /// Describes an input.
        public init(point: String, timeline: ExpressionText) {
            self.point = point
            self.timeline = timeline
        }
    }

    /// Where the alarm must stand at a time.
    public struct Expectation: Hashable, Sendable {
        /// How long after the start, milliseconds.
        public let atMilliseconds: Int64
        /// Where the alarm must stand.
        public let state: AlarmState
        /// Where the file says so.
        public let position: SourcePosition

        /// Describes an expectation.
        public init(atMilliseconds: Int64, state: AlarmState, position: SourcePosition) {
            self.atMilliseconds = atMilliseconds
            self.state = state
            self.position = position
        }
    }

    /// A message that must be decided at a time.
    public struct NoticeExpectation: Hashable, Sendable {
        /// How long after the start, milliseconds.
        public let atMilliseconds: Int64
        /// Why it is sent.
        public let kind: Notice.Kind
        /// Where the file says so.
        public let position: SourcePosition

        /// Describes an expectation.
        public init(atMilliseconds: Int64, kind: Notice.Kind, position: SourcePosition) {
            self.atMilliseconds = atMilliseconds
            self.kind = kind
            self.position = position
        }
    }

    /// Something done from outside at a time.
    public struct Injection: Hashable, Sendable {
        /// What is done.
        public enum Action: Hashable, Sendable {
            /// The daemon is killed and started again.
            case restart
            /// Somebody acknowledges the open occurrence.
            case acknowledge(person: String)
            /// Somebody resets the latched alarm.
            case reset(person: String)
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

    /// What the story shows.
    public let name: String
    /// Where the file tells it.
    public let position: SourcePosition
    /// The rule under test.
    public let rule: RuleID
    /// The class of the asset the story is about.
    public let assetClass: AssetClass
    /// The device profile of the asset, if the story names one.
    public let profile: String?
    /// When the story starts, wall-clock milliseconds.
    public let startWallMilliseconds: Int64
    /// What is measured.
    public let inputs: [Input]
    /// Where the alarm must stand.
    public let expectations: [Expectation]
    /// Every message that must be decided, in order; nil if the story does not care.
    public let notices: [NoticeExpectation]?
    /// What is done from outside.
    public let injections: [Injection]

    /// Tells a story.
    public init(
        name: String, position: SourcePosition, rule: RuleID, assetClass: AssetClass,
        profile: String? = nil, startWallMilliseconds: Int64, inputs: [Input],
        expectations: [Expectation], notices: [NoticeExpectation]? = nil, injections: [Injection] = []
    ) {
        self.name = name
        self.position = position
        self.rule = rule
        self.assetClass = assetClass
        self.profile = profile
        self.startWallMilliseconds = startWallMilliseconds
        self.inputs = inputs
        self.expectations = expectations
        self.notices = notices
        self.injections = injections
    }
}

/// What became of a story.
public struct RuleTestResult: Hashable, Sendable {
    /// What the story shows.
    public let name: String
    /// What was not as told; empty if the rule passed.
    public let failures: [Problem]

    /// Whether everything was as told.
    public var hasPassed: Bool { failures.isEmpty }
}

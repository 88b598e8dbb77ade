public import Alarms
public import Facility
public import Rules

/// Why an alarm stands where it stands: the rule, its values and what it waits for.
public struct RuleExplanation: Hashable, Sendable {
    /// One expression of the rule and what it says.
    public struct Clause: Hashable, Sendable {
        /// What it decides: `when`, `clear_when`, `active_if` or the name of a `let`.
        public let role: String
        /// The expression as written.
        public let expression: String
        /// What it says; a number's presence for a `let` that is a number.
        public let truth: Truth

        /// Describes an expression and what it says.
        public init(role: String, expression: String, truth: Truth) {
            self.role = role
            self.expression = expression
            self.truth = truth
        }
    }

    /// One point the rule reads.
    public struct Reading: Hashable, Sendable {
        /// The point's path.
        public let point: String
        /// What people call it.
        public let label: Bilingual
        /// The value as written for people; nil if there is none.
        public let value: Bilingual?
        /// How far it can be trusted.
        public let quality: Quality
        /// When it was measured, wall-clock milliseconds; nil if it never was.
        public let wallMilliseconds: Int64?

        /// Describes a point and its value.
        public init(
            point: String, label: Bilingual, value: Bilingual?, quality: Quality, wallMilliseconds: Int64?
        ) {
            self.point = point
            self.label = label
            self.value = value
            self.quality = quality
            self.wallMilliseconds = wallMilliseconds
        }
    }

    /// The rule and the asset.
    public let key: AlarmKey
    /// Where the rule stands; nil for the alarms sitewatch raises about itself.
    public let position: SourcePosition?
    /// Where the alarm stands.
    public let state: AlarmState
    /// The expressions and what they say.
    public let clauses: [Clause]
    /// The points the rule reads.
    public let readings: [Reading]
    /// The comparisons by size in its expressions, with their numbers.
    public let comparisons: [RuleComparison]
    /// What would clear it: the expression that has to hold.
    public let clearsWhen: String
    /// When it will be raised if nothing changes, milliseconds from now; nil if no raise is under way, or if it
    /// waits for its values.
    public let raisesInMilliseconds: Int64?
    /// When it will clear if nothing changes, milliseconds from now; nil if no clear is under way.
    public let clearsInMilliseconds: Int64?
    /// What keeps it quiet.
    public let suppressedBy: [String]

    /// Collects the parts of an explanation.
    public init(
        key: AlarmKey, position: SourcePosition?, state: AlarmState, clauses: [Clause], readings: [Reading],
        clearsWhen: String, raisesInMilliseconds: Int64?, clearsInMilliseconds: Int64?,
        suppressedBy: [String], comparisons: [RuleComparison] = []
    ) {
        self.key = key
        self.position = position
        self.state = state
        self.clauses = clauses
        self.readings = readings
        self.clearsWhen = clearsWhen
        self.raisesInMilliseconds = raisesInMilliseconds
        self.clearsInMilliseconds = clearsInMilliseconds
        self.suppressedBy = suppressedBy
        self.comparisons = comparisons
    }
}

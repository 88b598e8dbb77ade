public import Facility

/// An expression as the file writes it.
public struct ExpressionText: Hashable, Sendable {
    /// The characters.
    public let text: String
    /// Where the first of them stands.
    public let position: SourcePosition

    /// Binds an expression to its place.
    public init(_ text: String, at position: SourcePosition) {
        self.text = text
        self.position = position
    }
}

/// Which assets a rule watches: every condition given must hold.
public struct RuleMatch: Hashable, Sendable {
    /// The class of equipment.
    public let assetClass: AssetClass?
    /// The device profile.
    public let profile: String?
    /// The one asset.
    public let asset: AssetID?
    /// The location or a location above it: `B3` matches `B3/pump-room`.
    public let location: String?
    /// Labels the asset must carry.
    public let labels: [String: String]

    /// Describes a match.
    public init(
        assetClass: AssetClass? = nil, profile: String? = nil, asset: AssetID? = nil,
        location: String? = nil, labels: [String: String] = [:]
    ) {
        self.assetClass = assetClass
        self.profile = profile
        self.asset = asset
        self.location = location
        self.labels = labels
    }
}

/// What happens to an alarm while its condition is unknown.
public enum UnknownPolicy: Hashable, Sendable {
    /// The state is frozen and shown with its age; the raise delay pauses.
    case hold
    /// Unknown for the raise delay counts as true: for what must fail safe.
    case raise
    /// Unknown for this long ends the alarm, saying that there was no data: for information only.
    case clear(afterMilliseconds: Int64)
    /// Not announced while unknown.
    case suppress
}

/// One rule as its file says it, checked for form but not yet for meaning.
public struct RuleDefinition: Hashable, Sendable {
    /// The work order a rule opens.
    public struct Order: Hashable, Sendable {
        /// What has to be done, for the order's title; the alarm's own text where nil.
        public let title: Bilingual?
        /// The group under which repeated causes share one order; the rule where nil.
        public let group: String?

        /// Describes the order.
        public init(title: Bilingual? = nil, group: String? = nil) {
            self.title = title
            self.group = group
        }
    }

    /// The name of a value computed once for the other expressions.
    public struct Binding: Hashable, Sendable {
        /// The name.
        public let name: String
        /// What it stands for.
        public let expression: ExpressionText

        /// Binds a name.
        public init(name: String, expression: ExpressionText) {
            self.name = name
            self.expression = expression
        }
    }

    /// The name in files and explanations.
    public let id: RuleID
    /// Where the rule starts.
    public let position: SourcePosition
    /// Which assets it watches.
    public let match: RuleMatch
    /// Names for parts of the conditions, in order.
    public let bindings: [Binding]
    /// What raises the alarm.
    public let when: ExpressionText
    /// What clears it; the opposite of `when` where nil.
    public let clearWhen: ExpressionText?
    /// The condition without which the alarm is suppressed by design.
    public let activeIf: ExpressionText?
    /// How long `when` must hold, milliseconds.
    public let raiseDelayMilliseconds: Int64
    /// How long the clear condition must hold, milliseconds.
    public let clearDelayMilliseconds: Int64
    /// What happens while the condition is unknown.
    public let onUnknown: UnknownPolicy
    /// How urgent it is.
    public let priority: Priority
    /// Whether the alarm stays until somebody resets it.
    public let isLatching: Bool
    /// Whether an alarm that has cleared still asks for an acknowledgement.
    public let needsAcknowledgementAfterReturn: Bool
    /// What people read, with `{device}` and point names as places.
    public let text: Bilingual
    /// What a person needs in order to act.
    public let guidance: Guidance?
    /// The order it opens, if any.
    public let order: Order?
    /// The route its notices take; `default` where nil.
    public let route: String?

    /// Collects the parts of a rule.
    public init(
        id: RuleID, position: SourcePosition, match: RuleMatch, bindings: [Binding] = [],
        when: ExpressionText, clearWhen: ExpressionText? = nil, activeIf: ExpressionText? = nil,
        raiseDelayMilliseconds: Int64 = 0, clearDelayMilliseconds: Int64 = 0,
        onUnknown: UnknownPolicy = .hold, priority: Priority, isLatching: Bool = false,
        needsAcknowledgementAfterReturn: Bool = false, text: Bilingual, guidance: Guidance? = nil,
        order: Order? = nil, route: String? = nil
    ) {
        self.id = id
        self.position = position
        self.match = match
        self.bindings = bindings
        self.when = when
        self.clearWhen = clearWhen
        self.activeIf = activeIf
        self.raiseDelayMilliseconds = raiseDelayMilliseconds
        self.clearDelayMilliseconds = clearDelayMilliseconds
        self.onUnknown = onUnknown
        self.priority = priority
        self.isLatching = isLatching
        self.needsAcknowledgementAfterReturn = needsAcknowledgementAfterReturn
        self.text = text
        self.guidance = guidance
        self.order = order
        self.route = route
    }
}

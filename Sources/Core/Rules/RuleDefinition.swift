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
        /// When the order is made.
        public let start: Start
        /// How the order is treated once it is there.
        public var conduct = Conduct()

        /// How an order of a rule is treated; what is nil is as the site has it.
        public struct Conduct: Hashable, Sendable {
            /// What a cause does that comes back soon after its order was over.
            public enum Recurrence: String, Hashable, Sendable, CaseIterable {
                /// It opens the order again.
                case reopen
                /// It opens another order, linked to the one before.
                case new
                /// It is counted on the order while that could still be opened again; what holds for longer opens
                /// another one.
                case append
            }

            /// What a cause does that comes back.
            public var recurrence = Recurrence.reopen
            /// For how long after its end an order is opened again, milliseconds; 0 never.
            public var reopenMilliseconds: Int64?
            /// After how long without its condition what is not urgent is given up, milliseconds.
            public var selfClearMilliseconds: Int64?
            /// How long finished work is observed, milliseconds.
            public var observeMilliseconds: Int64?
            /// Whether what is not urgent and stayed good counts as verified.
            public var verifiesItself = false
            /// How long a cause is left alone that somebody called false, milliseconds.
            public var suppressMilliseconds: Int64?
            /// What whoever does the work has to know.
            public var skill: String?
            /// Whether a life depends on it: it is never one of many in a group. What is of the first priority
            /// always is.
            public var isLifeSafety = false

            /// As the site has it.
            public init() {}
        }

        /// When an order is made.
        public enum Start: Hashable, Sendable {
            /// With the raise.
            case atOnce
            /// With the acknowledgement, and without one after this long, milliseconds.
            case acknowledged(orAfterMilliseconds: Int64)
        }

        /// Describes the order.
        public init(
            title: Bilingual? = nil, group: String? = nil, start: Start = .atOnce,
            conduct: Conduct = Conduct()
        ) {
            self.title = title
            self.group = group
            self.start = start
            self.conduct = conduct
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

    /// One rung of a ladder: the more urgent the priority, the higher the rung.
    public struct Level: Hashable, Sendable {
        /// How urgent the alarm is while this is the highest rung that holds.
        public let priority: Priority
        /// What puts the alarm on this rung.
        public let when: ExpressionText
        /// What takes it off again; the opposite of `when`, moved by the dead-band, where nil.
        public let clearWhen: ExpressionText?
        /// How far a comparison of `when` must be passed back, in its own unit: `3 °C`.
        public let deadband: ExpressionText?
        /// How long `when` must hold, milliseconds.
        public let raiseDelayMilliseconds: Int64
        /// How long the clear condition must hold, milliseconds.
        public let clearDelayMilliseconds: Int64

        /// Describes a rung.
        public init(
            priority: Priority, when: ExpressionText, clearWhen: ExpressionText? = nil,
            deadband: ExpressionText? = nil, raiseDelayMilliseconds: Int64 = 0,
            clearDelayMilliseconds: Int64 = 0
        ) {
            self.priority = priority
            self.when = when
            self.clearWhen = clearWhen
            self.deadband = deadband
            self.raiseDelayMilliseconds = raiseDelayMilliseconds
            self.clearDelayMilliseconds = clearDelayMilliseconds
        }
    }

    /// What is asked of people about a raise.
    public struct Acknowledging: Hashable, Sendable {
        /// Whether somebody has to say they know of a raise.
        public let isRequired: Bool
        /// Whether an alarm that has cleared still asks for an acknowledgement.
        public let isRequiredAfterReturn: Bool
        /// After how long without an acknowledgement the raise is announced again, milliseconds.
        public let timeoutMilliseconds: Int64?

        /// Describes what is asked.
        public init(
            isRequired: Bool = true, isRequiredAfterReturn: Bool = false, timeoutMilliseconds: Int64? = nil
        ) {
            self.isRequired = isRequired
            self.isRequiredAfterReturn = isRequiredAfterReturn
            self.timeoutMilliseconds = timeoutMilliseconds
        }
    }

    /// How an alarm that holds and is acknowledged is told again (ISA-18.2 re-alarm).
    public struct Reminding: Hashable, Sendable {
        /// After how long, milliseconds.
        public let afterMilliseconds: Int64
        /// How often at most.
        public let most: Int

        /// Describes the reminding.
        public init(afterMilliseconds: Int64, most: Int) {
            self.afterMilliseconds = afterMilliseconds
            self.most = most
        }
    }

    /// When an alarm counts as chattering, and when no longer.
    public struct Chatter: Hashable, Sendable {
        /// This many activations,
        public let activations: Int
        /// within this span, milliseconds.
        public let withinMilliseconds: Int64
        /// Over when this long without an activation, milliseconds.
        public let quietMilliseconds: Int64

        /// Describes chattering; by itself the one of ISA-18.2: three activations within a minute.
        public init(
            activations: Int = 3, withinMilliseconds: Int64 = 60_000, quietMilliseconds: Int64 = 600_000
        ) {
            self.activations = activations
            self.withinMilliseconds = withinMilliseconds
            self.quietMilliseconds = quietMilliseconds
        }
    }

    /// Whether a rule acts.
    public enum Mode: String, Hashable, Sendable, CaseIterable {
        /// Alarms are announced and make work.
        case live
        /// Alarms are decided and written down, but nobody is told and no order is made.
        case shadow
    }

    /// A part of a rule that something can be wrong with.
    public enum Part: Hashable, Sendable {
        /// How urgent it is.
        case priority
        /// One of the rules that explain it, by its place among them.
        case cause(Int)
        /// What happens while it is unknown.
        case unknown
        /// What people read, in a language.
        case text(Language)
        /// The order it opens.
        case order
    }

    /// The name in files and explanations.
    public let id: RuleID
    /// Where the rule starts.
    public var position: SourcePosition
    /// Where its parts stand, as far as that is known; see `place(of:)`.
    public var places: [Part: SourcePosition]
    /// Which assets it watches.
    public var match: RuleMatch
    /// Names for parts of the conditions, in order.
    public var bindings: [Binding]
    /// What raises the alarm; of a ladder, the condition of its lowest rung.
    public var when: ExpressionText
    /// The rungs of a ladder, the least urgent first; empty for a rule with one priority.
    public var levels: [Level]
    /// What clears it; the opposite of `when` where nil.
    public var clearWhen: ExpressionText?
    /// The condition without which the alarm is suppressed by design.
    public var activeIf: ExpressionText?
    /// How long `when` must hold, milliseconds.
    public var raiseDelayMilliseconds: Int64
    /// How long the clear condition must hold, milliseconds.
    public var clearDelayMilliseconds: Int64
    /// What happens while the condition is unknown.
    public var onUnknown: UnknownPolicy
    /// How long `when` must be unknown before `raise` takes it for true, milliseconds.
    public var unknownDelayMilliseconds: Int64
    /// How long a raise under way is kept while unknown, milliseconds; without end where nil.
    public var holdMilliseconds: Int64?
    /// The share of a window that must be known for a function over it to be known.
    public var coverage: Double
    /// How urgent it is; of a ladder, its lowest rung.
    public var priority: Priority
    /// Whether the alarm stays until somebody resets it.
    public var isLatching: Bool
    /// Whether a latched and acknowledged alarm that comes back asks for no new acknowledgement.
    public var returnsSilently: Bool
    /// What is asked of people.
    public var acknowledging: Acknowledging
    /// How people are told again of what lasts; nil for never.
    public var reminding: Reminding?
    /// The rules whose alarm at this asset, or at one above it, explains this one.
    public var causes: [RuleID]
    /// When it counts as chattering.
    public var chatter: Chatter
    /// Whether it acts.
    public var mode: Mode
    /// What people read, with `{device}` and point names as places.
    public var text: Bilingual
    /// What a person needs in order to act.
    public var guidance: Guidance?
    /// The order it opens, if any.
    public var order: Order?
    /// The route its notices take; `default` where nil.
    public var route: String?

    /// Collects the parts of a rule.
    public init(
        id: RuleID, position: SourcePosition, match: RuleMatch, bindings: [Binding] = [],
        when: ExpressionText, clearWhen: ExpressionText? = nil, activeIf: ExpressionText? = nil,
        raiseDelayMilliseconds: Int64 = 0, clearDelayMilliseconds: Int64 = 0,
        onUnknown: UnknownPolicy = .hold, priority: Priority, isLatching: Bool = false,
        acknowledging: Acknowledging = Acknowledging(), text: Bilingual, guidance: Guidance? = nil,
        order: Order? = nil, route: String? = nil, levels: [Level] = [],
        unknownDelayMilliseconds: Int64? = nil, holdMilliseconds: Int64? = nil, coverage: Double = 0.8,
        returnsSilently: Bool = false, reminding: Reminding? = nil, causes: [RuleID] = [],
        chatter: Chatter = Chatter(), mode: Mode = .live, places: [Part: SourcePosition] = [:]
    ) {
        self.id = id
        self.position = position
        self.places = places
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
        self.levels = levels
        self.unknownDelayMilliseconds = unknownDelayMilliseconds ?? raiseDelayMilliseconds
        self.holdMilliseconds = holdMilliseconds
        self.coverage = coverage
        self.returnsSilently = returnsSilently
        self.acknowledging = acknowledging
        self.reminding = reminding
        self.causes = causes
        self.chatter = chatter
        self.mode = mode
        self.text = text
        self.guidance = guidance
        self.order = order
        self.route = route
    }

    /// How urgent it can become: of a ladder, its highest rung.
    public var mostUrgent: Priority { levels.map(\.priority).min() ?? priority }

    /// Where a part stands, or else where the rule starts.
    public func place(of part: Part) -> SourcePosition { places[part] ?? position }
}

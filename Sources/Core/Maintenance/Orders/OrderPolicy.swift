public import Facility

/// What an order is held to, beyond what it is.
public struct OrderPolicy: Hashable, Sendable {
    /// What is promised.
    public var levels: ServiceLevels
    /// The site's zone.
    public var zone: SiteZone
    /// How long after the end of the work the same alarm means that it was not done, milliseconds.
    public var observeMilliseconds: Int64
    /// Whether what is not urgent and stayed good while it was observed counts as verified.
    public var verifiesItself: Bool
    /// How long somebody may take to say yes before the order goes back, milliseconds; nil for ever.
    public var acceptMilliseconds: Int64?
    /// How long the condition has to be gone before what is not urgent is given up, milliseconds; nil never.
    public var selfClearMilliseconds: Int64?
    /// How long after the verification nothing changes any more, milliseconds.
    public var archiveMilliseconds: Int64
    /// How long after its end the same cause reopens an order, milliseconds; 0 never.
    public var reopenMilliseconds: Int64
    /// How long a cause is left alone after somebody said there is nothing wrong, milliseconds.
    public var suppressMilliseconds: Int64
    /// When the asset went into service, wall-clock milliseconds: nobody worked on it before; nil if nobody knows.
    public var commissionedWallMilliseconds: Int64?

    /// Collects what an order is held to.
    public init(
        levels: ServiceLevels = ServiceLevels(), zone: SiteZone = .fixed("UTC", hours: 0),
        observeMilliseconds: Int64 = 1_800_000, verifiesItself: Bool = false,
        acceptMilliseconds: Int64? = nil, selfClearMilliseconds: Int64? = nil,
        archiveMilliseconds: Int64 = 7 * 86_400_000, reopenMilliseconds: Int64 = 86_400_000,
        suppressMilliseconds: Int64 = 7 * 86_400_000
    ) {
        self.levels = levels
        self.zone = zone
        self.observeMilliseconds = observeMilliseconds
        self.verifiesItself = verifiesItself
        self.acceptMilliseconds = acceptMilliseconds
        self.selfClearMilliseconds = selfClearMilliseconds
        self.archiveMilliseconds = archiveMilliseconds
        self.reopenMilliseconds = reopenMilliseconds
        self.suppressMilliseconds = suppressMilliseconds
    }
}

public import Facility

/// What stood around an occurrence when it was raised: what explains it, and how much was seen of its beginning.
public struct AlarmContext: Hashable, Sendable, Codable {
    /// The occurrence that explains this one, also when it is over.
    public var cause: OccurrenceID?
    /// Whether it began while nothing was seen of it: behind a link that was down, or while sitewatch was.
    public var isDetectedLate: Bool
    /// The first occurrence of a group in one tree of assets, this one if it is the first or began with it;
    /// nil if it stands alone by design, such as an alarm sitewatch raises by itself.
    public var first: OccurrenceID?

    /// Nothing in particular.
    public init() {
        cause = nil
        isDetectedLate = false
        first = nil
    }
}

extension AlarmOccurrence {
    /// Changes what stands around it.
    public mutating func setContext(_ change: (inout AlarmContext) -> Void) {
        var changed = context ?? AlarmContext()
        change(&changed)
        context = changed == AlarmContext() ? nil : changed
    }
}

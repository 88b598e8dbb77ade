import Alarms
public import Facility
import Rules

/// The first of the alarms that came together in one tree of assets: most often it says what the others follow
/// from.
public struct FirstOut: Hashable, Sendable, Codable {
    /// How long after the first an alarm still belongs to it, milliseconds.
    static let spanMilliseconds: Int64 = 60_000
    /// The poll cycle of a rule whose points have none, milliseconds.
    static let cycleMilliseconds: Int64 = 1000

    /// The top of the tree.
    public let root: AssetID
    /// The first.
    public let occurrence: OccurrenceID
    /// When its condition began to hold.
    public let began: Moment
    /// When it was raised.
    public let raised: Moment

    func translated(_ translate: (Moment) -> Moment) -> FirstOut {
        FirstOut(
            root: root, occurrence: occurrence, began: translate(began), raised: translate(raised))
    }
}

extension SiteEngine {
    /// The first of the group a new occurrence belongs to: itself if it is, or if it began within one poll cycle
    /// of the first, when nobody can tell which was.
    mutating func firstOut(
        of id: OccurrenceID, _ place: Int, began: Moment, _ draft: inout DecisionDraft
    ) -> OccurrenceID? {
        guard definition(place)?.mode == .live,
            let root = site.lineage(of: alarms[place].key.asset).last
        else { return nil }
        let cycle =
            instances[place].points.compactMap { site[$0].expectedMilliseconds }.max()
            ?? FirstOut.cycleMilliseconds
        if let first = firstOuts[root],
            draft.now.milliseconds(since: first.raised) <= FirstOut.spanMilliseconds
        {
            return began.milliseconds(since: first.began) <= cycle ? id : first.occurrence
        }
        let first = FirstOut(root: root, occurrence: id, began: began, raised: draft.now)
        firstOuts[root] = first
        draft.site[SiteMemory.name(ofFirst: root)] = .some(.first(first))
        return id
    }
}

public import Facility

extension PlanEngine {
    /// Work of an order that no plan opened, as somebody claims it for a plan.
    public struct Claim: Sendable {
        /// What it is to count as.
        public let credit: PlanCredit
        /// The order.
        public let order: OrderNumber
        /// The asset of the order.
        public let asset: AssetID
        /// The day the work was done.
        public let day: CivilDate

        /// Describes a claim.
        public init(_ credit: PlanCredit, order: OrderNumber, asset: AssetID, day: CivilDate) {
            self.credit = credit
            self.order = order
            self.asset = asset
            self.day = day
        }
    }

    /// The occurrence that work would count as; refused with the reason where it counts as none.
    ///
    /// - Parameter isUnderWay: whether somebody is at an order.
    public func judge(
        _ claim: Claim, at now: Moment, isUnderWay: (OrderNumber) -> Bool
    ) throws(PlanCreditRefusal) -> PlanOccurrenceID {
        try judged(claim, at: now, isUnderWay).done.id
    }

    /// Enters work as the next date of a plan.
    ///
    /// - Returns: the occurrence as it ended, and the order that was open for it and is not needed any more.
    public mutating func enter(
        _ claim: Claim, at now: Moment, isUnderWay: (OrderNumber) -> Bool
    ) throws(PlanCreditRefusal) -> (done: PlanOccurrence, own: OrderNumber?) {
        let judged = try self.judged(claim, at: now, isUnderWay)
        if let own = judged.own { placesOfOrder[own] = nil }
        series[judged.place] = judged.stage.series
        changed.insert(judged.place)
        // What follows from it, such as another date that moves, is decided with the next step.
        waiting.insert(judged.place)
        return (judged.done, judged.own)
    }

    private func judged(
        _ claim: Claim, at now: Moment, _ isUnderWay: (OrderNumber) -> Bool
    ) throws(PlanCreditRefusal) -> (place: Int, stage: SeriesStage, done: PlanOccurrence, own: OrderNumber?) {
        let plan = claim.credit.plan
        guard let place = places[PlanSeriesID(plan: plan, asset: claim.asset)] else {
            let isKnown = series.contains { $0.id.plan == plan }
            throw isKnown ? .otherAsset(plan, claim.asset) : .unknownPlan(plan)
        }
        let levels = series[place].plan.levels.map(\.id)
        var level = 0
        if let name = claim.credit.level {
            guard let found = levels.firstIndex(of: name) else {
                throw .unknownLevel(name, known: levels)
            }
            level = found
        } else if levels.count > 1 {
            throw .levelMissing(levels)
        }
        var stage = self.stage(of: place, now, PlanFacts())
        let (done, own) = try stage.credit(
            claim.order, level: level, on: claim.day, isUnderWay: isUnderWay)
        return (place, stage, done, own)
    }
}

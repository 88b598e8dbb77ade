import Facility
public import Maintenance

extension LedgerStore {
    /// Occurrences of plans, newest first.
    public func planOccurrences(
        _ filter: PlanOccurrenceFilter = PlanOccurrenceFilter()
    ) async throws(LedgerError) -> [PlanOccurrence] {
        var conditions = Conditions()
        conditions.add("plan = ?", filter.plan?.name)
        conditions.add("asset = ?", filter.asset?.name)
        if let isOpen = filter.isOpen {
            conditions.add(isOpen ? "is_final = 0" : "is_final = 1")
        }
        return try await records("SELECT json FROM plan_occurrence", conditions, by: "seq", filter.limit)
    }
}

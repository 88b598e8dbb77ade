public import Engine
public import Facility
import GRDB
import Synchronization

extension LedgerStore {
    /// Writes everything of a decision in one transaction; what this has returned from is durable.
    public func commit(_ decision: Decision) throws(LedgerError) {
        try writeNow { db in try DecisionWriter(db: db, boot: boot).write(decision) }
        keepHouse()
    }

    /// Notes that the daemon was alive, so that the next start knows how long it was down.
    public func markAlive(at now: Moment) throws(LedgerError) {
        try writeNow { db in try DecisionWriter(db: db, boot: boot).markAlive(at: now) }
        keepHouse()
    }

    // Now and then: what costs time and can wait.
    private func keepHouse() {
        let count = commits.wrappingAdd(1, ordering: .relaxed).newValue
        guard count.isMultiple(of: WriteAheadLog.commitsBetweenLooks) else { return }
        boundLog()
        reserve.hold()
    }
}

public import Engine
public import Facility
import GRDB

extension LedgerStore {
    /// Writes everything of a decision in one transaction; what this has returned from is durable.
    public func commit(_ decision: Decision) throws(LedgerError) {
        do {
            try pool.write { db in
                try DecisionWriter(db: db, boot: boot).write(decision)
            }
        } catch {
            throw LedgerError(error, path: path)
        }
        boundLog()
    }

    /// Notes that the daemon was alive, so that the next start knows how long it was down.
    public func markAlive(at now: Moment) throws(LedgerError) {
        do {
            try pool.write { db in try DecisionWriter(db: db, boot: boot).markAlive(at: now) }
        } catch {
            throw LedgerError(error, path: path)
        }
    }
}

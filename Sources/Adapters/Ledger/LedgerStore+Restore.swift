import Alarms
public import Engine
public import Facility
import GRDB
import Maintenance
import Notices
import Rules

/// What a start finds.
public struct RestoredLedger: Sendable {
    /// What the engine carries on from, every moment on the clocks of the running boot.
    public let memory: EngineMemory
    /// The last sign of life of the run before, on the clocks of the running boot; nil at the first start.
    public let lastAlive: Moment?

    /// How long the daemon was down, milliseconds; nil at the first start.
    public func downMilliseconds(at now: Moment) -> Int64? {
        lastAlive.map { max(0, now.milliseconds(since: $0)) }
    }
}

extension LedgerStore {
    /// What the engine needs to carry on: called once, before the first commit of a run.
    public func restore(at now: Moment) throws(LedgerError) -> RestoredLedger {
        do {
            return try pool.read { db in try MemoryReader(db: db, boot: boot, now: now).read() }
        } catch {
            throw LedgerError(error, path: path)
        }
    }
}

/// Reads back what the engine remembers, in one snapshot.
private struct MemoryReader {
    let db: Database
    let boot: String
    let now: Moment

    func read() throws -> RestoredLedger {
        var memory = EngineMemory()
        memory.alarms = try kept("SELECT boot, json FROM alarm_memory ORDER BY asset, rule") {
            (memory: AlarmMemory, boot) in memory.translated(from: boot, to: self.boot, now: now)
        }
        memory.rules = try kept("SELECT boot, json FROM rule_memory ORDER BY asset, rule") {
            (memory: RuleMemory, boot) in memory.translated(from: boot, to: self.boot, now: now)
        }
        memory.announcements = try kept("SELECT boot, json FROM announcement ORDER BY occurrence") {
            (memory: AnnouncementMemory, boot) in memory.translated(from: boot, to: self.boot, now: now)
        }
        memory.site = try kept("SELECT boot, json FROM site_memory ORDER BY name") {
            (memory: SiteMemory, boot) in memory.translated(from: boot, to: self.boot, now: now)
        }
        memory.lastAlive = try lastAlive()
        memory.occurrences = try texts("SELECT json FROM occurrence WHERE closed IS NULL ORDER BY id")
        memory.orders = try texts("SELECT json FROM work_order WHERE is_final = 0 ORDER BY seq")
        memory.settledOrders = try texts("SELECT json FROM work_order WHERE state = 'verified' ORDER BY seq")
        memory.closedOrders = try lastClosedOrders()
        memory.lastOccurrence = try Int64.fetchOne(db, sql: "SELECT last_occurrence FROM meta") ?? 0
        memory.lastOrderSequence = try orderSequences()
        memory.answeredCommands = try answeredCommands()
        return RestoredLedger(memory: memory, lastAlive: memory.lastAlive)
    }

    private func kept<Memory: Decodable>(
        _ sql: String, _ translate: (Memory, String) -> Memory
    ) throws -> [Memory] {
        try Row.fetchAll(db, sql: sql).map { row in
            translate(try RowText.decode(row["json"]), row["boot"])
        }
    }

    private func texts<Record: Decodable>(_ sql: String) throws -> [Record] {
        try String.fetchAll(db, sql: sql).map { try RowText.decode($0) }
    }

    /// The last order of each cause that is over.
    private func lastClosedOrders() throws -> [ClosedOrder] {
        let orders: [WorkOrder] = try texts(
            """
            SELECT json FROM (
                SELECT json, cause, row_number() OVER (
                    PARTITION BY cause ORDER BY closed DESC, number DESC) AS place
                FROM work_order
                WHERE is_final = 1 AND cause NOT GLOB 'plan:*' AND cause NOT GLOB 'manual/*')
            WHERE place = 1 ORDER BY cause
            """)
        return orders.map(ClosedOrder.init)
    }

    private func orderSequences() throws -> [CivilDate: Int] {
        let rows = try Row.fetchAll(db, sql: "SELECT day, sequence FROM order_sequence")
        return Dictionary(
            uniqueKeysWithValues: rows.map { (CivilDate(dayNumber: $0["day"]), $0["sequence"]) })
    }

    private func answeredCommands() throws -> [CommandReply] {
        let rows = try Row.fetchAll(db, sql: "SELECT id, refusal, detail FROM answered_command ORDER BY seq")
        return try rows.map { row in
            guard let name: String = row["refusal"] else {
                let order: String? = row["detail"]
                return CommandReply(
                    command: row["id"], refusal: nil, order: order.map { OrderNumber($0) })
            }
            guard let refusal = RefusalText(name: name, detail: row["detail"]).refusal else {
                throw UnknownWord(word: name)
            }
            return CommandReply(command: row["id"], refusal: refusal)
        }
    }

    private func lastAlive() throws -> Moment? {
        let sql = "SELECT boot, wall, uptime FROM meta WHERE boot IS NOT NULL"
        guard let row = try Row.fetchOne(db, sql: sql) else { return nil }
        let moment = Moment(wallMilliseconds: row["wall"], uptimeMilliseconds: row["uptime"])
        return KeptMoment(boot: row["boot"], moment: moment).translated(boot: boot, now: now)
    }
}

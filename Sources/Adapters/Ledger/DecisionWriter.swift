import Alarms
import Engine
import Facility
import GRDB
import Maintenance
import Notices
import Rules

/// Writes one decision inside a transaction.
struct DecisionWriter {
    /// How many answered commands are remembered; a repeated request comes within seconds.
    static let answeredCommandsKept = 1000

    let db: Database
    let boot: String

    /// Writes everything of a decision.
    func write(_ decision: Decision) throws {
        try decision.occurrences.forEach(write)
        try raiseLastOccurrence(to: decision.occurrences.map(\.id.number).max())
        try decision.alarms.forEach(write)
        try decision.rules.forEach(write)
        try decision.journal.forEach(write)
        try write(decision.orders)
        try decision.orderEvents.forEach(write)
        try decision.planOccurrences.forEach(write)
        try decision.assetStandings.forEach(write)
        try decision.announcements.forEach(write)
        try decision.endedAnnouncements.forEach(end)
        try decision.site.forEach(write)
        let outbox = OutboxWriter(db: db)
        for notice in decision.notices {
            try outbox.enqueue(notice, at: decision.moment.wallMilliseconds)
        }
        try write(decision.replies)
        try markAlive(at: decision.moment)
    }

    /// Notes the moment as the last sign of life.
    func markAlive(at now: Moment) throws {
        try db.run(
            "UPDATE meta SET boot = ?, wall = ?, uptime = ?",
            [boot, now.wallMilliseconds, now.uptimeMilliseconds])
    }

    private func write(_ occurrence: AlarmOccurrence) throws {
        try db.run(
            """
            INSERT INTO occurrence (id, asset, rule, priority, state, raised, cleared, closed, json)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET priority = excluded.priority, state = excluded.state,
                cleared = excluded.cleared, closed = excluded.closed, json = excluded.json
            """,
            [
                occurrence.id.number, occurrence.key.asset.name, occurrence.key.rule.name,
                occurrence.priority.rawValue, occurrence.state.rawValue,
                occurrence.raisedWallMilliseconds, occurrence.clearedWallMilliseconds,
                occurrence.closedWallMilliseconds, try RowText.encode(occurrence),
            ])
    }

    private func raiseLastOccurrence(to number: Int64?) throws {
        guard let number else { return }
        try db.run("UPDATE meta SET last_occurrence = ?1 WHERE last_occurrence < ?1", [number])
    }

    // A healthy instance has nothing to remember: no row.
    private func write(_ memory: AlarmMemory) throws {
        guard memory != AlarmMemory(key: memory.key) else {
            return try db.run(
                "DELETE FROM alarm_memory WHERE asset = ? AND rule = ?",
                [memory.key.asset.name, memory.key.rule.name])
        }
        try db.run(
            """
            INSERT INTO alarm_memory (asset, rule, boot, json) VALUES (?, ?, ?, ?)
            ON CONFLICT (asset, rule) DO UPDATE SET boot = excluded.boot, json = excluded.json
            """,
            [memory.key.asset.name, memory.key.rule.name, boot, try RowText.encode(memory)])
    }

    private func write(_ memory: RuleMemory) throws {
        guard memory.slots.contains(where: { $0 != .empty }) else {
            return try db.run(
                "DELETE FROM rule_memory WHERE asset = ? AND rule = ?",
                [memory.asset.name, memory.rule.name])
        }
        try db.run(
            """
            INSERT INTO rule_memory (asset, rule, boot, json) VALUES (?, ?, ?, ?)
            ON CONFLICT (asset, rule) DO UPDATE SET boot = excluded.boot, json = excluded.json
            """,
            [memory.asset.name, memory.rule.name, boot, try RowText.encode(memory)])
    }

    private func write(_ event: AlarmEvent) throws {
        try db.run(
            """
            INSERT INTO alarm_journal (asset, rule, occurrence, kind, state, wall, person, note, priority)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                event.key.asset.name, event.key.rule.name, event.occurrence?.number, event.kind.rawValue,
                event.state.rawValue, event.wallMilliseconds, event.person, event.note,
                event.priority?.rawValue,
            ])
    }

    // An order that ends makes room for the next of its cause, so what ends is written first.
    private func write(_ orders: [WorkOrder]) throws {
        var last: [OrderNumber: WorkOrder] = [:]
        for order in orders {
            last[order.number] = order
        }
        var seen: Set<OrderNumber> = []
        let distinct = orders.compactMap { order in
            seen.insert(order.number).inserted ? last[order.number] : nil
        }
        try distinct.filter(\.state.isFinal).forEach(write)
        try distinct.filter { !$0.state.isFinal }.forEach(write)
        try raiseSequences(of: distinct.compactMap(\.number.parts))
    }

    private func raiseSequences(of numbers: [(date: CivilDate, sequence: Int)]) throws {
        let highest = Dictionary(numbers.map { ($0.date, $0.sequence) }, uniquingKeysWith: max)
        for (date, sequence) in highest {
            try db.run(
                """
                INSERT INTO order_sequence (day, sequence) VALUES (?, ?)
                ON CONFLICT (day) DO UPDATE SET sequence = max(sequence, excluded.sequence)
                """,
                [date.dayNumber, sequence])
        }
    }

    private func write(_ order: WorkOrder) throws {
        try db.run(
            """
            INSERT INTO work_order
                (number, version, asset, cause, occurrence, priority, state, is_final, assignee, opened,
                changed, type, due, closed, cents, json)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (number) DO UPDATE SET version = excluded.version, asset = excluded.asset,
                priority = excluded.priority, state = excluded.state, is_final = excluded.is_final,
                assignee = excluded.assignee, changed = excluded.changed, type = excluded.type,
                due = excluded.due, closed = excluded.closed, cents = excluded.cents, json = excluded.json
            """,
            [
                order.number.name, order.version, order.asset.name, order.cause, order.occurrence?.number,
                order.priority.rawValue, order.state.rawValue, order.state.isFinal, order.assignee,
                order.openedWallMilliseconds, order.changedWallMilliseconds, order.type.rawValue,
                order.dueOrPromisedWallMilliseconds,
                order.state.isFinal
                    ? order.work.closedWallMilliseconds ?? order.changedWallMilliseconds : nil,
                order.work.completion?.totalCents ?? 0, try RowText.encode(order),
            ])
    }

    private func write(_ event: OrderEvent) throws {
        try db.run(
            """
            INSERT INTO order_event (number, version, kind, state, wall, person, note, json)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                event.number.name, event.version, event.kind.rawValue, event.state.rawValue,
                event.wallMilliseconds, event.person, event.note,
                try event.hasMore ? RowText.encode(event) : nil,
            ])
    }

    private func write(_ standing: AssetStanding) throws {
        try db.run(
            "INSERT INTO asset_event (asset, state, wall, person, note) VALUES (?, ?, ?, ?, ?)",
            [
                standing.asset.name, standing.state.rawValue, standing.sinceWallMilliseconds,
                standing.person, standing.note,
            ])
    }

    private func write(_ occurrence: PlanOccurrence) throws {
        try db.run(
            """
            INSERT INTO plan_occurrence (id, plan, asset, nominal, due, state, is_final, work_order, json)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET due = excluded.due, state = excluded.state,
                is_final = excluded.is_final, work_order = excluded.work_order, json = excluded.json
            """,
            [
                occurrence.id.name, occurrence.series.plan.name, occurrence.series.asset.name,
                occurrence.nominal.description, occurrence.due.description, occurrence.state.rawValue,
                occurrence.state.isFinal, occurrence.order?.name, try RowText.encode(occurrence),
            ])
    }

    private func write(_ announcement: AnnouncementMemory) throws {
        try db.run(
            """
            INSERT INTO announcement (occurrence, boot, json) VALUES (?, ?, ?)
            ON CONFLICT (occurrence) DO UPDATE SET boot = excluded.boot, json = excluded.json
            """,
            [announcement.occurrence.number, boot, try RowText.encode(announcement)])
    }

    private func end(_ announcement: OccurrenceID) throws {
        try db.run("DELETE FROM announcement WHERE occurrence = ?", [announcement.number])
    }

    private func write(_ change: SiteMemoryChange) throws {
        guard let memory = change.memory else {
            return try db.run("DELETE FROM site_memory WHERE name = ?", [change.name])
        }
        try db.run(
            """
            INSERT INTO site_memory (name, boot, json) VALUES (?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET boot = excluded.boot, json = excluded.json
            """,
            [change.name, boot, try RowText.encode(memory)])
    }

    private func write(_ replies: [CommandReply]) throws {
        guard !replies.isEmpty else { return }
        for reply in replies {
            let refusal = try reply.refusal.map { try RefusalText($0) }
            try db.run(
                """
                INSERT INTO answered_command (id, refusal, detail) VALUES (?, ?, ?)
                ON CONFLICT (id) DO NOTHING
                """,
                [reply.command, refusal?.name, refusal?.detail ?? reply.order?.name])
        }
        try db.run(
            "DELETE FROM answered_command WHERE seq <= (SELECT max(seq) FROM answered_command) - ?",
            [Self.answeredCommandsKept])
    }
}

extension OrderEvent {
    /// Whether there is more to it than the columns tell.
    fileprivate var hasMore: Bool {
        priority != nil || source != .user || isClockStep || detail != nil || timers != nil
    }
}

extension Database {
    /// Runs one statement, compiled once per connection.
    func run(_ sql: String, _ arguments: StatementArguments = []) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}

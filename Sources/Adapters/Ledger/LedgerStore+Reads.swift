public import Alarms
public import Facility
import GRDB
public import Maintenance
import Notices

extension LedgerStore {
    /// Occurrences, newest first.
    public func occurrences(
        _ filter: OccurrenceFilter = OccurrenceFilter()
    ) async throws(LedgerError) -> [AlarmOccurrence] {
        var conditions = Conditions()
        if let isOpen = filter.isOpen {
            conditions.add(isOpen ? "closed IS NULL" : "closed IS NOT NULL")
        }
        if !filter.includesShadow { conditions.add("json_extract(json, '$.shadow') IS NOT 1") }
        conditions.add("asset = ?", filter.asset?.name)
        conditions.add("rule = ?", filter.rule?.name)
        conditions.add("priority", oneOf: filter.priorities.map(\.rawValue))
        conditions.add("state", oneOf: filter.states.map(\.rawValue))
        conditions.add("raised >= ?", filter.fromWallMilliseconds)
        conditions.add("raised < ?", filter.toWallMilliseconds)
        conditions.add("id < ?", filter.before?.number)
        conditions.add("json_extract(json, '$.context.cause') = ?", filter.cause?.number)
        return try await records("SELECT json FROM occurrence", conditions, by: "id", filter.limit)
    }

    /// The occurrence with a number.
    public func occurrence(_ id: OccurrenceID) async throws(LedgerError) -> AlarmOccurrence? {
        var conditions = Conditions()
        conditions.add("id = ?", id.number)
        let found: [AlarmOccurrence] = try await records(
            "SELECT json FROM occurrence", conditions, by: "id", 1)
        return found.first
    }

    /// Entries of the alarm journal, newest first.
    public func journal(
        _ filter: JournalFilter = JournalFilter()
    ) async throws(LedgerError) -> [NumberedAlarmEvent] {
        var conditions = Conditions()
        conditions.add("occurrence = ?", filter.occurrence?.number)
        conditions.add("asset = ?", filter.asset?.name)
        conditions.add("rule = ?", filter.rule?.name)
        conditions.add("kind", oneOf: filter.kinds.map(\.rawValue))
        conditions.add("wall >= ?", filter.fromWallMilliseconds)
        conditions.add("wall < ?", filter.toWallMilliseconds)
        conditions.add("id < ?", filter.before)
        return try await rows("SELECT * FROM alarm_journal", conditions, by: "id", filter.limit) { row in
            NumberedAlarmEvent(number: row["id"], event: try AlarmEvent(row))
        }
    }

    /// Orders, newest first.
    public func orders(_ filter: OrderFilter = OrderFilter()) async throws(LedgerError) -> [WorkOrder] {
        var conditions = Conditions()
        if let isOpen = filter.isOpen {
            conditions.add(isOpen ? "is_final = 0" : "is_final = 1")
        }
        conditions.add("asset = ?", filter.asset?.name)
        conditions.add("assignee = ?", filter.assignee)
        conditions.add("occurrence = ?", filter.occurrence?.number)
        conditions.add("priority", oneOf: filter.priorities.map(\.rawValue))
        conditions.add("state", oneOf: filter.states.map(\.rawValue))
        conditions.add("opened >= ?", filter.fromWallMilliseconds)
        conditions.add("opened < ?", filter.toWallMilliseconds)
        conditions.add("seq < (SELECT seq FROM work_order WHERE number = ?)", filter.before?.name)
        return try await records("SELECT json FROM work_order", conditions, by: "seq", filter.limit)
    }

    /// The order with a number.
    public func order(_ number: OrderNumber) async throws(LedgerError) -> WorkOrder? {
        var conditions = Conditions()
        conditions.add("number = ?", number.name)
        let found: [WorkOrder] = try await records(
            "SELECT json FROM work_order", conditions, by: "seq", 1)
        return found.first
    }

    /// The history of an order, oldest first.
    public func orderEvents(_ number: OrderNumber) async throws(LedgerError) -> [OrderEvent] {
        try await read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM order_event WHERE number = ? ORDER BY id", arguments: [number.name]
            ).map(OrderEvent.init)
        }
    }

    /// Messages, newest first.
    public func notices(_ filter: NoticeFilter = NoticeFilter()) async throws(LedgerError) -> [OutboxNotice] {
        var conditions = Conditions()
        conditions.add("occurrence = ?", filter.occurrence?.number)
        conditions.add("channel = ?", filter.channel?.name)
        conditions.add("state", oneOf: filter.states.map(\.rawValue))
        conditions.add("seq < (SELECT seq FROM outbox WHERE id = ?)", filter.before)
        return try await rows(
            "SELECT * FROM outbox", conditions, by: "seq", filter.limit, OutboxNotice.init)
    }

    /// The messages about an occurrence, oldest first.
    public func notices(occurrence: OccurrenceID) async throws(LedgerError) -> [OutboxNotice] {
        var filter = NoticeFilter()
        filter.occurrence = occurrence
        filter.limit = PageSize.largest
        return try await notices(filter).reversed()
    }

    /// Everything that happened to a message, oldest first.
    public func trail(_ notice: String) async throws(LedgerError) -> [NoticeTrailEntry] {
        try await read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM notice_trail WHERE notice = ? ORDER BY id", arguments: [notice]
            ).map(NoticeTrailEntry.init)
        }
    }

    func records<Record: Decodable & Sendable>(
        _ select: String, _ conditions: Conditions, by key: String, _ limit: Int
    ) async throws(LedgerError) -> [Record] {
        try await rows(select, conditions, by: key, limit) { row in try RowText.decode(row["json"]) }
    }

    /// One page, newest first.
    func rows<Record: Sendable>(
        _ select: String, _ conditions: Conditions, by key: String, _ limit: Int,
        _ make: @escaping @Sendable (Row) throws -> Record
    ) async throws(LedgerError) -> [Record] {
        let size = PageSize.bounded(limit)
        let sql = "\(select) \(conditions.clause) ORDER BY \(key) DESC LIMIT \(size)"
        return try await read { [arguments = conditions.arguments] db in
            try Row.fetchAll(db, sql: sql, arguments: arguments).map(make)
        }
    }
}

/// The enum case a column names.
private func word<Word: RawRepresentable<String>>(_ row: Row, _ column: String) throws -> Word {
    let text: String = row[column]
    guard let word = Word(rawValue: text) else { throw UnknownWord(word: text) }
    return word
}

extension AlarmEvent {
    init(_ row: Row) throws {
        let number: Int64? = row["occurrence"]
        let priority: Int? = row["priority"]
        self.init(
            key: AlarmKey(rule: RuleID(row["rule"]), asset: AssetID(row["asset"])),
            occurrence: number.map { OccurrenceID($0) }, kind: try word(row, "kind"),
            state: try word(row, "state"), wallMilliseconds: row["wall"], person: row["person"],
            note: row["note"], priority: priority.flatMap(Priority.init(rawValue:)))
    }
}

extension OrderEvent {
    init(_ row: Row) throws {
        if let json: String = row["json"] {
            self = try RowText.decode(json)
            return
        }
        self.init(
            number: OrderNumber(row["number"]), version: row["version"], kind: try word(row, "kind"),
            state: try word(row, "state"), wallMilliseconds: row["wall"], person: row["person"],
            note: row["note"])
    }
}

extension NoticeTrailEntry {
    init(_ row: Row) throws {
        let reason: String? = row["reason"]
        self.init(
            notice: row["notice"], wallMilliseconds: row["wall"], attempt: row["attempt"],
            result: try word(row, "result"), reason: try reason.map { try RowText.decode($0) },
            answer: row["answer"])
    }
}

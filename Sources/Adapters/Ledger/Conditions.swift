import GRDB

/// Conditions of a query, joined by "and".
struct Conditions {
    private var parts: [String] = []
    private(set) var arguments = StatementArguments()

    /// The conditions as a WHERE clause; empty without conditions.
    var clause: String {
        parts.isEmpty ? "" : "WHERE " + parts.joined(separator: " AND ")
    }

    /// Adds a condition that needs no value.
    mutating func add(_ sql: String) {
        parts.append(sql)
    }

    /// Adds a condition with one place, if there is a value for it.
    mutating func add(_ sql: String, _ value: (some DatabaseValueConvertible)?) {
        guard let value else { return }
        parts.append(sql)
        arguments += [value]
    }

    /// Adds that a column is one of some values, if there are any.
    mutating func add<Value: DatabaseValueConvertible>(_ column: String, oneOf values: some Collection<Value>)
    {
        guard !values.isEmpty else { return }
        let places = Array(repeating: "?", count: values.count).joined(separator: ", ")
        parts.append("\(column) IN (\(places))")
        arguments += StatementArguments(values)
    }
}

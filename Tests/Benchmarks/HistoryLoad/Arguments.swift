/// What the command line says: a verb, then names with their values.
struct Arguments {
    let verb: String
    private let values: [String: String]

    init(_ words: ArraySlice<String>) {
        verb = words.first ?? ""
        var values: [String: String] = [:]
        var rest = words.dropFirst()
        while let name = rest.popFirst(), let value = rest.popFirst() { values[name] = value }
        self.values = values
    }

    func text(_ name: String, or fallback: String = "") -> String {
        values["--\(name)"] ?? fallback
    }

    func number(_ name: String, or fallback: Int) -> Int {
        values["--\(name)"].flatMap { Int($0) } ?? fallback
    }

    var folder: String { text("folder") }

    /// The points of the generator's default mix, or as many as the caller made it write.
    var site: GeneratedSite {
        GeneratedSite(
            monthPoints: number("month-points", or: 20), dayPoints: number("day-points", or: 20),
            points: number("points", or: 5000))
    }
}

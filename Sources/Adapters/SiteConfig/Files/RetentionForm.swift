internal import Facility
internal import Trends

/// How long the history keeps what: readings and roll-ups, of all points, of a class, of single points.
struct RetentionSettings: Sendable {
    /// For points without an entry of their own.
    var keep = Spans().keep(beside: nil)
    var classes: [Named<Spans>] = []
    var points: [Named<Spans>] = []

    /// The spans as written; what is not written stays open.
    struct Spans: Sendable {
        var raw: Int64?
        var minute: Int64?
        var quarter: Int64?
        var hour: Int64?

        private static let day: Int64 = 86_400_000

        /// The spans with what is not written settled: as for all other points, but rows never go before the
        /// readings they are made of.
        func keep(beside usual: RetentionPlan.Keep?) -> RetentionPlan.Keep {
            let raw = raw ?? usual?.reading ?? 400 * Self.day
            return RetentionPlan.Keep(
                reading: raw, minute: minute ?? max(raw, usual?.minute ?? raw),
                quarter: quarter ?? max(raw, usual?.quarter ?? 5 * 366 * Self.day),
                hour: hour ?? max(raw, usual?.hour ?? 10 * 366 * Self.day))
        }
    }

    static let form = Form<RetentionSettings>.section(RetentionShape.self) { section in
        let all = Spans(
            raw: section(\.raw), minute: section(\.minute), quarter: section(\.quarter), hour: section(\.hour)
        )
        return RetentionSettings(
            keep: all.keep(beside: nil), classes: section(\.classes) ?? [], points: section(\.points) ?? [])
    }

    /// The name of the points that are kept like this one: the most particular entry counts.
    func shelf(of point: String, at asset: String, class assetClass: AssetClass) -> String {
        for name in ["\(asset).\(point)", point] where points.contains(where: { $0.name == name }) {
            return "point-\(name)"
        }
        return classes.contains { $0.name == assetClass.rawValue } ? "class-\(assetClass.rawValue)" : ""
    }

    /// The plan for the history.
    func plan(limitBytes: Int64?) -> RetentionPlan {
        let shelves =
            classes.map { ("class-\($0.name)", $0.value.keep(beside: keep)) }
            + points.map { ("point-\($0.name)", $0.value.keep(beside: keep)) }
        return RetentionPlan(
            keep: keep, shelves: Dictionary(shelves, uniquingKeysWith: { first, _ in first }),
            limitBytes: limitBytes)
    }
}

struct RetentionShape: Shape {
    static let title = "retention"
    static let example = "{raw: 400d}"

    let raw = Key("raw", Self.span)
    let minute = Key("1min", Self.span)
    let quarter = Key("15min", Self.span)
    let hour = Key("1h", Self.span)
    let classes = Key(
        "classes",
        Form.table(
            Form<AssetClass>.choice("class").text, pattern: NameStyle.word.pattern, of: RetentionShape.spans))
    let points = Key(
        "points", Form.table(Self.name, pattern: Self.namePattern, of: RetentionShape.spans))

    static let span = Form<Int64>.duration(86_400_000...36_500 * 86_400_000)

    private static let spans = Form<RetentionSettings.Spans>.section(RetentionSpansShape.self) { section in
        RetentionSettings.Spans(
            raw: section(\.raw), minute: section(\.minute), quarter: section(\.quarter), hour: section(\.hour)
        )
    }

    private static let namePattern = "^[A-Za-z0-9_-]+([.][a-z0-9_]+)?$"

    /// A point of every asset that has it, or of one: `vibration`, `P2.vibration`.
    private static let name = Form<String>.text(
        pattern: namePattern, expected: Message("config.form.retentionPoint")
    ) { text in
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count <= 2 && text.utf8.count <= 128
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) }
            }
    }
}

struct RetentionSpansShape: Shape {
    static let title = "retention"
    static let example = "{raw: 90d}"

    let raw = Key("raw", RetentionShape.span)
    let minute = Key("1min", RetentionShape.span)
    let quarter = Key("15min", RetentionShape.span)
    let hour = Key("1h", RetentionShape.span)
}

extension Form where Value == AssetClass {
    /// The class by its word.
    fileprivate var text: Form<String> {
        Form<String>(schema: schema) { node, problems in read(node, problems)?.rawValue }
    }
}

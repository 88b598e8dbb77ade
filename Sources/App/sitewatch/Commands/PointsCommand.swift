import ArgumentParser
import Facility
import WebAPI

/// Lists points and what they measured last.
struct PointsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "points", abstract: "List points with their last value, its quality and its age.")

    @Argument(help: "Only the points of this asset.")
    var asset: String?

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let pages = try await client.pages(
                PointsDocument.self, ["points"], asset.map { [("asset", $0)] } ?? [], next: \.nextCursor)
            if format.json {
                try session.show(json: PointsDocument(pages))
            } else {
                session.show(PointTables.points(pages.flatMap(\.points), session), format)
            }
        }
    }
}

extension PointsDocument {
    /// Pages put together.
    init(_ pages: [PointsDocument]) {
        self.init(time: pages.first?.time ?? "", points: pages.flatMap(\.points))
    }
}

/// Points as tables.
enum PointTables {
    static func points(_ points: [PointReading], _ session: Session) -> Table {
        var table = Table([
            session.column("point"), session.column("name"), session.column("value", isNumeric: true),
            session.column("quality"), session.column("reason"), session.column("age_ms", isNumeric: true),
        ])
        for point in points {
            table.add([
                .init(point.path), .init(point.label[session.language]),
                .init(
                    point.text?[session.language] ?? "-", code: point.value.map(\.description) ?? ""),
                session.quality(point.quality), session.reason(point.reason),
                session.span(point.ageMs, isLate(point) ? .doubtful : .plain),
            ])
        }
        return table
    }

    /// Whether a value is older than three of its periods.
    private static func isLate(_ point: PointReading) -> Bool {
        guard let age = point.ageMs, let expected = point.expectedMs else { return false }
        return age > 3 * expected
    }
}

extension Session {
    /// How far a value can be trusted.
    func quality(_ quality: String) -> Table.Cell {
        let tone: Table.Tone = quality == "good" ? .good : quality == "bad" ? .bad : .doubtful
        return word("cli.quality", quality, tone)
    }

    /// Why a value cannot be trusted; empty if it can.
    func reason(_ code: String?) -> Table.Cell {
        guard let code else { return "" }
        if code.hasPrefix("exception_") {
            let message = Message("fault.exception", ["code": .text(String(code.dropFirst(10)))])
            return .init(text(message), code: code)
        }
        let isDoubt = ["retained", "stale", "clock_skew", "missed"].contains(code)
        let name = code.replacing("_", with: "-")
        return .init(text("\(isDoubt ? "doubt" : "fault").\(name)"), code: code)
    }
}

import Facility
import Trends
import WebAPI

/// Draws points as a chart in the terminal.
struct HistoryPlot {
    let source: HistorySource
    let span: Range<Int64>
    let session: Session

    private static let usualColumns = 80
    private static let leastColumns = 30

    /// Shows the chart.
    func show(_ points: [String]) async throws {
        let known = Dictionary(try await source.points().map { ($0.path, $0) }) { first, _ in first }
        let columns = max(Self.leastColumns, session.terminal.columns() ?? Self.usualColumns)
        var curves: [PlotCurve] = []
        for path in points {
            let point = known[path] ?? PointDescription(path: path)
            guard point.kind != .text else {
                session.complain(Message("exchange.plot-text", ["point": .text(path)]))
                continue
            }
            curves.append(try await curve(point, columns * 2))
        }
        guard !curves.isEmpty else { return }
        guard !curves.allSatisfy(\.isEmpty) else {
            return session.complain(Message("exchange.plot-empty"))
        }
        let text = PlotText(
            span: span, zone: source.zone, language: session.language, columns: columns,
            hasColour: session.terminal.hasColour)
        session.say(text.lines(curves))
    }

    /// However long the span is, no more is read than can be drawn: two parts for each character.
    private func curve(_ point: PointDescription, _ parts: Int) async throws -> PlotCurve {
        let length = span.upperBound - span.lowerBound
        let step = (length + Int64(parts) - 1) / Int64(parts)
        guard step < 1000 else {
            let choice = AggregateChoice([.min, .max, .avg, .first, .last])
            let found = try await source.buckets(point.path, span, step, choice)
            let buckets = found.compactMap { entry in
                TimeExpression.instant(entry.time, now: 0, zone: source.zone).map {
                    (start: $0, entry: entry)
                }
            }
            return PlotCurve(point, buckets: buckets, step: step)
        }
        var samples: [HistoricSample] = []
        try await source.rows(point.path, span) { samples += $0 }
        return PlotCurve(point, samples: samples, until: span.upperBound, width: parts)
    }
}

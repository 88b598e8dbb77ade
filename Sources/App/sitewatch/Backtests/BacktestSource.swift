import Facility
import Foundation
import Historian
import SystemService
import Trends

/// Where the samples of a backtest come from: the stored history, or a table file.
struct BacktestSource {
    /// The streams of the points that have samples in a span, and of the values they had when it began.
    let streams: (_ points: [Point], _ span: Range<Int64>) async throws -> [SampleStream]

    /// The samples of one point in order of time.
    typealias SampleStream = (point: PointID, parts: SampleMerge.Parts)

    /// How far before the span the last values are looked for, milliseconds: the heartbeat of unchanged values.
    static let leadMilliseconds: Int64 = 3_600_000

    /// The history in a data folder, beside a running daemon or without one.
    static func folder(_ data: String) throws -> BacktestSource {
        let folder = data + "/history"
        let reader: HistoryReader
        do {
            reader = try HistoryReader(folder: folder)
        } catch {
            throw unreadable(folder, error)
        }
        let known = Set(reader.points().map(\.path))
        return BacktestSource { points, span in
            var streams: [SampleStream] = []
            for point in points where known.contains(point.path) {
                let before = try await last(of: point.path, before: span.lowerBound, reader, folder)
                let batches = reader.batches(of: point.path, from: span.lowerBound, to: span.upperBound)
                let stream = HistoryStream(batches, first: before.map { $0.stamped(span.lowerBound) })
                streams.append(
                    (
                        point.id,
                        {
                            do {
                                return try await stream.next()
                            } catch let error as HistoryError {
                                throw unreadable(folder, error)
                            }
                        }
                    ))
            }
            return streams
        }
    }

    /// The samples of a table file, in any order; they are held in memory.
    static func file(_ path: String, zone: SiteZone, _ points: [Point], _ session: Session) throws
        -> BacktestSource
    {
        var file = try TableFile(path)
        let separator = DelimitedStream.separator(of: file.start)
        var reader = TableReader(
            points: Dictionary(points.map { ($0.path, PointDescription($0)) }) { first, _ in first },
            wishes: TableLayout.Wishes(), separator: separator, isGBK: !file.isUTF8,
            times: RowTimes(form: nil, zone: zone), latestMilliseconds: .max)
        var stream = DelimitedStream(separator: separator)
        var samples: [String: [HistoricSample]] = [:]
        while let bytes = try file.next() {
            try stream.add(bytes) { row in
                try reader.read(row) { samples[$0, default: []].append($1) }
            }
        }
        try stream.finish { row in try reader.read(row) { samples[$0, default: []].append($1) } }
        guard reader.layout != nil else { throw CommandFailure(Message("exchange.empty")) }
        for (line, problem) in reader.report.named {
            session.complain(
                Message(
                    "exchange.refused",
                    ["place": .text("\(path):\(line)"), "what": .message(problem.message)]))
        }
        let ordered = samples.mapValues { rows in
            rows.enumerated().sorted {
                ($0.element.wallMilliseconds, $0.offset) < ($1.element.wallMilliseconds, $1.offset)
            }.map(\.element)
        }
        return BacktestSource { points, span in
            points.compactMap { point in
                guard let rows = ordered[point.path] else { return nil }
                let before = rows.last { $0.wallMilliseconds < span.lowerBound }
                    .map { $0.stamped(span.lowerBound) }
                let inside = rows.filter { span.contains($0.wallMilliseconds) }
                let parts = OnePart((before.map { [$0] } ?? []) + inside)
                return (point.id, { parts.take() })
            }
        }
    }

    /// The last sample of a point within the lead before a time.
    private static func last(
        of path: String, before end: Int64, _ reader: HistoryReader, _ folder: String
    ) async throws -> HistoricSample? {
        do throws(HistoryError) {
            return try await reader.samples(of: path, from: end - leadMilliseconds, to: end).last
        } catch {
            throw unreadable(folder, error)
        }
    }

    private static func unreadable(_ folder: String, _ error: HistoryError) -> CommandFailure {
        CommandFailure(
            Message(
                "cli.history.unreadable",
                ["folder": .text(folder), "reason": .message(error.message)]))
    }
}

/// The batches of one point, the value it had before in front of them.
private final class HistoryStream {
    private var batches: HistoryBatches
    private var first: HistoricSample?

    init(_ batches: HistoryBatches, first: HistoricSample?) {
        self.batches = batches
        self.first = first
    }

    func next() async throws -> [HistoricSample]? {
        if let known = first {
            first = nil
            return [known]
        }
        return try await batches.next()
    }
}

/// Samples that are given once.
private final class OnePart {
    private var samples: [HistoricSample]?

    init(_ samples: [HistoricSample]) { self.samples = samples }

    func take() -> [HistoricSample]? {
        defer { samples = nil }
        return samples
    }
}

extension HistoricSample {
    /// The same reading at another time.
    fileprivate func stamped(_ wall: Int64) -> HistoricSample {
        HistoricSample(wallMilliseconds: wall, value: value, quality: quality)
    }
}

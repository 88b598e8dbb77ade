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
                let stream = HistoryStream(
                    batches, first: before.map { $0.stamped(span.lowerBound) }, in: folder)
                streams.append((point.id, { try await stream.next() }))
            }
            return streams
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

    fileprivate static func unreadable(_ folder: String, _ error: HistoryError) -> CommandFailure {
        CommandFailure(
            Message(
                "cli.history.unreadable",
                ["folder": .text(folder), "reason": .message(error.message)]))
    }
}

/// The batches of one point, the value it had before in front of them.
final class HistoryStream {
    private var batches: HistoryBatches
    private var first: HistoricSample?
    private let folder: String

    init(_ batches: HistoryBatches, first: HistoricSample?, in folder: String) {
        self.batches = batches
        self.first = first
        self.folder = folder
    }

    func next() async throws -> [HistoricSample]? {
        if let known = first {
            first = nil
            return [known]
        }
        do throws(HistoryError) {
            return try await batches.next()
        } catch {
            throw BacktestSource.unreadable(folder, error)
        }
    }
}

extension HistoricSample {
    /// The same reading at another time.
    func stamped(_ wall: Int64) -> HistoricSample {
        HistoricSample(wallMilliseconds: wall, value: value, quality: quality)
    }
}

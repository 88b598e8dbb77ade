import Facility
import Foundation
import SystemService
import Trends
import WebAPI

extension BacktestSource {
    /// The samples of a table file, its rows in any order.
    ///
    /// What lies in the span goes through a history of its own in a temporary folder: a file of any size needs no
    /// memory of its size. Of several samples of a point at one time the last one counts.
    static func file(
        _ path: String, _ points: [Point], zone: SiteZone, within span: Range<Int64>, _ session: Session
    ) async throws -> BacktestSource {
        let scratch = try ScratchFolder(session)
        let target = try ImportTarget.folder(scratch.path, points, zone: zone, session)
        var intake = BacktestIntake(target, within: span)
        let reader = try await intake.read(path, points, zone: zone)
        for (line, problem) in reader.report.named {
            session.complain(
                Message(
                    "exchange.refused",
                    ["place": .text("\(path):\(line)"), "what": .message(problem.message)]))
        }
        let stored = try BacktestSource.folder(scratch.path)
        return BacktestSource { [scratch] points, span in
            defer { withExtendedLifetime(scratch) {} }
            return try await stored.streams(points, span)
        }
    }
}

/// Reads a table file into a history, as far as it lies in a span.
private struct BacktestIntake {
    private let target: ImportTarget
    private let span: Range<Int64>
    private var batch = ImportBatch()
    /// The last sample of each point before the span.
    private var before: [String: HistoricSample] = [:]

    init(_ target: ImportTarget, within span: Range<Int64>) {
        self.target = target
        self.span = span
    }

    /// Reads the file to its end; the reader tells what became of its rows.
    mutating func read(_ path: String, _ points: [Point], zone: SiteZone) async throws -> TableReader {
        var file = try TableFile(path)
        let separator = DelimitedStream.separator(of: file.start)
        var reader = TableReader(
            points: Dictionary(points.map { ($0.path, PointDescription($0)) }) { first, _ in first },
            wishes: TableLayout.Wishes(), separator: separator, isGBK: !file.isUTF8,
            times: RowTimes(form: nil, zone: zone), latestMilliseconds: .max)
        var stream = DelimitedStream(separator: separator)
        while let bytes = try file.next() {
            try stream.add(bytes) { row in try reader.read(row) { take($0, $1) } }
            if batch.count >= target.batchSamples || batch.textBytes >= ImportBatch.textLimit {
                try await target.write(batch.drain().parts)
            }
        }
        try stream.finish { row in try reader.read(row) { take($0, $1) } }
        guard reader.layout != nil else { throw CommandFailure(Message("exchange.empty")) }
        // What a point was when the span began is looked for shortly before it.
        for (path, sample) in before { batch.add(path, sample.stamped(span.lowerBound - 1)) }
        try await target.write(batch.drain().parts)
        try await target.finish()
        return reader
    }

    private mutating func take(_ path: String, _ sample: HistoricSample) {
        if span.contains(sample.wallMilliseconds) { return batch.add(path, sample) }
        guard sample.wallMilliseconds < span.lowerBound,
            before[path].map({ $0.wallMilliseconds <= sample.wallMilliseconds }) ?? true
        else { return }
        before[path] = sample
    }
}

/// A folder that is gone with its value.
private final class ScratchFolder: Sendable {
    let path: String

    init(_ session: Session) throws {
        path = NSTemporaryDirectory() + "sitewatch-samples-\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure(
                Message(
                    "exchange.unwritable",
                    ["file": .text(path), "reason": .text(error.localizedDescription)]))
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

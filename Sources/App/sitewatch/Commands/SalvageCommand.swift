import ArgumentParser
import Facility
import Foundation
import Historian
import Trends
import WebAPI

/// Saves what can be read of a damaged file of the history.
struct SalvageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "salvage",
        abstract: "Save what can be read of a damaged file of the history.",
        discussion: """
            FILE is a month's file, whatever its name is now, or a file of the tail. A target that ends in .csv \
            becomes a table with time, point, value and quality; any other one a folder with a history of its \
            own. The damaged file stays as it is. Ends with 2 when something was lost.
            """)

    @Argument(help: ArgumentHelp("The damaged file.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("A new file that ends in .csv, or a new folder.", valueName: "target"))
    var to: String

    @Option(
        help: ArgumentHelp(
            "The list of points to name them by. Default: points.sqlite beside the file.", valueName: "file"))
    var points: String?

    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @OptionGroup var site: SiteOptions

    func run() async throws {
        try await Session.run(site.language) { session in
            let files = FileManager.default
            guard files.fileExists(atPath: file) else {
                throw CommandFailure(Message("storage.no-file", ["file": .text(file)]))
            }
            guard (try? files.contentsOfDirectory(atPath: to).isEmpty) ?? !files.fileExists(atPath: to) else {
                throw CommandFailure(Message("storage.target-exists", ["target": .text(to)]))
            }
            let zone = DataFolder.zone(site, session)
            let outcome =
                to.hasSuffix(".csv")
                ? try await table(zone, session) : try salvage(into: to, session)
            let report = SalvageReport(outcome, target: to, zone: zone)
            if json { try session.show(json: report) } else { report.write(session) }
            if report.lostChunks > 0 || report.lostPages > 0 { throw Ending.findings }
        }
    }

    private func salvage(into folder: String, _ session: Session) throws -> HistorySalvage.Outcome {
        let beside = URL(fileURLWithPath: file).deletingLastPathComponent().path + "/points.sqlite"
        let known = points ?? (FileManager.default.fileExists(atPath: beside) ? beside : nil)
        let progress = ProgressLine(session)
        defer { progress.clear() }
        do throws(HistoryError) {
            return try HistorySalvage(file: file, points: known, into: folder).run {
                progress.show(file, $0)
            }
        } catch {
            throw CommandFailure(error.message)
        }
    }

    /// By way of a history of its own, which puts everything in order.
    private func table(_ zone: SiteZone, _ session: Session) async throws -> HistorySalvage.Outcome {
        let folder = to + ".partial"
        try? FileManager.default.removeItem(atPath: folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try salvage(into: folder, session)
        let target = SampleTable(path: to, zone: zone)
        try await target.write(from: folder)
        return outcome
    }
}

/// Writes readings as `import` takes them.
struct SampleTable {
    let path: String
    let zone: SiteZone

    /// Writes everything of a history, point by point.
    func write(from folder: String) async throws {
        do {
            let reader = try HistoryReader(folder: folder)
            guard FileManager.default.createFile(atPath: path, contents: nil),
                let handle = FileHandle(forWritingAtPath: path)
            else { throw CommandFailure(Message("storage.unwritable", ["file": .text(path)])) }
            defer { try? handle.close() }
            try handle.write(contentsOf: Data(ExportText.heading))
            var text = ExportText(zone: zone)
            for point in reader.points() {
                let cell = ExportText.cell(point.path)
                for try await part in reader.batches(of: point.path, from: 0, to: .max) {
                    var lines: [UInt8] = []
                    for sample in part { text.add(sample, point: cell, to: &lines) }
                    try handle.write(contentsOf: Data(lines))
                }
            }
            try handle.synchronize()
        } catch let error as HistoryError {
            throw CommandFailure(error.message)
        } catch let error as CocoaError {
            throw CommandFailure(
                Message("storage.failed", ["file": .text(path), "reason": .text(error.localizedDescription)]))
        }
    }
}

/// What `salvage --json` writes.
struct SalvageReport: Encodable {
    let version = 1
    let target: String
    let chunks: Int
    let samples: Int
    let lostChunks: Int
    let lostPages: Int
    let unknownPoints: Int
    let from: String?
    let to: String?

    init(_ outcome: HistorySalvage.Outcome, target: String, zone: SiteZone) {
        self.target = target
        chunks = outcome.counts.chunks
        samples = outcome.counts.samples
        lostChunks = outcome.counts.lostChunks
        lostPages = outcome.counts.lostPages
        unknownPoints = outcome.unknownPoints
        from = outcome.span.map { zone.iso($0.lowerBound, milliseconds: true) }
        to = outcome.span.map { zone.iso($0.upperBound, milliseconds: true) }
    }

    /// Writes it for people.
    func write(_ session: Session) {
        session.say(
            session.text(
                Message(
                    "storage.salvage.saved",
                    [
                        "chunks": .text(String(chunks)), "samples": .text(String(samples)),
                        "from": .text(TimeText.readable(from)), "to": .text(TimeText.readable(to)),
                        "target": .text(target),
                    ])))
        session.say(
            session.text(
                Message(
                    "storage.salvage.lost",
                    ["chunks": .text(String(lostChunks)), "pages": .text(String(lostPages))])))
        if unknownPoints > 0 {
            session.say(
                session.text(
                    Message("storage.salvage.unknown-points", ["count": .text(String(unknownPoints))])))
        }
    }
}

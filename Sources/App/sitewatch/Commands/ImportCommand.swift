import ArgumentParser
import Facility
import SystemService
import WebAPI

/// Takes samples of the past out of table files into the history.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take samples of the past out of a CSV file into the history.",
        discussion: """
            The columns time, point, value and, if there is one, quality; or a column of times and one for each \
            point. Through the running daemon; with --data into the folder of one that is stopped. Run again it \
            writes the same samples over the same times.
            """)

    @Argument(help: ArgumentHelp("The file; - for the standard input.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("The point of all values of the file.", valueName: "point"))
    var point: String?

    @Option(help: ArgumentHelp("The heading over the times.", valueName: "heading"))
    var timeColumn: String?

    @Option(help: ArgumentHelp("The heading over the values.", valueName: "heading"))
    var valueColumn: String?

    @Option(help: ArgumentHelp("The point whose values a column holds.", valueName: "heading=point"))
    var map: [String] = []

    @Option(
        help: ArgumentHelp(
            "The form of the times: \(RowTimes.Form.names). Default: what each row shows.", valueName: "form")
    )
    var timeFormat: String?

    @Option(
        help: ArgumentHelp("The zone of times without an offset. Default: the site's.", valueName: "zone"))
    var zone: String?

    @Flag(help: "Store points the site does not have too, as gauges.")
    var newPoints = false

    @Flag(help: "Read everything and write nothing.")
    var dryRun = false

    @Option(help: ArgumentHelp("Write into this folder of a daemon that is stopped.", valueName: "dir"))
    var data: String?

    @Flag(help: "Write what became of it as JSON: stable, versioned.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        if let timeFormat, RowTimes.Form(rawValue: timeFormat) == nil {
            throw ValidationError("--time-format does not know \(timeFormat).")
        }
        if let bad = map.first(where: { Self.pair($0) == nil }) {
            throw ValidationError("--map \(bad): write HEADING=POINT.")
        }
        guard point == nil || map.isEmpty else {
            throw ValidationError("Give either --point or --map, not both.")
        }
        guard data == nil || connection.socket == nil && connection.url == nil else {
            throw ValidationError("Give either --data or the daemon's place, not both.")
        }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            var file = try TableFile(file)
            let given = try zone.map { name in
                guard let zone = SystemZone.load(name) else {
                    throw CommandFailure(
                        Message("exchange.unknown-zone", ["zone": .text(name)]), .validationFailure)
                }
                return zone
            }
            let target = try await target(session)
            let wishes = try wishes(target)
            let separator = DelimitedStream.separator(of: file.start)
            var reader = TableReader(
                points: target.points, wishes: wishes, separator: separator,
                isGBK: !file.isUTF8,
                times: RowTimes(
                    form: timeFormat.flatMap { RowTimes.Form(rawValue: $0) }, zone: given ?? target.zone),
                latestMilliseconds: session.terminal.now() + 86_400_000)
            try await Importing(target: target, isDry: dryRun, session: session).run(&file, &reader)
            try tell(reader, session)
        }
    }

    private func target(_ session: Session) async throws -> ImportTarget {
        if let data { return try .folder(data, connection.site, session, isDry: dryRun) }
        return try await .daemon(DaemonClient(connection, session), addsPoints: newPoints)
    }

    private func wishes(_ target: ImportTarget) throws -> TableLayout.Wishes {
        let pairs = map.compactMap(Self.pair)
        for path in pairs.map(\.point) + (point.map { [$0] } ?? [])
        where target.points[path] == nil && !newPoints {
            let near = NearestName.unknown(
                "exchange.unknown-point", path, among: Array(target.points.keys))
            throw CommandFailure(near)
        }
        return TableLayout.Wishes(
            point: point, timeColumn: timeColumn, valueColumn: valueColumn, map: pairs,
            addsPoints: newPoints)
    }

    /// A heading may have an equals sign, a path has none.
    private static func pair(_ text: String) -> (column: String, point: String)? {
        guard let sign = text.lastIndex(of: "=") else { return nil }
        let (column, point) = (text[..<sign], text[text.index(after: sign)...])
        return column.isEmpty || point.isEmpty ? nil : (String(column), String(point))
    }

    private func tell(_ reader: TableReader, _ session: Session) throws {
        let report = reader.report
        for (line, problem) in report.named {
            let place = "\(file):\(line)"
            session.complain(
                Message("exchange.refused", ["place": .text(place), "what": .message(problem.message)]))
        }
        let unnamed = report.refusedCount - report.named.count
        if unnamed > 0 {
            session.complain(Message("exchange.refused-more", ["count": .text(String(unnamed))]))
        }
        if let unread = reader.layout?.unread, !unread.isEmpty {
            session.complain(
                Message("exchange.unread", ["columns": .text(unread.joined(separator: ", "))]))
        }
        if reader.times.met.count > 1 {
            let forms = RowTimes.Form.allCases.filter(reader.times.met.contains).map(\.rawValue)
            session.complain(
                Message("exchange.mixed-times", ["forms": .text(forms.joined(separator: ", "))]))
        }
        if json {
            try session.show(json: ImportSummary(report, isDry: dryRun))
        } else {
            let refused = report.refused.sorted { $0.key.rawValue < $1.key.rawValue }
            session.say(
                session.text(
                    Message(
                        dryRun ? "exchange.would-import" : "exchange.imported",
                        [
                            "samples": .text(String(report.samples)), "points": .text(String(report.points)),
                            "unordered": .text(String(report.unordered)),
                            "duplicates": .text(String(report.duplicates)),
                            "refused": .text(String(report.refusedCount)),
                        ])))
            for (reason, count) in refused {
                session.say(
                    "  "
                        + session.text(
                            Message("exchange.reason.\(reason.key)", ["count": .text(String(count))])))
            }
        }
        if report.refusedCount > 0 { throw Ending.findings }
    }
}

/// Carries an import out, batch by batch.
private struct Importing {
    let target: ImportTarget
    let isDry: Bool
    let session: Session

    func run(_ file: inout TableFile, _ reader: inout TableReader) async throws {
        var stream = DelimitedStream(separator: reader.separator)
        var batch = ImportBatch()
        var progress = Progress(session)
        defer { progress.end() }
        while let bytes = try file.next() {
            try stream.add(bytes) { row in try reader.read(row) { batch.add($0, $1) } }
            if batch.count >= target.batchSamples || batch.textBytes >= ImportBatch.textLimit {
                try await write(&batch, &reader)
            }
            progress.show(line(file, reader.report))
        }
        try stream.finish { row in try reader.read(row) { batch.add($0, $1) } }
        try await write(&batch, &reader)
        guard reader.layout != nil else { throw CommandFailure(Message("exchange.empty")) }
        if !isDry { try await target.finish() }
    }

    private func write(_ batch: inout ImportBatch, _ reader: inout TableReader) async throws {
        let (parts, duplicates) = batch.drain()
        reader.noteDuplicates(duplicates)
        guard !isDry, !parts.isEmpty else { return }
        try await target.write(parts)
    }

    private func line(_ file: TableFile, _ report: IntakeReport) -> Message {
        let rows = Message.Argument.text(String(report.rows))
        guard let size = file.size, size > 0 else { return Message("exchange.progress", ["rows": rows]) }
        return Message(
            "exchange.progress-part",
            ["rows": rows, "percent": .text(String(min(100, file.position * 100 / size)))])
    }
}

/// What `import --json` writes.
struct ImportSummary: Encodable {
    let version = 1
    let dryRun: Bool
    let samples: Int
    let points: Int
    let unordered: Int
    let duplicates: Int
    let refused: [String: Int]

    init(_ report: IntakeReport, isDry: Bool) {
        dryRun = isDry
        samples = report.samples
        points = report.points
        unordered = report.unordered
        duplicates = report.duplicates
        refused = Dictionary(report.refused.map { ($0.key.rawValue, $0.value) }) { first, _ in first }
    }
}

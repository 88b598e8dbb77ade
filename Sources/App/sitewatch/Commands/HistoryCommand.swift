import ArgumentParser
import Facility
import Trends
import WebAPI

/// Prints what points measured.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Print what points measured: samples, or with --step their sums.",
        discussion: """
            Asks the daemon; with --data, or if no daemon answers, reads the files themselves. Times are \
            2026-03-06, "2026-03-06 17:00" (the site's zone), 2026-03-06T17:00:00+08:00, -2h or now.
            """)

    @Argument(help: ArgumentHelp("Points: P1.discharge_pressure.", valueName: "point"))
    var points: [String]

    @Option(parsing: .unconditional, help: "The first instant.")
    var from = "-1h"

    @Option(parsing: .unconditional, help: "The instant after the last one.")
    var to = "now"

    @Option(help: "Sum up by steps of this length: 5m, 1h, 1d.")
    var step: String?

    @Option(help: "Which sums: \(AggregateChoice.known).")
    var agg: String?

    @Flag(help: "Draw the points as a chart in the terminal.")
    var plot = false

    @Option(help: ArgumentHelp("Write a spreadsheet with a chart.", valueName: "file"))
    var xlsx: String?

    @Option(
        help: ArgumentHelp("Read the history in this folder instead of asking the daemon.", valueName: "dir"))
    var data: String?

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard !points.isEmpty else { throw ValidationError("Name at least one point.") }
        guard agg == nil || step != nil else { throw ValidationError("--agg needs --step.") }
        _ = try choice
        let forms = [plot, xlsx != nil, format.json, format.csv].count { $0 }
        guard forms <= 1 else {
            throw ValidationError("Give one of --plot, --xlsx, --json and --csv, not several.")
        }
        guard !plot || step == nil else {
            throw ValidationError("--plot chooses the step by the width of the terminal; leave --step away.")
        }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let source = try await HistorySource.open(data, connection, session)
            let now = session.terminal.now()
            let from = try TimeArgument.instant(from, option: "--from", now: now, zone: source.zone)
            let to = try TimeArgument.instant(to, option: "--to", now: now, zone: source.zone)
            guard from < to else {
                throw CommandFailure(Message("cli.history.empty-span"), .validationFailure)
            }
            let step = try step.map { try TimeArgument.span($0, option: "--step") }
            if let step { try checkCount(to - from, step) }
            if plot {
                return try await HistoryPlot(source: source, span: from..<to, session: session).show(points)
            }
            if let xlsx {
                let book = HistoryWorkbook(source: source, span: from..<to, session: session)
                return try await book.write(points, step, try choice, to: xlsx)
            }
            let printer = HistoryPrinter(source: source, span: from..<to, format: format, session: session)
            if let step {
                try await printer.buckets(points, step, try choice)
            } else {
                try await printer.samples(points)
            }
        }
    }

    private var choice: AggregateChoice {
        get throws {
            try AggregateChoice(agg?.split(separator: ",").map(String.init) ?? []) { name in
                throw ValidationError("--agg does not know \(name).")
            }
        }
    }

    /// More steps than anybody can look at are a slip of the fingers.
    private func checkCount(_ span: Int64, _ step: Int64) throws {
        guard (span - 1) / step < Int64(Aggregation.bucketLimit) else {
            throw CommandFailure(
                Message(
                    "cli.history.too-many-steps",
                    [
                        "count": .text(String((span - 1) / step + 1)),
                        "most": .text(String(Aggregation.bucketLimit)),
                    ]), .validationFailure)
        }
    }
}

/// Prints samples or sums, part by part where the form allows it.
struct HistoryPrinter {
    let source: HistorySource
    let span: Range<Int64>
    let format: FormatOptions
    let session: Session

    /// Prints the samples of points, one point after the other.
    func samples(_ points: [String]) async throws {
        var documents: [HistoryDocument] = []
        var table = emptySamples
        var hasHeading = true
        for point in points {
            var entries: [SampleEntry] = []
            try await source.samples(point, span) { part in
                if format.json { return entries += part }
                add(part, of: point, to: &table)
                // A terminal's columns need all rows; a pipe takes them as they come.
                guard format.csv || !session.terminal.isInteractive else { return }
                session.show(table, format, hasHeading: hasHeading)
                hasHeading = false
                table = emptySamples
            }
            if format.json { documents.append(try await document(point, samples: entries)) }
        }
        if format.json { return try session.show(json: HistoryReport(points: documents)) }
        if hasHeading || !table.rows.isEmpty { session.show(table, format, hasHeading: hasHeading) }
    }

    /// Prints the sums of points, one point after the other.
    func buckets(_ points: [String], _ step: Int64, _ choice: AggregateChoice) async throws {
        var documents: [HistoryDocument] = []
        let sums = SumColumns(choice)
        var table = Table(
            [session.column("time"), session.column("point")] + sums.columns(session)
                + [session.column("count", isNumeric: true), session.column("bad", isNumeric: true)])
        for point in points {
            let found = try await source.buckets(point, span, step, choice)
            if format.json { documents.append(try await document(point, step: step, buckets: found)) }
            for bucket in found {
                table.add(
                    [time(bucket.time), .init(point)] + sums.cells(bucket, session)
                        + [.init(String(bucket.count)), .init(String(bucket.bad))])
            }
        }
        if format.json {
            try session.show(json: HistoryReport(points: documents))
        } else {
            session.show(table, format)
        }
    }

    private var emptySamples: Table {
        Table([
            session.column("time"), session.column("point"), session.column("value", isNumeric: true),
            session.column("quality"), session.column("reason"),
        ])
    }

    private func add(_ samples: [SampleEntry], of point: String, to table: inout Table) {
        for sample in samples {
            table.add([
                time(sample.time), .init(point), .init(sample.value?.description ?? ""),
                session.quality(sample.quality), session.reason(sample.reason),
            ])
        }
    }

    /// A time with its milliseconds: without the offset for people.
    private func time(_ iso: String) -> Table.Cell {
        .init(TimeText.readable(iso) + iso.dropFirst(19).prefix(4), code: iso)
    }

    private func document(
        _ point: String, samples: [SampleEntry]? = nil, step: Int64? = nil, buckets: [BucketEntry]? = nil
    ) async throws -> HistoryDocument {
        HistoryDocument(
            point: point, unit: try await source.unit(point),
            from: source.zone.iso(span.lowerBound, milliseconds: true),
            to: source.zone.iso(span.upperBound, milliseconds: true), samples: samples, stepMs: step,
            buckets: buckets)
    }
}

/// What `history --json` writes.
struct HistoryReport: Encodable {
    let version = 1
    let points: [HistoryDocument]
}

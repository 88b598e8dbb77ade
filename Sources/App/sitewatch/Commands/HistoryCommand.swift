import ArgumentParser
import Facility
import Notices
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

    @Option(help: "Which sums: \(Aggregate.allCases.map(\.rawValue).joined(separator: ",")).")
    var agg: String?

    @Option(
        help: ArgumentHelp("Read the history in this folder instead of asking the daemon.", valueName: "dir"))
    var data: String?

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard !points.isEmpty else { throw ValidationError("Name at least one point.") }
        guard agg == nil || step != nil else { throw ValidationError("--agg needs --step.") }
        let names = Set(Aggregate.allCases.map(\.rawValue))
        let unknown = aggregateNames.first { !names.contains($0) }
        guard unknown == nil else { throw ValidationError("--agg does not know \(unknown ?? "").") }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let source = try await source(session)
            let now = session.terminal.now()
            let from = try TimeArgument.instant(from, option: "--from", now: now, zone: source.zone)
            let to = try TimeArgument.instant(to, option: "--to", now: now, zone: source.zone)
            guard from < to else {
                throw CommandFailure(Message("cli.history.empty-span"), .validationFailure)
            }
            let step = try step.map { try TimeArgument.span($0, option: "--step") }
            let printer = HistoryPrinter(source: source, span: from..<to, format: format, session: session)
            if let step {
                try await printer.buckets(points, step, aggregates)
            } else {
                try await printer.samples(points)
            }
        }
    }

    private var aggregateNames: [String] {
        agg?.split(separator: ",").map(String.init) ?? []
    }

    private var aggregates: [Aggregate] {
        let chosen = Set(aggregateNames.compactMap { Aggregate(rawValue: $0) })
        return Aggregate.allCases.filter { (chosen.isEmpty ? Aggregate.usual : chosen).contains($0) }
    }

    private func source(_ session: Session) async throws -> HistorySource {
        if let data { return try .folder(data, connection.site, session) }
        do {
            return try await .daemon(DaemonClient(connection, session))
        } catch let failure as CommandFailure where failure.code == Ending.unreachable {
            let isNamed = connection.socket != nil || connection.url != nil
            guard !isNamed, let source = try? HistorySource.folder(Self.usualData, connection.site, session)
            else { throw failure }
            session.complain(Message("cli.history.from-files", ["folder": .text(Self.usualData)]))
            return source
        }
    }

    private static let usualData = "/var/lib/sitewatch"
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
    func buckets(_ points: [String], _ step: Int64, _ aggregates: [Aggregate]) async throws {
        var documents: [HistoryDocument] = []
        var table = Table(
            [session.column("time"), session.column("point")]
                + aggregates.map { session.column($0.rawValue, isNumeric: true) }
                + [session.column("count", isNumeric: true), session.column("bad", isNumeric: true)])
        for point in points {
            let found = try await source.buckets(point, span, step, Set(aggregates))
            if format.json { documents.append(try await document(point, step: step, buckets: found)) }
            for bucket in found {
                table.add(
                    [time(bucket.time), .init(point)] + aggregates.map { sum(bucket[$0]) }
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

    /// A sum: with the digits that mean something for people, whole for programs.
    private func sum(_ number: Double?) -> Table.Cell {
        guard let number else { return "" }
        return .init(ValueText.number(number), code: ValueEntry.number(number).description)
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

extension BucketEntry {
    /// One of the sums.
    subscript(_ aggregate: Aggregate) -> Double? {
        switch aggregate {
        case .min: min
        case .max: max
        case .avg: avg
        case .last: last
        case .increase: increase
        }
    }
}

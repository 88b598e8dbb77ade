import ArgumentParser
import Facility
import Foundation
import Historian
import SiteConfig
import SystemService
import Trends
import WebAPI

/// Where stored samples come from: the running daemon, or the files of one that may be stopped.
struct HistorySource {
    /// The zone in which times without an offset are understood and all times are shown.
    let zone: SiteZone
    /// What the site is called; nil if that is not known.
    let site: Bilingual?
    /// What a point's numbers measure.
    let unit: (_ point: String) async throws -> String?
    /// Every point with a history, as the site lists them.
    let points: () async throws -> [PointDescription]
    /// Gives the samples of a span part by part, with every bit of their values.
    let rows:
        (_ point: String, _ span: Range<Int64>, _ take: ([HistoricSample]) throws -> Void) async throws ->
            Void
    /// Gives the samples of a span part by part.
    let samples:
        (_ point: String, _ span: Range<Int64>, _ take: ([SampleEntry]) throws -> Void) async throws -> Void
    /// Gives the sums of a span step by step.
    let buckets:
        (_ point: String, _ span: Range<Int64>, _ step: Int64, _ choice: AggregateChoice) async throws
            -> [BucketEntry]
}

extension HistorySource {
    /// The most steps the API gives in one answer.
    private static let stepsAtOnce: Int64 = 1000

    /// The history behind a running daemon.
    static func daemon(_ client: DaemonClient) async throws -> HistorySource {
        let site = try await client.get(SiteDocument.self, ["site"])
        let zone = SystemZone.load(site.site.timezone) ?? Self.zone(of: site)
        return HistorySource(
            zone: zone, site: site.site.label,
            unit: { point in
                let asset = String(point.prefix { $0 != "." })
                let points = try await client.get(AssetDocument.self, ["assets", asset]).points
                return points.first { $0.path == point }?.unit
            },
            points: {
                try await client.pages(PointsDocument.self, ["points"], next: \.nextCursor)
                    .flatMap(\.points).map { PointDescription($0) }
            },
            rows: { point, span, take in
                try await pages(client, point, query(span, zone) + [("exact", "true")]) { entries in
                    try take(try entries.map { try exactly($0, client) })
                }
            },
            samples: { point, span, take in
                try await pages(client, point, query(span, zone), take)
            }
        ) { point, span, step, choice in
            var found: [BucketEntry] = []
            for start in stride(from: span.lowerBound, to: span.upperBound, by: Int(step * stepsAtOnce)) {
                let part = start..<min(start + step * stepsAtOnce, span.upperBound)
                let document = try await client.get(
                    HistoryDocument.self, ["points", point, "history"],
                    query(part, zone) + [("step", "\(step)ms"), ("agg", choice.names.joined(separator: ","))])
                found += document.buckets ?? []
            }
            return found
        }
    }

    /// The history in a data folder, beside a running daemon or without one.
    static func folder(_ data: String, _ site: SiteOptions, _ session: Session) throws -> HistorySource {
        let folder = data + "/history"
        let reader: HistoryReader
        do {
            reader = try HistoryReader(folder: folder)
        } catch {
            throw unreadable(folder, error)
        }
        let stored = reader.points()
        let known = Set(stored.map(\.path))
        let configuration = try? session.loader(site).load().configuration
        let zone = configuration?.site.zone ?? localZone(session.terminal.environment)
        let isKnown = { (point: String) throws in
            guard !known.contains(point) else { return }
            throw CommandFailure(Message("cli.history.unknown-point", ["point": .text(point)]))
        }
        let describe = { (point: StoredPoint) in
            configuration.flatMap { known in
                known.site.point(point.path).map { PointDescription(known.site[$0]) }
            }
                ?? PointDescription(path: point.path, kind: point.kind)
        }
        func rows(
            _ point: String, _ span: Range<Int64>, _ take: ([HistoricSample]) throws -> Void
        ) async throws {
            try isKnown(point)
            do {
                for try await part in reader.batches(of: point, from: span.lowerBound, to: span.upperBound) {
                    try take(part)
                }
            } catch let error as HistoryError {
                throw unreadable(folder, error)
            }
        }
        return HistorySource(
            zone: zone, site: configuration?.site.label,
            unit: { point in
                configuration.flatMap { known in
                    known.site.point(point).flatMap { known.site[$0].unit?.symbol }
                }
            },
            points: { stored.map(describe) }, rows: rows,
            samples: { point, span, take in
                try await rows(point, span) { part in try take(part.map { SampleEntry($0, zone: zone) }) }
            }
        ) { point, span, step, choice in
            try isKnown(point)
            let states = stored.first { $0.path == point }.map { describe($0).states } ?? []
            do {
                let found = try await reader.buckets(
                    of: point, from: span.lowerBound, to: span.upperBound, stepMilliseconds: step)
                var times = TimesInStates()
                for state in choice.states {
                    let code = try code(state, states)
                    times.add(
                        state,
                        try await reader.stateTimes(
                            of: point, code: code, from: span.lowerBound, to: span.upperBound,
                            stepMilliseconds: step))
                }
                return found.compactMap { bucket in
                    HistoryBucket(bucket).map {
                        BucketEntry(
                            $0, showing: choice.sums, times: times[$0.startWallMilliseconds], zone: zone)
                    }
                }
            } catch let error as HistoryError {
                throw unreadable(folder, error)
            }
        }
    }

    /// The source a command asks for: a folder, the daemon, or the usual folder where no daemon answers.
    static func open(
        _ data: String?, _ connection: ConnectionOptions, _ session: Session
    ) async throws -> HistorySource {
        if let data { return try .folder(data, connection.site, session) }
        do {
            return try await .daemon(DaemonClient(connection, session))
        } catch let failure as CommandFailure where failure.code == Ending.unreachable {
            let isNamed = connection.socket != nil || connection.url != nil
            guard !isNamed, let source = try? HistorySource.folder(usualData, connection.site, session)
            else { throw failure }
            session.complain(Message("cli.history.from-files", ["folder": .text(usualData)]))
            return source
        }
    }

    private static let usualData = "/var/lib/sitewatch"

    /// The number that stands for a state.
    private static func code(_ state: String, _ states: [Point.State]) throws -> Double {
        guard let code = Point.State.code(state, among: states) else {
            let names = states.map(\.name).joined(separator: ", ")
            throw CommandFailure(
                Message("api.expected-state", ["state": .text(state), "names": .text(names)]),
                .validationFailure)
        }
        return code
    }

    private static func pages(
        _ client: DaemonClient, _ point: String, _ query: [(name: String, value: String)],
        _ take: ([SampleEntry]) throws -> Void
    ) async throws {
        var cursor: String?
        repeat {
            let page = try await client.get(
                HistoryDocument.self, ["points", point, "history"],
                query + [("limit", "1000")] + (cursor.map { [("cursor", $0)] } ?? []))
            try take(page.samples ?? [])
            cursor = page.nextCursor
        } while cursor != nil
    }

    private static func exactly(_ entry: SampleEntry, _ client: DaemonClient) throws -> HistoricSample {
        guard let time = TimeExpression.instant(entry.time, now: 0, zone: .fixed("UTC", hours: 0)),
            let sample = entry.sample(at: time)
        else { throw CommandFailure(Message("cli.not-sitewatch", ["place": .text(client.place.name)])) }
        return sample
    }

    private static func query(_ span: Range<Int64>, _ zone: SiteZone) -> [(name: String, value: String)] {
        [
            ("from", zone.iso(span.lowerBound, milliseconds: true)),
            ("to", zone.iso(span.upperBound, milliseconds: true)),
        ]
    }

    /// The zone of a site whose zone this machine does not know: the offset the daemon writes just now.
    private static func zone(of site: SiteDocument) -> SiteZone {
        let utc = SiteZone.fixed("UTC", hours: 0)
        guard let instant = TimeExpression.instant(site.time, now: 0, zone: utc),
            let local = TimeExpression.instant(String(site.time.prefix(23)), now: 0, zone: utc)
        else { return utc }
        let offset = Int((local - instant) / 1000)
        return SiteZone(name: site.site.timezone) { _ in offset }
    }

    /// The machine's own zone.
    static func localZone(_ environment: [String: String]) -> SiteZone {
        SystemZone.load(environment["TZ"] ?? TimeZone.current.identifier) ?? .fixed("UTC", hours: 0)
    }

    private static func unreadable(_ folder: String, _ error: HistoryError) -> CommandFailure {
        CommandFailure(
            Message(
                "cli.history.unreadable",
                ["folder": .text(folder), "reason": .message(error.message)]))
    }
}

extension PointDescription {
    /// What a daemon tells of a point.
    init(_ reading: PointReading) {
        self.init(
            path: reading.path, label: reading.label, kind: Point.Kind(rawValue: reading.kind) ?? .gauge,
            unit: reading.unit,
            states: (reading.states ?? []).map { Point.State(code: $0.code, name: $0.name, label: $0.label) })
    }
}

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
    /// What a point's numbers measure.
    let unit: (_ point: String) async throws -> String?
    /// Gives the samples of a span part by part.
    let samples:
        (_ point: String, _ span: Range<Int64>, _ take: ([SampleEntry]) throws -> Void) async throws -> Void
    /// Gives the sums of a span step by step.
    let buckets:
        (_ point: String, _ span: Range<Int64>, _ step: Int64, _ shown: Set<Aggregate>) async throws
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
            zone: zone,
            unit: { point in
                let asset = String(point.prefix { $0 != "." })
                let points = try await client.get(AssetDocument.self, ["assets", asset]).points
                return points.first { $0.path == point }?.unit
            }
        ) { point, span, take in
            var cursor: String?
            repeat {
                let page = try await client.get(
                    HistoryDocument.self, ["points", point, "history"],
                    query(span, zone) + [("limit", "1000")] + (cursor.map { [("cursor", $0)] } ?? []))
                try take(page.samples ?? [])
                cursor = page.nextCursor
            } while cursor != nil
        } buckets: { point, span, step, shown in
            var found: [BucketEntry] = []
            for start in stride(from: span.lowerBound, to: span.upperBound, by: Int(step * stepsAtOnce)) {
                let part = start..<min(start + step * stepsAtOnce, span.upperBound)
                let names = shown.map(\.rawValue).sorted().joined(separator: ",")
                let document = try await client.get(
                    HistoryDocument.self, ["points", point, "history"],
                    query(part, zone) + [("step", "\(step)ms"), ("agg", names)])
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
        let known = Set(reader.points().map(\.path))
        let configuration = try? session.loader(site).load().configuration
        let zone = configuration?.site.zone ?? localZone(session.terminal.environment)
        let isKnown = { (point: String) throws in
            guard !known.contains(point) else { return }
            throw CommandFailure(Message("cli.history.unknown-point", ["point": .text(point)]))
        }
        return HistorySource(
            zone: zone,
            unit: { point in
                configuration.flatMap { known in
                    known.site.point(point).flatMap { known.site[$0].unit?.symbol }
                }
            }
        ) { point, span, take in
            try isKnown(point)
            do {
                for try await part in reader.batches(of: point, from: span.lowerBound, to: span.upperBound) {
                    try take(part.map { SampleEntry($0, zone: zone) })
                }
            } catch let error as HistoryError {
                throw unreadable(folder, error)
            }
        } buckets: { point, span, step, shown in
            try isKnown(point)
            do throws(HistoryError) {
                return try await reader.buckets(
                    of: point, from: span.lowerBound, to: span.upperBound, stepMilliseconds: step
                ).compactMap { HistoryBucket($0).map { BucketEntry($0, showing: shown, zone: zone) } }
            } catch {
                throw unreadable(folder, error)
            }
        }
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
    private static func localZone(_ environment: [String: String]) -> SiteZone {
        SystemZone.load(environment["TZ"] ?? TimeZone.current.identifier) ?? .fixed("UTC", hours: 0)
    }

    private static func unreadable(_ folder: String, _ error: HistoryError) -> CommandFailure {
        CommandFailure(
            Message(
                "cli.history.unreadable",
                ["folder": .text(folder), "reason": .text(String(describing: error))]))
    }
}

import Facility
import Foundation
import Historian
import SiteConfig
import SystemService
import Trends
import WebAPI

/// Where imported samples go: to the running daemon, or into the files of one that is stopped.
struct ImportTarget {
    /// The zone of the site.
    let zone: SiteZone
    /// Every point it takes samples of, by path.
    let points: [String: PointDescription]
    /// How many samples are handed over at a time.
    let batchSamples: Int
    /// Takes samples, ordered by time; returns when they are on the disk.
    let write: (_ parts: [(path: String, rows: [HistoricSample])]) async throws -> Void
    /// Ends the import.
    let finish: () async throws -> Void

    /// The history behind a running daemon.
    static func daemon(_ client: DaemonClient, addsPoints: Bool) async throws -> ImportTarget {
        let source = try await HistorySource.daemon(client)
        let utc = SiteZone.fixed("UTC", hours: 0)
        return ImportTarget(
            zone: source.zone,
            points: Dictionary(try await source.points().map { ($0.path, $0) }) { first, _ in first },
            batchSamples: 20_000
        ) { parts in
            let request = ImportRequest(
                newPoints: addsPoints,
                points: parts.map { part in
                    .init(
                        point: part.path, samples: part.rows.map { SampleEntry($0, zone: utc, exact: true) })
                })
            _ = try await client.post(ImportDocument.self, ["history", "import"], request)
        } finish: {
        }
    }

    /// The history in a data folder that no daemon uses.
    ///
    /// - Parameter isDry: whether nothing will be written: then the folder may be in use.
    static func folder(
        _ data: String, _ site: SiteOptions, _ session: Session, isDry: Bool
    ) throws -> ImportTarget {
        let configuration = try? session.loader(site).load().configuration
        let zone = configuration?.site.zone ?? HistorySource.localZone(session.terminal.environment)
        let points = configuration?.site.points ?? []
        guard isDry else { return try folder(data, points, zone: zone, session) }
        var known = descriptions(points)
        if let reader = try? HistoryReader(folder: data + "/history") { known.add(reader.points()) }
        return ImportTarget(zone: zone, points: known, batchSamples: batchSamples) { _ in
        } finish: {
        }
    }

    /// The history in a data folder that no daemon uses, of the points of a site and those it has already.
    static func folder(
        _ data: String, _ points: [Point], zone: SiteZone, _ session: Session
    ) throws -> ImportTarget {
        let folder = data + "/history"
        let (lock, store) = try open(data, points, session)
        var known = descriptions(points)
        known.add(store.points())
        let pace = SealPace()
        return ImportTarget(zone: zone, points: known, batchSamples: batchSamples) { [pace] parts in
            try await carryingOut(folder) { () async throws(HistoryError) in
                try await store.importRows(parts)
                // Nobody else seals here: what is only in the tail takes memory.
                if pace.isDue(after: parts.reduce(0) { $0 + $1.rows.count }) { try await store.seal() }
            }
        } finish: {
            try await carryingOut(folder) { () async throws(HistoryError) in try await store.seal() }
            withExtendedLifetime(lock) {}
        }
    }

    /// How many samples a store on the disk is handed at a time.
    private static let batchSamples = 100_000

    private static func descriptions(_ points: [Point]) -> [String: PointDescription] {
        Dictionary(points.map { ($0.path, PointDescription($0)) }) { first, _ in first }
    }

    private static func open(
        _ data: String, _ points: [Point], _ session: Session
    ) throws -> (DataFolderLock, HistoryStore) {
        do {
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            let lock = try DataFolderLock(folder: data)
            let now = session.terminal.now
            let store = try HistoryStore(
                folder: data + "/history", points: points,
                boot: try SystemClock.bootID(),
                clock: {
                    Moment(
                        wallMilliseconds: now(),
                        uptimeMilliseconds: SystemClock.moment().uptimeMilliseconds)
                }, disk: { FileSystem.space(of: data) })
            return (lock, store)
        } catch let error as SystemError {
            if case .folderInUse = error {
                throw CommandFailure(Message("exchange.folder-in-use", ["folder": .text(data)]))
            }
            throw CommandFailure(error.message)
        } catch let error as HistoryError {
            if case .inUse = error {
                throw CommandFailure(Message("exchange.folder-in-use", ["folder": .text(data)]))
            }
            throw CommandFailure(error.message)
        } catch {
            throw CommandFailure(
                Message(
                    "exchange.unwritable", ["file": .text(data), "reason": .text(error.localizedDescription)])
            )
        }
    }

    private static func carryingOut(
        _ folder: String, _ body: () async throws(HistoryError) -> Void
    ) async throws {
        do throws(HistoryError) {
            try await body()
        } catch {
            throw CommandFailure(error.message)
        }
    }
}

/// Counts until the next seal.
private final class SealPace {
    private var waiting = 0
    private static let limit = 1_000_000

    func isDue(after count: Int) -> Bool {
        waiting += count
        guard waiting >= Self.limit else { return false }
        waiting = 0
        return true
    }
}

extension [String: PointDescription] {
    fileprivate mutating func add(_ stored: [StoredPoint]) {
        for point in stored where self[point.path] == nil {
            self[point.path] = PointDescription(path: point.path, kind: point.kind)
        }
    }
}

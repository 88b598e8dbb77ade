import Facility
import Foundation
import Historian

/// Asks a filled history the questions of a screen, again and again, and tells how long the answers took.
struct Queries {
    private let arguments: Arguments
    private let site: GeneratedSite
    private let end: Int64

    /// Each question is asked of every point in turn so many times.
    private static let rounds = 6
    private static let day: Int64 = 86_400_000

    init(_ arguments: Arguments) {
        self.arguments = arguments
        site = arguments.site
        end = Int64(arguments.number("end", or: 1_795_132_800_000))
    }

    func run() async throws {
        let end = end
        let store = try HistoryStore(folder: arguments.folder, points: site.table, boot: "bench") {
            Moment(wallMilliseconds: end, uptimeMilliseconds: end)
        }
        store.append(
            site.table.map { Sample($0.id, $0.kind == .state ? .flag(true) : .number(1), at: end) })
        try await store.flush()
        let days = site.monthPoints..<(site.monthPoints + site.dayPoints)
        try await ask("day", of: days) { path in
            try await store.samples(of: path, from: end - Self.day, to: end).count
        }
        try await ask("month", of: 0..<site.monthPoints) { path in
            try await store.buckets(
                of: path, from: end - 30 * Self.day, to: end, stepMilliseconds: 30 * Self.day / 1000
            ).count
        }
        try await ask("latest", of: 0..<20) { _ in store.latest().count }
        let paths = (0..<site.count).map(site.path)
        try await ask("latest-each", of: 0..<4) { _ in
            var count = 0
            for path in paths where try await store.latest(of: path) != nil { count += 1 }
            return count
        }
    }

    private func ask(
        _ question: String, of points: Range<Int>, _ answer: (String) async throws -> Int
    ) async throws {
        var times = [[Double]](repeating: [], count: points.count)
        var counts: Set<Int> = []
        for round in 0...Self.rounds {
            for point in points {
                let start = uptimeSeconds()
                let count = try await answer(site.path(point))
                let took = (uptimeSeconds() - start) * 1000
                counts.insert(count)
                // The first round warms up.
                if round > 0 { times[point - points.lowerBound].append(took) }
            }
        }
        tell([
            "question": question, "median": Array(times.joined()).median,
            "slowest": times.map(\.median).max() ?? .nan, "times": times.joined().count,
            "least": counts.min() ?? 0, "most": counts.max() ?? 0,
        ])
    }
}

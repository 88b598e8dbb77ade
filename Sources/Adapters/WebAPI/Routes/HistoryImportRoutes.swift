import Facility
import Hummingbird
public import Trends

/// Takes samples of the past into the history.
struct HistoryImportRoutes: SiteRoutes {
    /// The largest body that is read.
    static let bodyLimitBytes = 8 << 20

    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.post("api/v1/history/import") { request, context in
            let body = try await JSON.body(
                ImportRequest.self, of: request, context: context, limit: Self.bodyLimitBytes)
            let presenter = await desk.presenter()
            let parts = try body.points.map { try $0.part(presenter, addsPoints: body.newPoints ?? false) }
            try await desk.ports.historyImport(parts)
            return try JSON.response(
                ImportDocument(imported: parts.reduce(0) { $0 + $1.samples.count }))
        }
    }
}

/// Samples of the past, in the body of a request.
public struct ImportRequest: Codable, Hashable, Sendable {
    /// The samples of one point.
    public struct Part: Codable, Hashable, Sendable {
        /// The point's path.
        public let point: String
        /// The samples as the history gives them, in any order; of one time the last one stays.
        public let samples: [SampleEntry]

        /// Collects the samples of a point.
        public init(point: String, samples: [SampleEntry]) {
            self.point = point
            self.samples = samples
        }
    }

    /// Whether points the site does not have are stored too; false where it is absent.
    public let newPoints: Bool?
    /// The points and their samples.
    public let points: [Part]

    /// Collects the samples of several points.
    public init(newPoints: Bool, points: [Part]) {
        self.newPoints = newPoints
        self.points = points
    }
}

extension ImportRequest.Part {
    fileprivate func part(_ presenter: Presenter, addsPoints: Bool) throws -> ImportedPart {
        guard addsPoints || presenter.site.point(point) != nil else { throw APIError.unknownPoint(point) }
        return ImportedPart(
            point: point,
            samples: try samples.map { entry in
                let instant = TimeExpression.instant(
                    entry.time, now: presenter.now, zone: presenter.site.zone)
                guard let instant, HistoryMonth(containing: instant) != nil else {
                    throw APIError.invalid(parameter: "time", expected: Message("api.expected-time"))
                }
                guard let sample = entry.sample(at: instant) else {
                    throw APIError.invalid(parameter: "samples", expected: Message("api.expected-sample"))
                }
                return sample
            })
    }
}

/// Samples of one point that are to be stored.
public struct ImportedPart: Hashable, Sendable {
    /// The point's path.
    public let point: String
    /// The samples, in any order.
    public let samples: [HistoricSample]
}

/// What became of an import: everything in it is on the disk.
public struct ImportDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// How many samples were taken in.
    public let imported: Int

    /// Describes what became of an import.
    public init(imported: Int) {
        self.imported = imported
    }
}

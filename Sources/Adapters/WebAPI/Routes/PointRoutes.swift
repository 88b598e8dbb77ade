public import Facility
import Hummingbird

/// What every point measured last.
struct PointRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/points") { request, context in
            let query = Query(request, context)
            let presenter = await desk.presenter()
            let asset = query.text("asset").map { AssetID($0) }
            if let asset, presenter.site.asset(asset) == nil { throw APIError.unknownAsset(asset.name) }
            let points = asset.map { presenter.site.points(of: $0) } ?? presenter.site.points
            let (page, next) = Page.cut(points, from: try query.cursor(), limit: try query.limit())
            let latest = await desk.latest(of: presenter.site)
            return try JSON.response(
                PointsDocument(
                    time: presenter.time(presenter.now),
                    points: page.map { presenter.reading(of: $0, latest[$0.id]) }, nextCursor: next))
        }
    }
}

extension Desk {
    /// The last sample of every point of a site. Whoever shows samples passes the very site it shows: numbers of
    /// points mean nothing under another one.
    func latest(of site: Site) async -> [PointID: Sample] {
        Dictionary(await ports.latest(site).map { ($0.point, $0) }) { _, later in later }
    }
}

extension Presenter {
    func reading(of point: Point, _ sample: Sample?) -> PointReading {
        let quality = sample?.quality ?? .bad(.neverRead)
        return PointReading(
            path: point.path, asset: point.asset.name, name: point.name, label: point.label,
            kind: point.kind.rawValue, unit: point.unit?.symbol, expectedMs: point.expectedMilliseconds,
            states: point.states.isEmpty
                ? nil : point.states.map { StateEntry(code: $0.code, name: $0.name, label: $0.label) },
            value: sample?.value.flatMap { ValueEntry($0) },
            state: sample?.value.flatMap { stateName($0, of: point) },
            text: sample?.value.flatMap { text($0, of: point) },
            quality: quality.name, reason: quality.reason,
            time: time(sample?.wallMilliseconds),
            ageMs: sample.map { max(0, now - $0.wallMilliseconds) })
    }

    private func stateName(_ value: Value, of point: Point) -> String? {
        switch value {
        case .integer(let code): point.state(code)?.name
        case .flag(let flag): point.state(flag ? 1 : 0)?.name
        case .number, .text: nil
        }
    }
}

extension Quality {
    /// The quality for programs: `good`, `uncertain` or `bad`.
    public var name: String {
        switch self {
        case .good: "good"
        case .uncertain: "uncertain"
        case .bad: "bad"
        }
    }

    /// Why the quality is not good, for programs: `timeout`, `exception_2`.
    var reason: String? {
        switch self {
        case .good: nil
        case .uncertain(.retained): "retained"
        case .uncertain(.stale): "stale"
        case .uncertain(.clockSkew): "clock_skew"
        case .uncertain(.missed): "missed"
        case .bad(let fault): fault.name
        }
    }
}

extension Fault {
    /// The fault for programs: `timeout`, `exception_2`.
    var name: String {
        switch self {
        case .neverRead: "never_read"
        case .noConnection: "no_connection"
        case .timeout: "timeout"
        case .exception(let code): "exception_\(code)"
        case .invalidReply: "invalid_reply"
        case .sensorFault: "sensor_fault"
        case .outOfRange: "out_of_range"
        case .undecodable: "undecodable"
        case .offline: "offline"
        case .scaleUnknown: "scale_unknown"
        case .implausible: "implausible"
        }
    }
}

/// What points measured last.
public struct PointsDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The daemon's clock.
    public let time: String
    /// The points, as the site lists them.
    public let points: [PointReading]
    /// Where the next page begins; absent on the last one.
    public let nextCursor: String?

    /// Describes a page, or all pages put together.
    public init(time: String, points: [PointReading], nextCursor: String? = nil) {
        self.time = time
        self.points = points
        self.nextCursor = nextCursor
    }
}

/// One point and what it measured last.
public struct PointReading: Codable, Hashable, Sendable {
    /// The name over the whole site: `P2.outlet_pressure`.
    public let path: String
    /// The asset it belongs to.
    public let asset: String
    /// The name within the asset.
    public let name: String
    /// What people call it.
    public let label: Bilingual
    /// How its values behave: `gauge`, `counter`, `state` or `text`.
    public let kind: String
    /// What its numbers measure.
    public let unit: String?
    /// How often a fresh value is expected, milliseconds.
    public let expectedMs: Int64?
    /// The states the value may stand for; absent when they have no names.
    public let states: [StateEntry]?
    /// The value; absent when the quality is bad.
    public let value: ValueEntry?
    /// The name of the state the value stands for.
    public let state: String?
    /// The value as people read it.
    public let text: Bilingual?
    /// How far the value can be trusted: `good`, `uncertain` or `bad`.
    public let quality: String
    /// Why the quality is not good.
    public let reason: String?
    /// When it was measured.
    public let time: String?
    /// How long ago that was, milliseconds.
    public let ageMs: Int64?
}

/// One named state of a point.
public struct StateEntry: Codable, Hashable, Sendable {
    /// What the device reports.
    public let code: Int64
    /// What rules call it.
    public let name: String
    /// What people read.
    public let label: Bilingual
}

/// A value in a document: a number, true or false, or characters.
public enum ValueEntry: Codable, Hashable, Sendable {
    /// A measured or scaled number.
    case number(Double)
    /// A whole number.
    case integer(Int64)
    /// A contact or a bit.
    case flag(Bool)
    /// Characters.
    case text(String)

    /// The value for a document; nil for numbers that JSON cannot write.
    public init?(_ value: Value) {
        switch value {
        case .number(let number):
            guard number.isFinite else { return nil }
            self = .number(number)
        case .integer(let integer): self = .integer(integer)
        case .flag(let flag): self = .flag(flag)
        case .text(let text): self = .text(text)
        }
    }

    /// Reads a bare value.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let integer = try? container.decode(Int64.self) {
            self = .integer(integer)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    /// Writes a bare value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .integer(let integer): try container.encode(integer)
        case .flag(let flag): try container.encode(flag)
        case .text(let text): try container.encode(text)
        }
    }
}

extension ValueEntry: CustomStringConvertible {
    /// The value as a column of a table of values: no unit, no state name.
    public var description: String {
        switch self {
        case .number(let number):
            number == number.rounded() && number.magnitude < 1e15
                ? String(Int64(number)) : String(number)
        case .integer(let integer): String(integer)
        case .flag(let flag): flag ? "1" : "0"
        case .text(let text): text
        }
    }
}

public import Facility
import Trends

/// A point as the store knows it; it stays known after the configuration forgot it.
public struct StoredPoint: Hashable, Sendable {
    /// The name over the whole site, which never changes: `P2.outlet_pressure`.
    public let path: String
    /// How its values behave.
    public let kind: Point.Kind
    /// The smallest step the device reports, if known.
    public let resolution: Double?
    /// How often a reading is expected, milliseconds, if known.
    public let expectedMilliseconds: Int64?
    /// How long a reading stands at most when no other follows, milliseconds.
    public let holdMilliseconds: Int64
    /// The name of the points that are kept as long as this one.
    public let shelf: String

    init(
        path: String, kind: Point.Kind, resolution: Double?, expectedMilliseconds: Int64?,
        holdMilliseconds: Int64, shelf: String = ""
    ) {
        self.path = path
        self.kind = kind
        self.resolution = resolution
        self.expectedMilliseconds = expectedMilliseconds
        self.holdMilliseconds = holdMilliseconds
        self.shelf = shelf
    }

    init(_ point: Point, settings: HistorySettings) {
        // Three missed polls end a value; a dead-band adds the silence it may cause.
        let expected = point.expectedMilliseconds.map { max(1, $0) }
        let heartbeat = point.heartbeatMilliseconds ?? settings.heartbeatMilliseconds
        let silence = point.deadband != nil || expected == nil ? heartbeat : 0
        self.init(
            path: point.path, kind: point.kind, resolution: point.resolution,
            expectedMilliseconds: expected, holdMilliseconds: silence + 3 * (expected ?? 20_000),
            shelf: point.shelf)
    }

    var hints: ChunkCodec.Hints {
        ChunkCodec.Hints(resolution: resolution, holdMilliseconds: holdMilliseconds)
    }

    /// The level a point of unknown pace starts with; readings that come soon lead to shorter windows, and few of
    /// them to longer ones.
    static let unknownLevel = 9

    /// The level its first window has.
    func firstLevel(sealSamples: Int) -> Int {
        expectedMilliseconds == nil ? Self.unknownLevel : level(sealSamples: sealSamples)
    }

    /// The level of the longest windows it may have.
    func level(sealSamples: Int) -> Int {
        guard let expectedMilliseconds else { return ChunkWindow.topLevel }
        return ChunkWindow.level(stepMilliseconds: expectedMilliseconds, samples: sealSamples)
    }
}

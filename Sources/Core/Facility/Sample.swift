/// One reading of one point. A read that failed is a sample too: no value, and the reason.
public struct Sample: Hashable, Sendable {
    /// Which point was read.
    public let point: PointID
    /// When, by the wall clock: the middle of the request, or the payload's own time. Milliseconds since 1970.
    public let wallMilliseconds: Int64
    /// What was read; nil when the quality is bad.
    public let value: Value?
    /// How far the value can be trusted.
    public let quality: Quality

    /// A reading that succeeded, in whole or in part.
    public init(_ point: PointID, _ value: Value, _ quality: Quality = .good, at wallMilliseconds: Int64) {
        self.point = point
        self.wallMilliseconds = wallMilliseconds
        self.value = value
        self.quality = quality
    }

    /// A reading that failed.
    public init(_ point: PointID, failed fault: Fault, at wallMilliseconds: Int64) {
        self.point = point
        self.wallMilliseconds = wallMilliseconds
        self.value = nil
        self.quality = .bad(fault)
    }
}

public import Facility

/// One reading as the history keeps it: the point is known from where it stands.
public struct HistoricSample: Hashable, Sendable {
    /// When, by the wall clock. Milliseconds since 1970.
    public let wallMilliseconds: Int64
    /// What was read; nil when nothing usable came.
    public let value: Value?
    /// How far the value can be trusted.
    public let quality: Quality
    /// Whether another reading of its point and time came before, said something else, and was replaced.
    public let isReplacement: Bool

    /// Describes a reading.
    public init(
        wallMilliseconds: Int64, value: Value?, quality: Quality = .good, isReplacement: Bool = false
    ) {
        self.wallMilliseconds = wallMilliseconds
        self.value = value
        self.quality = quality
        self.isReplacement = isReplacement
    }

    /// Takes a reading out of the stream of all points.
    public init(_ sample: Sample) {
        self.init(
            wallMilliseconds: sample.wallMilliseconds, value: sample.value, quality: sample.quality)
    }
}

/// What a stored reading carries: the four kinds of value, or none.
public enum StoredKind: UInt8, Hashable, Sendable, CaseIterable {
    /// No value came.
    case missing = 0
    /// A float64; stored as its bits.
    case number = 1
    /// A whole number.
    case integer = 2
    /// A contact; stored as 0 or 1.
    case flag = 3
    /// Characters; stored as a place in a list of texts.
    case text = 4
}

import Facility

/// Decides which readings of one point are worth storing.
///
/// A reading is stored when its value left the dead-band around the last stored one, when its quality or its
/// kind changed, and when nothing was stored for a heartbeat, so that an unchanged value is told from silence.
public struct StorageFilter: Hashable, Sendable {
    /// How far a number must move; zero stores every change, nil stores every reading.
    public let deadband: Double?
    /// How long an unchanged reading may go unstored, milliseconds.
    public let heartbeatMilliseconds: Int64

    private var last: HistoricSample?

    /// Starts with nothing stored.
    public init(deadband: Double?, heartbeatMilliseconds: Int64) {
        self.deadband = deadband
        self.heartbeatMilliseconds = heartbeatMilliseconds
    }

    /// Whether to store a reading.
    public mutating func handle(_ sample: HistoricSample) -> Bool {
        guard let last, isSame(sample, as: last) else {
            self.last = sample
            return true
        }
        return false
    }

    private func isSame(_ sample: HistoricSample, as last: HistoricSample) -> Bool {
        guard let deadband, sample.quality == last.quality else { return false }
        let age = sample.wallMilliseconds.subtractingReportingOverflow(last.wallMilliseconds)
        // A stamp before the last stored one says nothing about how long nothing was stored.
        guard !age.overflow, age.partialValue >= 0, age.partialValue < heartbeatMilliseconds else {
            return false
        }
        switch (sample.value, last.value) {
        case (.number(let new), .number(let old)):
            return new.bitPattern == old.bitPattern || abs(new - old) <= deadband
        case (.integer(let new), .integer(let old)):
            let distance = new.subtractingReportingOverflow(old)
            return !distance.overflow && Double(distance.partialValue.magnitude) <= deadband
        case (.flag(let new), .flag(let old)): return new == old
        case (.text(let new), .text(let old)): return new.utf8.elementsEqual(old.utf8)
        case (nil, nil): return true
        case (_, _): return false
        }
    }
}

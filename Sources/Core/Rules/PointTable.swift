public import Facility

/// The last sample of every point, and what rules compute with.
///
/// A number that is missing, bad, stale, infinite or not a number is unknown to rules.
public struct PointTable: Sendable {
    /// The last sample of each point, by the point's index; nil before the first.
    public private(set) var samples: [Sample?]
    /// What rules compute with: NaN is unknown.
    private(set) var numbers: [Double]
    /// Whether the last sample was of good quality.
    private(set) var isGood: [Bool]
    /// When the last good sample came, on the uptime clock; the start where none has come yet.
    private(set) var goodUptimeMilliseconds: [Int64]
    /// When the last sample came, of whatever quality, on the uptime clock; the start where none has come yet.
    private var takenUptimeMilliseconds: [Int64]

    /// The table of a site before the first sample.
    public init(pointCount: Int, startedAt now: Moment) {
        samples = Array(repeating: nil, count: pointCount)
        numbers = Array(repeating: .nan, count: pointCount)
        isGood = Array(repeating: false, count: pointCount)
        goodUptimeMilliseconds = Array(repeating: now.uptimeMilliseconds, count: pointCount)
        takenUptimeMilliseconds = goodUptimeMilliseconds
    }

    /// Takes a sample; true if rules may see a difference.
    public mutating func record(_ sample: Sample, at now: Moment) -> Bool {
        let index = Int(sample.point.index)
        let number = Self.number(of: sample)
        let good = sample.quality == .good && (!number.isNaN || sample.isText)
        let previous = samples[index]
        let isDifferent =
            previous == nil || numbers[index].bitPattern != number.bitPattern || isGood[index] != good
            || (sample.isText && previous?.value != sample.value)
        samples[index] = sample
        numbers[index] = number
        isGood[index] = good
        takenUptimeMilliseconds[index] = now.uptimeMilliseconds
        if good { goodUptimeMilliseconds[index] = now.uptimeMilliseconds }
        return isDifferent
    }

    /// When the last sample of a point came, on the uptime clock; nil unless it was good.
    public func lastGood(_ point: PointID) -> Int64? {
        isGood[Int(point.index)] ? goodUptimeMilliseconds[Int(point.index)] : nil
    }

    /// When the last sample of a point came, of whatever quality, on the uptime clock; nil before the first.
    public func lastTaken(_ point: PointID) -> Int64? {
        samples[Int(point.index)].map { _ in takenUptimeMilliseconds[Int(point.index)] }
    }

    /// How long ago the last good sample of a point came, milliseconds; since the start where none has come yet.
    public func age(_ point: PointID, at now: Moment) -> Int64 {
        now.uptimeMilliseconds - goodUptimeMilliseconds[Int(point.index)]
    }

    /// Carries what is known of a point over from the table of an earlier configuration.
    public mutating func adopt(_ point: PointID, from other: PointTable, _ old: PointID) {
        guard let sample = other.samples[Int(old.index)] else { return }
        samples[Int(point.index)] = sample.moved(to: point)
        numbers[Int(point.index)] = other.numbers[Int(old.index)]
        isGood[Int(point.index)] = other.isGood[Int(old.index)]
        goodUptimeMilliseconds[Int(point.index)] = other.goodUptimeMilliseconds[Int(old.index)]
        takenUptimeMilliseconds[Int(point.index)] = other.takenUptimeMilliseconds[Int(old.index)]
    }

    /// The characters a point holds; nil if they are missing or bad.
    func text(_ index: Int) -> String? {
        guard let sample = samples[index], sample.quality.isComputable, case .text(let text)? = sample.value
        else { return nil }
        return text
    }

    private static func number(of sample: Sample) -> Double {
        guard sample.quality.isComputable, let number = sample.value?.double, number.isFinite else {
            return .nan
        }
        return number
    }
}

extension Quality {
    /// Whether rules compute with the value: a stale one is as good as none.
    var isComputable: Bool { isUsable && self != .uncertain(.stale) }
}

extension Sample {
    fileprivate var isText: Bool {
        if case .text? = value { true } else { false }
    }

    /// The same reading of a point that has another number now.
    func moved(to point: PointID) -> Sample {
        guard let value else {
            guard case .bad(let fault) = quality else {
                preconditionFailure("a sample without a value says why: \(self)")
            }
            return Sample(point, failed: fault, at: wallMilliseconds)
        }
        return Sample(point, value, quality, at: wallMilliseconds)
    }
}

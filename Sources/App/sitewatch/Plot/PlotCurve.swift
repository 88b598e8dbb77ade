import Facility
import Trends
import WebAPI

/// What is drawn of one point.
struct PlotCurve {
    /// The values of a short part of the span: a stroke from the least to the greatest.
    struct Stroke: Hashable {
        let from: Int64
        let to: Int64
        let low: Double
        let high: Double
        /// The states met, for points that have states.
        var codes: Set<Int64> = []
    }

    let point: PointDescription
    /// Strokes in order of time, cut where no usable value was.
    let runs: [[Stroke]]

    var least: Double { runs.joined().map(\.low).min() ?? 0 }
    var greatest: Double { runs.joined().map(\.high).max() ?? 0 }
    var isEmpty: Bool { runs.isEmpty }

    /// The states met, the greatest first.
    var codes: [Int64] { Set(runs.joined().flatMap(\.codes)).sorted(by: >) }

    /// Reads the sums of steps that follow one another.
    init(_ point: PointDescription, buckets: [(start: Int64, entry: BucketEntry)], step: Int64) {
        self.point = point
        var runs: [[Stroke]] = []
        var end: Int64?
        for (start, entry) in buckets {
            // A value that stands without a new reading is only in the mean.
            guard let low = entry.min ?? entry.avg, let high = entry.max ?? entry.avg else {
                end = nil
                continue
            }
            let codes = [entry.first ?? low, low, high, entry.last ?? high].compactMap { Int64(exactly: $0) }
            let stroke = Stroke(from: start, to: start + step, low: low, high: high, codes: Set(codes))
            if end == start, !runs.isEmpty {
                runs[runs.count - 1].append(stroke)
            } else {
                runs.append([stroke])
            }
            end = start + step
        }
        self.runs = runs
    }

    /// Reads samples, thinned so that every peak stays.
    init(_ point: PointDescription, samples: [HistoricSample], until end: Int64, width: Int) {
        self.point = point
        let times = samples.map(\.wallMilliseconds)
        let steps = zip(times, times.dropFirst()).map { $1 - $0 }.sorted()
        // Nobody says here how long a value stands: three times as long as usual is a gap.
        let patience = max(5000, 3 * (steps.isEmpty ? 0 : steps[steps.count / 2]))
        var runs: [[Stroke]] = []
        var last: Int64?
        for (place, sample) in samples.enumerated() {
            guard sample.quality.isUsable, let number = sample.value?.double, number.isFinite else {
                last = nil
                continue
            }
            let time = sample.wallMilliseconds
            let next = place + 1 < samples.count ? times[place + 1] : end
            let stroke = Stroke(
                from: time, to: min(next, time + patience), low: number, high: number,
                codes: Set(Int64(exactly: number).map { [$0] } ?? []))
            if let last, time - last <= patience {
                runs[runs.count - 1].append(stroke)
            } else {
                runs.append([stroke])
            }
            last = time
        }
        self.runs = runs.map { run in
            point.kind == .state
                ? run : Decimation.minMax(run.map(\.low), buckets: width).map { run[$0] }
        }
    }
}

/// Thins a curve for drawing.
public enum Decimation {
    /// A point of a curve.
    public struct Spot: Hashable, Sendable {
        /// Where on the axis of time.
        public let x: Double
        /// How high.
        public let y: Double

        /// Names a place.
        public init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }

    /// The places of the least and the greatest value of each of `buckets` equal parts, in order: every peak
    /// stays visible.
    public static func minMax(_ values: [Double], buckets: Int) -> [Int] {
        guard buckets > 0, values.count > buckets * 2 else { return Array(values.indices) }
        var places: [Int] = []
        places.reserveCapacity(buckets * 2)
        for bucket in 0..<buckets {
            let start = bucket * values.count / buckets
            let end = (bucket + 1) * values.count / buckets
            var least = start
            var greatest = start
            for place in start..<end {
                // A value that is not a number never displaces one that is.
                if values[place] < values[least] || values[least].isNaN { least = place }
                if values[place] > values[greatest] || values[greatest].isNaN { greatest = place }
            }
            places.append(min(least, greatest))
            if least != greatest { places.append(max(least, greatest)) }
        }
        return places
    }

    /// The places that keep a curve's shape best: largest triangle, three buckets (Steinarsson 2013).
    ///
    /// The first and the last place stay; the others are dealt to buckets of equal size, the first of which
    /// take one more where that does not come out even.
    public static func largestTriangles(_ spots: [Spot], count: Int) -> [Int] {
        guard count >= 3, spots.count > count else { return Array(spots.indices) }
        var places = [0]
        places.reserveCapacity(count)
        for bucket in 0..<(count - 2) {
            let (start, end) = (edge(bucket, spots, count), edge(bucket + 1, spots, count))
            let next = mean(spots[end..<max(end + 1, edge(bucket + 2, spots, count))])
            let before = spots[places[bucket]]
            var largest = -1.0
            var chosen = start
            for place in start..<end {
                let area = abs(
                    (before.x - next.x) * (spots[place].y - before.y)
                        - (before.x - spots[place].x) * (next.y - before.y))
                if area > largest { (largest, chosen) = (area, place) }
            }
            places.append(chosen)
        }
        places.append(spots.count - 1)
        return places
    }

    /// Where a bucket starts; behind the last one comes the last spot alone.
    private static func edge(_ bucket: Int, _ spots: [Spot], _ count: Int) -> Int {
        let buckets = count - 2
        let (size, larger) = (spots.count - 2).quotientAndRemainder(dividingBy: buckets)
        return bucket > buckets ? spots.count : 1 + bucket * size + min(bucket, larger)
    }

    private static func mean(_ spots: ArraySlice<Spot>) -> Spot {
        let count = Double(spots.count)
        return Spot(
            x: spots.reduce(0) { $0 + $1.x } / count, y: spots.reduce(0) { $0 + $1.y } / count)
    }
}

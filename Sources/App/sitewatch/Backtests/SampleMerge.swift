import Facility
import Trends

/// Brings the samples of many points into one order of time, part by part: a year needs no memory of its size.
///
/// Of one time stamp the point that the site lists first comes first.
struct SampleMerge {
    /// Gives the next samples of a point in order of time; nil at the end.
    typealias Parts = () async throws -> [HistoricSample]?

    /// The samples of one point.
    private struct Stream {
        let point: PointID
        let parts: Parts
        var part: [HistoricSample]
        var next = 0

        var wall: Int64 { part[next].wallMilliseconds }
    }

    private var streams: [Stream] = []
    /// Places of streams, the earliest sample first: a heap.
    private var heap: [Int] = []

    /// Opens the streams; those without samples are closed at once.
    init(_ sources: [(point: PointID, parts: Parts)]) async throws {
        for source in sources {
            guard let part = try await Self.nonEmpty(source.parts) else { continue }
            streams.append(Stream(point: source.point, parts: source.parts, part: part))
        }
        heap = Array(streams.indices)
        for place in heap.indices.reversed() { sink(place) }
    }

    /// Gives every sample in order of time.
    mutating func forEach(_ take: (Sample) throws -> Void) async throws {
        while let first = heap.first {
            // Up to the end of a part nothing has to be waited for.
            try drain(take)
            guard let empty = heap.first, streams[empty].next == streams[empty].part.count else {
                assert(heap.isEmpty || heap.first != first)
                continue
            }
            guard let part = try await Self.nonEmpty(streams[empty].parts) else {
                removeFirst()
                continue
            }
            streams[empty].part = part
            streams[empty].next = 0
            sink(0)
        }
    }

    /// Gives samples until a stream has to be asked for more; that one is then the first.
    private mutating func drain(_ take: (Sample) throws -> Void) rethrows {
        while let first = heap.first {
            // As long as no other stream has an earlier sample, this one goes on without the heap.
            let rival = rival
            while streams[first].next < streams[first].part.count {
                guard rival.map({ isEarlier(first, than: $0) }) ?? true else { break }
                let sample = streams[first].part[streams[first].next]
                streams[first].next += 1
                try take(Sample(sample, of: streams[first].point))
            }
            guard streams[first].next < streams[first].part.count else { return }
            sink(0)
        }
    }

    /// The stream with the earliest sample but one.
    private var rival: Int? {
        switch heap.count {
        case ...1: nil
        case 2: heap[1]
        default: isEarlier(heap[1], than: heap[2]) ? heap[1] : heap[2]
        }
    }

    private func isEarlier(_ left: Int, than right: Int) -> Bool {
        (streams[left].wall, streams[left].point) < (streams[right].wall, streams[right].point)
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        sink(0)
    }

    private mutating func sink(_ place: Int) {
        var parent = place
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && isEarlier(heap[right], than: heap[left]) ? right : left
            guard isEarlier(heap[child], than: heap[parent]) else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }

    private static func nonEmpty(_ parts: Parts) async throws -> [HistoricSample]? {
        while let part = try await parts() {
            if !part.isEmpty { return part }
        }
        return nil
    }
}

extension Sample {
    /// A reading of the history as the engine takes it.
    init(_ stored: HistoricSample, of point: PointID) {
        if let value = stored.value {
            self.init(point, value, stored.quality, at: stored.wallMilliseconds)
        } else if case .bad(let fault) = stored.quality {
            self.init(point, failed: fault, at: stored.wallMilliseconds)
        } else {
            self.init(point, failed: .invalidReply, at: stored.wallMilliseconds)
        }
    }
}

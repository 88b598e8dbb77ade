/// The deadlines of many buses, one each, the earliest first.
///
/// A binary heap that knows where each bus stands in it, so that a deadline is moved instead of being left behind:
/// a bus gets a new one for every read and needs almost none of them.
struct DeadlineHeap {
    private static let absent = -1

    /// The buses, by number, as a heap.
    private var heap: [Int] = []
    /// Where each bus stands in the heap.
    private var places: [Int] = []
    private var deadlines: [Int64] = []

    /// The bus whose deadline comes first, and the deadline.
    var first: (bus: Int, deadline: Int64)? {
        heap.first.map { ($0, deadlines[$0]) }
    }

    /// Gives a bus a deadline in place of the one it had.
    mutating func set(_ bus: Int, to deadline: Int64) {
        while places.count <= bus {
            places.append(Self.absent)
            deadlines.append(0)
        }
        deadlines[bus] = deadline
        if places[bus] == Self.absent {
            places[bus] = heap.count
            heap.append(bus)
        }
        settle(places[bus])
    }

    /// Takes a bus's deadline away, if it has one.
    mutating func remove(_ bus: Int) {
        guard bus < places.count, places[bus] != Self.absent else { return }
        let place = places[bus]
        places[bus] = Self.absent
        let last = heap.removeLast()
        guard last != bus else { return }
        heap[place] = last
        places[last] = place
        settle(place)
    }

    private mutating func settle(_ start: Int) {
        var place = start
        while place > 0, isEarlier(place, (place - 1) / 2) {
            exchange(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
        while true {
            var earliest = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && isEarlier(child, earliest)
            {
                earliest = child
            }
            guard earliest != place else { return }
            exchange(place, earliest)
            place = earliest
        }
    }

    private func isEarlier(_ place: Int, _ other: Int) -> Bool {
        deadlines[heap[place]] < deadlines[heap[other]]
    }

    private mutating func exchange(_ place: Int, _ other: Int) {
        heap.swapAt(place, other)
        places[heap[place]] = place
        places[heap[other]] = other
    }
}

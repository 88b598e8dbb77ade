import Facility

/// Finds the name that somebody may have meant.
enum NearestName {
    /// Says that there is no such name, and which one comes nearest.
    static func unknown(_ key: String, _ name: String, among known: [String]) -> Message {
        guard let near = nearest(to: name, among: known) else { return Message(key, ["name": .text(name)]) }
        return Message(key + "-near", ["name": .text(name), "near": .text(near)])
    }

    /// The known name with the fewest differences, if there are few; upper and lower case are no difference.
    static func nearest(to name: String, among known: [String]) -> String? {
        let wanted = Array(name.lowercased())
        let distances = known.map { (name: $0, distance: distance(wanted, Array($0.lowercased()))) }
        guard let best = distances.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }),
            best.distance <= max(1, wanted.count / 3)
        else { return nil }
        return best.name
    }

    /// How many letters have to be put in, taken out or exchanged.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (index, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let exchanged = diagonal + (letter == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(exchanged, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}

/// An alarm that comes and goes: three times or more within a minute.
enum Chatter {
    /// How many activations make it.
    static let activations = 3
    /// Within how long, milliseconds.
    static let spanMilliseconds: Int64 = 60_000

    /// How often it began.
    static func episodes(_ times: [Int64]) -> Int {
        let times = times.sorted()
        var episodes = 0
        var isChattering = false
        for index in times.indices.dropFirst(activations - 1) {
            let isClose = times[index] - times[index - activations + 1] < spanMilliseconds
            if isClose, !isChattering { episodes += 1 }
            isChattering = isClose
        }
        return episodes
    }
}

/// At which age of a point a comparison with a number turns: `age(pressure) > 60 s`.
struct AgeBound: Hashable {
    /// The point, by its place among those of the rule.
    let point: Int
    /// The least age at which the comparison says otherwise than of a fresh sample, milliseconds.
    let milliseconds: Int64

    /// Reads a comparison with a number of seconds; nil if there are more of them than anything is old.
    ///
    /// - Parameter isPassedAt: whether it turns at the number itself and not only beyond it.
    init?(point: Int, seconds: Double, isPassedAt: Bool) {
        let exact = seconds * 1000
        guard exact < 1e15 else { return nil }
        self.point = point
        milliseconds = Int64(max(0, isPassedAt ? exact.rounded(.up) : exact.rounded(.down) + 1))
    }

    /// How long until an age, which grows, is the first in whole seconds at which the comparison has turned; nil if it
    /// has.
    func millisecondsLeft(at age: Int64) -> Int64? {
        let turn = (milliseconds + 999) / 1000 * 1000
        return age < turn ? turn - age : nil
    }
}

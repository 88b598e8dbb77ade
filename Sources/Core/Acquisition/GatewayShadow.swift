/// Whether a read is slow because of the unit that was asked before it.
///
/// A gateway may hold its serial line for a silent unit longer than we wait, and let everybody else wait. So the
/// first read after another unit's time-out has all the time the configuration grants, and if even that is not
/// enough it is simply asked again. A gateway that turns out not to hold its line casts no shadow: units that
/// die together are then given up quickly.
struct GatewayShadow: Sendable {
    /// The unit whose time-out was the newest outcome.
    private var silent: UInt8?
    /// Whether another unit's time-out came before that one, with nothing between.
    private var isChained = false
    /// Whether a read in that row was excused: then a prompt answer after it proves nothing.
    private var hasExcused = false
    /// How many prompt answers right after a time-out it takes until the gateway is believed not to hold.
    private var owed = 1

    /// What it takes once the gateway was seen to hold.
    private static let owedByHolders = 20

    /// Whether a read of a unit may have to wait for the one before.
    func covers(_ unit: UInt8) -> Bool {
        owed > 0 && isAfterAnother(unit)
    }

    private func isAfterAnother(_ unit: UInt8) -> Bool { silent.map { $0 != unit } ?? false }

    /// Notes a read that was not answered; whether that says nothing about the unit.
    mutating func timedOut(_ unit: UInt8, isProbe: Bool) -> Bool {
        let isExcused = !isProbe && covers(unit)
        isChained = isChained || isAfterAnother(unit)
        // A shadow throws none: units that are all dead must not excuse each other for ever.
        silent = isExcused ? nil : unit
        hasExcused = hasExcused || isExcused
        return isExcused
    }

    /// Notes that something came, and whether it was as quick as usual.
    mutating func answered(_ unit: UInt8, isPrompt: Bool) {
        if isChained || isAfterAnother(unit), !isPrompt {
            owed = Self.owedByHolders
        } else if isAfterAnother(unit), !hasExcused {
            owed = max(0, owed - 1)
        }
        silent = nil
        isChained = false
        hasExcused = false
    }
}

import Facility

/// A contact whose short pulses last long enough to be seen: once closed, it counts as closed for a while.
struct PulseHold: Sendable {
    private let milliseconds: Int64
    /// Until when it counts as closed, by uptime.
    private var heldUntil: Int64?
    /// Whether it has opened meanwhile and nobody was told.
    private(set) var owesOpening = false

    init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// What a reading counts as. Every reading that finds it closed starts the time anew.
    mutating func handle(_ isClosed: Bool, at now: Moment) -> Bool {
        if isClosed {
            heldUntil = now.uptimeMilliseconds + milliseconds
            owesOpening = false
            return true
        }
        guard let heldUntil, now.uptimeMilliseconds < heldUntil else {
            self.heldUntil = nil
            owesOpening = false
            return false
        }
        owesOpening = true
        return true
    }

    /// Notes that nobody knows whether it is closed: a fault is told at once, and what comes after by itself.
    mutating func failed() {
        owesOpening = false
    }

    /// Whether the time is over of a contact that has opened meanwhile: it must be told now.
    mutating func isReleased(at now: Moment) -> Bool {
        guard owesOpening, let heldUntil, heldUntil <= now.uptimeMilliseconds else { return false }
        self.heldUntil = nil
        owesOpening = false
        return true
    }
}

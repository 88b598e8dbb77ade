/// The reads for people that wait for a gap between the polls.
///
/// They take a quarter of the bus at most, so no scan can hold up the polls; an errand that has waited two
/// seconds on a bus without gaps goes before the polls, so no poll can hold it up either.
struct ErrandQueue: Sendable {
    private struct Waiting {
        let errand: BusErrand
        /// When it came, by uptime; nil until it is first looked at.
        var since: Int64?
    }

    /// No more wait at a time.
    private static let capacity = 64
    private static let share: Int64 = 4
    /// After how long an errand goes before the polls.
    private static let patience: Int64 = 2000
    /// After how long an errand is given up.
    private static let longestWait: Int64 = 30_000
    private var waiting: [Waiting] = []
    private var notBefore = Int64.min
    /// What may still be on its way from units that are not the bus's own.
    private var strangers: [UInt8: ReplyTrust] = [:]

    var isEmpty: Bool { waiting.isEmpty }

    /// Takes an errand; false if too many wait already.
    mutating func submit(_ errand: BusErrand) -> Bool {
        guard waiting.count < Self.capacity else { return false }
        waiting.append(Waiting(errand: errand))
        return true
    }

    /// The errand to run now.
    ///
    /// - Parameters:
    ///   - isIdle: whether no poll is due.
    ///   - isSafe: whether an answer to an errand could be believed, as far as the bus's own units go.
    mutating func next(at now: Int64, isIdle: Bool, isSafe: (BusErrand) -> Bool) -> BusErrand? {
        guard !waiting.isEmpty else { return nil }
        for index in waiting.indices where waiting[index].since == nil { waiting[index].since = now }
        guard notBefore <= now else { return nil }
        let found = waiting.firstIndex { candidate in
            let errand = candidate.errand
            return (isIdle || now - (candidate.since ?? now) >= Self.patience)
                && strangers[errand.unit]?.proves(errand.question, at: now) != false && isSafe(errand)
        }
        return found.map { waiting.remove(at: $0).errand }
    }

    /// When the next errand may run, by uptime; nil if none waits.
    func nextWork(after now: Int64) -> Int64? {
        waiting.isEmpty ? nil : max(notBefore, now + 10)
    }

    /// Notes what an errand cost.
    mutating func charge(milliseconds: Int64, at now: Int64) {
        notBefore = now + (Self.share - 1) * milliseconds
    }

    /// Notes that an errand of a unit that is not the bus's own went without an answer.
    mutating func abandon(_ errand: BusErrand, timeoutMilliseconds: Int64, at now: Int64) {
        strangers = strangers.filter { !$0.value.isClear(at: now) }
        strangers[errand.unit, default: ReplyTrust(timeoutMilliseconds: timeoutMilliseconds)].abandon(
            errand.question, at: now)
    }

    /// Takes out the errands that cannot be done.
    ///
    /// - Parameter mayWait: whether the bus can do any.
    mutating func refused(at now: Int64, mayWait: Bool, isSayable: (BusErrand) -> Bool) -> [BusErrand.Answer]
    {
        guard !waiting.isEmpty else { return [] }
        var answers: [BusErrand.Answer] = []
        waiting.removeAll { candidate in
            let isOld = candidate.since.map { now - $0 > Self.longestWait } ?? false
            let result: BusErrand.Result? =
                !isSayable(candidate.errand) ? .invalid : !mayWait ? .noConnection : isOld ? .busy : nil
            guard let result else { return false }
            answers.append(BusErrand.Answer(errand: candidate.errand, result: result, microseconds: 0))
            return true
        }
        return answers
    }
}

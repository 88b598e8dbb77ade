/// How long a unit is given to answer, learnt from how long its answers took.
///
/// A dead unit should cost little and a slow one must stay reachable: the time granted is one and a half times
/// what 99 of 100 answers took, but after a read without an answer the unit has all the time the configuration
/// grants until it answers, and a good while longer if that answer turns out to have been on its way already.
struct AnswerPace: Sendable {
    /// How long answers took beyond their bytes.
    private(set) var times = AnswerTimes()
    /// For how many more answers the unit has all the time there is.
    private var patience = 0
    private var allowance: Int64?

    /// Fewer answers than this say nothing.
    private static let leastAnswers = 20
    /// How many answers one that came late buys.
    private static let patienceAfterLate = 100

    /// Starts from what was known before a restart: how long 99 of 100 answers took.
    init(answerMicroseconds: Int64? = nil) {
        allowance = answerMicroseconds.map { $0 * 3 / 2 }
    }

    /// Notes an answer, and how many late ones came before it.
    mutating func answered(microseconds: Int64, late: Int = 0) {
        times.note(microseconds: max(0, microseconds))
        patience = late > 0 ? Self.patienceAfterLate : max(0, patience - 1)
        guard times.total >= Self.leastAnswers, allowance == nil || times.total % 16 == 0 else { return }
        allowance = times.microseconds(0.99) * 3 / 2
    }

    /// Notes a read that was not answered within a time.
    mutating func timedOut() {
        patience = max(patience, 1)
    }

    /// Notes that the read before this answer would have been answered, had it been given more time.
    mutating func wasTooShort(microseconds: Int64) {
        times.note(microseconds: 2 * microseconds)
    }

    /// How long the next answer may take beyond its bytes, microseconds; nil if nothing shorter than the
    /// configured time is justified.
    func allowedMicroseconds(floor: Int64) -> Int64? {
        patience > 0 ? nil : usualMicroseconds(floor: floor)
    }

    /// How long answers take at most when all is well, whatever happened last; nil if that is not known.
    func usualMicroseconds(floor: Int64) -> Int64? {
        allowance.map { max($0, floor) }
    }
}

import Alarms
import Facility

/// How long nothing was watched before the engine began, and how the two clocks stood to each other last.
struct WatchOutage: Sendable {
    /// A gap as long as this keeps the delays under way; after a longer one they begin anew, milliseconds.
    static let creditMilliseconds: Int64 = 60_000
    /// A wall clock that moves by more than this against the uptime clock between two steps has jumped,
    /// milliseconds.
    static let jumpMilliseconds: Int64 = 5000

    /// How long nothing was watched; nil if nothing ever was.
    let gapMilliseconds: Int64?
    /// Since when nothing was watched, if that lasted so long that much may have happened unseen.
    let unwatchedSince: Moment?
    /// Since when it is watched again.
    let began: Moment
    /// The alarms whose delays begin anew, until that is committed.
    var uncredited: [Int] = []
    /// The alarms whose rules remember spans that were interrupted, until that is committed.
    var interrupted: [Int] = []
    private var isTold = false
    private var offset: Int64

    init(lastAlive: Moment?, now: Moment) {
        let gap = lastAlive.map { max(0, now.milliseconds(since: $0)) }
        gapMilliseconds = gap
        began = now
        unwatchedSince = (gap ?? 0) > Self.creditMilliseconds ? lastAlive : nil
        let known = lastAlive ?? now
        offset = known.wallMilliseconds - known.uptimeMilliseconds
    }

    /// Whether it lasted so long that much may have happened unseen.
    var isLong: Bool { unwatchedSince != nil }

    /// What an alarm remembers, without delays of which nobody knows whether they ran on: also what was missing
    /// may have been there meanwhile.
    func credit(_ memory: AlarmMemory) -> AlarmMemory {
        guard isLong else { return memory }
        var copy = memory
        copy.raisingSince = nil
        copy.raisePausedMilliseconds = 0
        copy.clearingSince = nil
        if !copy.isConditionTrue { copy.unknownSince = copy.unknownSince.map { _ in began } }
        return copy
    }

    /// The gap that has to be told, once.
    mutating func takeUntoldGap() -> Int64? {
        guard !isTold else { return nil }
        isTold = true
        return isLong ? gapMilliseconds : nil
    }

    /// By how much the wall clock jumped since the step before; nil if it did not.
    mutating func jump(at now: Moment) -> Int64? {
        let before = offset
        offset = now.wallMilliseconds - now.uptimeMilliseconds
        return abs(offset - before) > Self.jumpMilliseconds ? offset - before : nil
    }
}

extension SiteEngine {
    /// Whether so much time went by unwatched that much may have happened unseen.
    var wasDownLong: Bool { outage.isLong }

    /// Writes down what happened to time: that nothing was watched, and that the wall clock jumped. Delays run on
    /// the uptime clock, and do not mind.
    mutating func noteTime(_ draft: inout DecisionDraft) {
        if let gap = outage.takeUntoldGap() {
            journal(.gap, note: "\(AlarmNote.wasDown) \(Self.readable(gap))", &draft)
            draft.alarms.formUnion(outage.uncredited)
            draft.rules.formUnion(outage.interrupted)
            outage.uncredited = []
            outage.interrupted = []
        }
        if let jump = outage.jump(at: draft.now) {
            let sign = jump < 0 ? "-" : "+"
            journal(
                .clockStepped, note: "\(AlarmNote.clockStepped) \(sign)\(Self.readable(abs(jump)))", &draft)
        }
    }

    /// Writes down something about the gateway itself.
    mutating func journal(_ kind: AlarmEvent.Kind, note: String?, _ draft: inout DecisionDraft) {
        draft.decision.journal.append(
            AlarmEvent(
                key: SystemAlarm.siteKey, occurrence: nil, kind: kind, state: .normal,
                wallMilliseconds: draft.now.wallMilliseconds, note: note))
    }

    private static func readable(_ milliseconds: Int64) -> String {
        let seconds = milliseconds / 1000
        return switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        default: "\(seconds / 3600) h"
        }
    }
}

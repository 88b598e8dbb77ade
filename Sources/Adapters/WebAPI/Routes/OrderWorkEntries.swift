import Engine
public import Facility
public import Maintenance

/// How the work on an order went, in a document.
public struct OrderWorkEntry: Codable, Hashable, Sendable {
    /// The firm it was given to.
    public let contractor: String?
    /// Everybody who worked on it.
    public let workers: [String]
    /// Who verified it.
    public let verifier: String?
    /// Why it waits.
    public let hold: HoldReason?
    /// Until when it waits.
    public let resumeBy: String?
    /// Why it was given up.
    public let cancelled: CancelReason?
    /// Until when its cause is left alone.
    public let suppressUntil: String?
    /// How it failed, why, and what was done.
    public let mode: FailureMode?
    /// Why it failed.
    public let cause: FailureCause?
    /// What was done.
    public let remedy: FailureRemedy?
    /// Minutes of work.
    public let labourMinutes: Int
    /// Whose time it took.
    public let labour: [LabourEntry]
    /// Parts that were used.
    public let parts: [String]
    /// What parts and bills cost.
    public let cost: Double
    /// When the work was done; absent while it is not.
    public let performed: String?
    /// Why it is done although the alarm's condition holds.
    public let overrideReason: String?
    /// The plan, and the level of it, that the work counts as.
    public let countsAs: String?
    /// The date of that plan which it was entered as.
    public let countsAsOccurrence: String?
    /// Whether the work was entered long after it was done.
    public let isBackdated: Bool
    /// Whether the clock went back meanwhile.
    public let isClockStepped: Bool
    /// How often somebody said no.
    public let rejections: Int
    /// How often the work had to be done again.
    public let reworks: Int
    /// How often it was opened again.
    public let reopenings: Int
    /// The order of the same cause before this one.
    public let recurrenceOf: String?
    /// The order in whose work it was found.
    public let foundBy: String?
    /// The order that covers it.
    public let group: String?
    /// Occurrences it covers.
    public let children: [Int64]
    /// Occurrences that prove the work.
    public let evidence: [Int64]
    /// Whether its alarm comes and goes.
    public let isChattering: Bool
    /// What was reported.
    public let report: OrderReport?
    /// What has to be answered.
    public let checklist: [ChecklistEntry]
    /// What is promised in the present cycle.
    public let promises: [PromiseEntry]
}

/// Somebody's time in a document.
public struct LabourEntry: Codable, Hashable, Sendable {
    /// Who.
    public let person: String
    /// For how long.
    public let minutes: Int
}

/// A line of a checklist in a document.
public struct ChecklistEntry: Codable, Hashable, Sendable {
    /// The name within the job.
    public let id: String
    /// What has to be done.
    public let text: Bilingual
    /// What an answer looks like, with its unit and what is good.
    public let form: Bilingual
    /// Whether it has to be answered.
    public let isMandatory: Bool
    /// What was answered.
    public let answer: String?
    /// A remark to it.
    public let note: String?
    /// Whether the answer is good.
    public let isGood: Bool?
}

/// A promise in a document.
public struct PromiseEntry: Codable, Hashable, Sendable {
    /// What is promised.
    public let promise: ServicePromise
    /// When the time is up; absent while the clock stands still.
    public let deadline: String?
    /// When it happened.
    public let stopped: String?
    /// Whether it took too long.
    public let isBreached: Bool
    /// The part of the time that was told last, percent.
    public let toldPercent: Int
}

extension Presenter {
    func work(_ order: WorkOrder) -> OrderWorkEntry {
        let work = order.work
        let codes = work.completion?.codes
        return OrderWorkEntry(
            contractor: work.contractor, workers: work.workers, verifier: work.verifier,
            hold: work.hold?.reason, resumeBy: time(work.hold?.resumeByWallMilliseconds),
            cancelled: work.cancelled, suppressUntil: time(work.suppressUntilWallMilliseconds),
            mode: codes?.mode, cause: codes?.cause, remedy: codes?.remedy,
            labourMinutes: work.completion?.labour.reduce(0) { $0 + $1.minutes } ?? 0,
            labour: (work.completion?.labour ?? []).map { .init(person: $0.person, minutes: $0.minutes) },
            parts: work.completion?.parts.map { "\($0.count) × \($0.name)" } ?? [],
            cost: Double(work.completion?.totalCents ?? 0) / 100,
            performed: time(work.completion?.performedWallMilliseconds ?? work.doneWallMilliseconds),
            overrideReason: work.completion?.overrideReason,
            countsAs: work.completion?.credit?.description,
            countsAsOccurrence: work.completion?.credit?.occurrence?.name, isBackdated: work.isBackdated,
            isClockStepped: work.isClockStepped, rejections: work.rejections, reworks: work.reworks,
            reopenings: work.reopenings, recurrenceOf: order.links.recurrenceOf?.name,
            foundBy: order.links.foundBy?.name,
            group: order.links.group?.name, children: order.links.children.map(\.number),
            evidence: order.links.evidence.map(\.number), isChattering: order.links.isChattering,
            report: order.report, checklist: (order.checklist?.lines ?? []).map(line),
            promises: order.timers.map(promise))
    }

    private func promise(_ timer: ServiceTimer) -> PromiseEntry {
        let isLate = timer.deadlineWallMilliseconds.map { $0 < now } == true
        return PromiseEntry(
            promise: timer.promise, deadline: time(timer.deadlineWallMilliseconds),
            stopped: time(timer.stoppedWallMilliseconds), isBreached: timer.isBreached || isLate,
            toldPercent: timer.lastStep)
    }

    private func line(_ line: Checklist.Line) -> ChecklistEntry {
        let answer: String? =
            switch line.answer?.value {
            case .check(let good)?: good ? "good" : "bad"
            case .number(let number)?: String(number)
            case .text(let text)?: text
            case nil: nil
            }
        let form = line.form.message
        return ChecklistEntry(
            id: line.id, text: line.text,
            form: Bilingual(zh: catalog.text(form, in: .zh), en: catalog.text(form, in: .en)),
            isMandatory: line.isMandatory, answer: answer,
            note: line.answer?.note, isGood: line.answer?.isGood)
    }
}

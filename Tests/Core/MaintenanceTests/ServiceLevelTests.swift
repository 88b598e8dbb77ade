import Facility
import Foundation
import Maintenance
import Testing

/// The clocks of what is promised: vectors, pauses, escalations, and a clock that is counted minute by minute.
@Suite struct ServiceLevelTests {
    static let zone = SiteZone.fixed("Asia/Shanghai", hours: 8)
    static let minute: Int64 = 60_000

    static func at(_ day: String, _ time: String, in zone: SiteZone = ServiceLevelTests.zone) -> Int64 {
        let parts = time.split(separator: ":").compactMap { Int($0) }
        return CivilDate(day).map { zone.instant(of: $0, minutes: parts[0] * 60 + parts[1]) } ?? 0
    }

    static let office = ServiceHours.business(.ordinary, hours: [510..<1050])

    @Test(arguments: [
        ("2026-03-06", "17:00", 240, "2026-03-09", "12:00"),
        ("2026-03-07", "12:00", 60, "2026-03-09", "09:30"),
        ("2026-03-06", "08:00", 540, "2026-03-06", "17:30"),
    ])
    func `a deadline is where so much of the hours has passed`(
        day: String, time: String, minutes: Int64, dueDay: String, dueTime: String
    ) {
        let found = Self.office.instant(
            after: minutes * Self.minute, from: Self.at(day, time), in: Self.zone)
        #expect(found == Self.at(dueDay, dueTime))
    }

    @Test func `holidays are no hours, and days worked in their stead are`() throws {
        let calendar = WorkCalendar(
            id: "cn", label: Bilingual(zh: "中国", en: "China"),
            holidays: Set(try (1...7).map { try #require(CivilDate(year: 2026, month: 10, day: $0)) }),
            workdays: [try #require(CivilDate("2026-10-10"))], years: [2026])
        let hours = ServiceHours.business(calendar, hours: [510..<720, 780..<1050])
        func due(_ minutes: Int64, _ day: String, _ time: String) -> Int64? {
            hours.instant(after: minutes * Self.minute, from: Self.at(day, time), in: Self.zone)
        }
        #expect(due(60, "2026-09-30", "17:00") == Self.at("2026-10-08", "09:00"))
        #expect(due(60, "2026-10-09", "17:00") == Self.at("2026-10-10", "09:00"))
        #expect(due(60, "2026-10-08", "11:30") == Self.at("2026-10-08", "13:30"))
        let never = ServiceHours.business(
            WorkCalendar(
                id: "x", label: Bilingual(zh: "", en: ""), weekdays: [], holidays: [], workdays: [], years: []
            ),
            hours: [510..<1050])
        #expect(never.instant(after: 1, from: Self.at("2026-10-08", "11:30"), in: Self.zone) == nil)
    }

    /// How many cases the clock is counted for: few in every run, many for a proof.
    private static let cases: UInt64 =
        ProcessInfo.processInfo.environment["SITEWATCH_LONG"] == nil ? 100 : 10_000

    @Test func `the clock agrees with one that is counted minute by minute`() throws {
        // A zone that puts its clock forward; what comes twice where one is put back is no matter of minutes.
        let jump = Self.at("2026-03-29", "01:00", in: .fixed("UTC", hours: 0))
        let summer = SiteZone(name: "Summer") { $0 >= jump ? 7200 : 3600 }
        for seed in 0..<Self.cases {
            var random = SplitMix(seed)
            let zone = seed % 2 == 0 ? Self.zone : summer
            let hours = Self.hours(&random)
            let from = Self.at("2026-03-20", "00:00") + Int64(random.next() % 400_000) * Self.minute
            let budget = Int64(random.next() % 600) + 1
            var wall = from
            var left = budget
            for _ in 0..<400_000 where left > 0 {
                if Self.runs(hours, at: wall, in: zone) { left -= 1 }
                wall += Self.minute
            }
            try #require(left == 0, "seed \(seed)")
            try #require(
                hours.instant(after: budget * Self.minute, from: from, in: zone) == wall, "seed \(seed)")
            try #require(
                hours.elapsed(from: from, to: wall, in: zone) == budget * Self.minute, "seed \(seed)")
        }
    }

    private static func hours(_ random: inout SplitMix) -> ServiceHours {
        if random.next() % 6 == 0 { return .always }
        let days = Set((1...7).filter { _ in random.next() % 3 > 0 }).union([Int(random.next() % 7) + 1])
        let first = CivilDate(dayNumber: 20_530)
        func some() -> Set<CivilDate> {
            Set((0..<Int(random.next() % 12)).map { _ in first.advanced(days: Int(random.next() % 340)) })
        }
        let calendar = WorkCalendar(
            id: "x", label: Bilingual(zh: "", en: ""), weekdays: days, holidays: some(), workdays: some(),
            years: [2026])
        let start = Int(random.next() % 500)
        let middle = start + 60 + Int(random.next() % 300)
        let again = middle + Int(random.next() % 60)
        return .business(calendar, hours: [start..<middle, again..<(again + 60 + Int(random.next() % 300))])
    }

    private static func runs(_ hours: ServiceHours, at wall: Int64, in zone: SiteZone) -> Bool {
        guard case .business(let calendar, let spans) = hours else { return true }
        let minute = Int(zone.millisecondsOfDay(at: wall) / 60_000)
        return calendar.isWorkday(zone.date(at: wall)) && spans.contains { $0.contains(minute) }
    }

    // MARK: Orders

    private static func policy(_ hours: ServiceHours = .always) -> OrderPolicy {
        let target = { (minutes: Int64) in
            ServiceLevels.Target(milliseconds: minutes * minute, hours: hours)
        }
        return OrderPolicy(
            levels: ServiceLevels([
                .p3: [.response: target(60), .resolve: target(240), .verify: target(60)],
                .p1: [.response: target(5), .resolve: target(100)],
            ]), zone: zone)
    }

    private static let monday = at("2026-03-09", "09:00")

    private func timer(_ order: WorkOrderLifecycle, _ promise: ServicePromise) throws -> ServiceTimer {
        try #require(order.order.timers.first { $0.promise == promise })
    }

    @Test func `the clock stands still only while a wait stops it, and goes on with what was left`() throws {
        for (reason, isPaused) in [(HoldReason.waitingPart, true), (.waitingContractor, false)] {
            let policy = Self.policy(Self.office)
            var order = OrderBench.opened(at: Self.monday, under: policy).lifecycle
            for input in OrderBench.way(to: .inProgress) {
                _ = try order.handle(input, at: Self.monday, under: policy)
            }
            // An hour of four is spent; what is left is counted from the end of the wait.
            let held = Self.monday + 60 * Self.minute
            let resume = Self.at("2026-03-16", "10:00")
            _ = try order.handle(
                .hold(person: "wang", OrderHold(reason, resumeBy: resume), note: nil), at: held, under: policy
            )
            #expect(try timer(order, .resolve).isRunning != isPaused)
            #expect(try (timer(order, .resolve).deadlineWallMilliseconds == nil) == isPaused)
            let events = order.tick(at: resume, under: policy)
            #expect(events.contains { $0.kind == .resumed })
            let deadline = try timer(order, .resolve).deadlineWallMilliseconds
            #expect(deadline == (isPaused ? Self.at("2026-03-16", "13:00") : Self.at("2026-03-09", "13:00")))
        }
    }

    @Test func `each step is told once, also over a restart; after an outage only the highest, as late`()
        throws
    {
        let policy = Self.policy()
        var order = OrderBench.opened(at: 0, under: policy).lifecycle
        var told: [String] = []
        for minute in 0..<100 as Range<Int64> {
            // Every minute another daemon.
            order = WorkOrderLifecycle(order.order)
            for event in order.tick(at: minute * Self.minute, under: policy) {
                guard case .escalation(let escalation)? = event.detail else { continue }
                told.append("\(minute) \(escalation.promise) \(escalation.percent) \(escalation.isLate)")
            }
        }
        #expect(
            told == [
                "30 response 50 false", "48 response 80 false", "60 response 100 false",
                "90 response 150 false",
            ])
        var later = OrderBench.opened(at: 0, under: policy).lifecycle
        let events = later.tick(at: 300 * Self.minute, under: policy)
        let found = events.compactMap { event -> String? in
            guard case .escalation(let escalation)? = event.detail else { return nil }
            return "\(escalation.promise) \(escalation.percent) \(escalation.isLate)"
        }
        #expect(found == ["response 150 true", "resolve 100 true"])
        #expect(later.tick(at: 301 * Self.minute, under: policy).isEmpty)
    }

    @Test func `more urgent means earlier, from the same start, and never later than promised`() throws {
        let policy = Self.policy()
        var order = OrderBench.opened(at: 0, under: policy).lifecycle
        _ = try order.handle(.repeat(.p1), at: 30 * Self.minute, under: policy)
        #expect(try timer(order, .response).deadlineWallMilliseconds == 5 * Self.minute)
        #expect(try timer(order, .resolve).deadlineWallMilliseconds == 100 * Self.minute)

        var hours = Self.policy()
        hours.levels.targets[.p1]?[.resolve] = .init(milliseconds: 239 * Self.minute, hours: Self.office)
        var saturday = OrderBench.opened(at: Self.at("2026-03-07", "12:00"), under: hours).lifecycle
        let promised = try timer(saturday, .resolve).deadlineWallMilliseconds
        _ = try saturday.handle(.repeat(.p1), at: Self.at("2026-03-07", "12:01"), under: hours)
        #expect(try timer(saturday, .resolve).deadlineWallMilliseconds == promised)
    }

    @Test func `what was kept and what was broken is settled when it happens, cycle by cycle`() throws {
        let policy = Self.policy()
        var order = OrderBench.opened(at: 0, under: policy).lifecycle
        let way = OrderBench.way(to: .verified)
        for (input, minute) in zip(way, [1, 61, 62, 200, 210] as [Int64]) {
            _ = try order.handle(input, at: minute * Self.minute, under: policy)
        }
        #expect(try timer(order, .response).isBreached)
        #expect(try !timer(order, .resolve).isBreached)
        #expect(try !timer(order, .verify).isBreached)
        _ = try order.handle(.recur(OccurrenceID(9), .p3), at: 300 * Self.minute, under: policy)
        #expect(order.order.work.cycle == 2)
        #expect(try timer(order, .response).deadlineWallMilliseconds == 360 * Self.minute)
        #expect(try !timer(order, .response).isBreached)
    }

    @Test func `work that has to be done again is counted from its first start`() throws {
        let policy = Self.policy()
        var order = OrderBench.opened(at: 0, under: policy).lifecycle
        for input in OrderBench.way(to: .done) { _ = try order.handle(input, at: Self.minute, under: policy) }
        _ = try order.handle(.reject(person: "li", reason: "leaks"), at: 200 * Self.minute, under: policy)
        let resolve = try timer(order, .resolve)
        #expect(resolve.isRunning && resolve.deadlineWallMilliseconds == 240 * Self.minute)
        #expect(!order.order.timers.contains { $0.promise == .verify })
        _ = try order.handle(.conditionCleared, at: 240 * Self.minute, under: policy)
        _ = try order.handle(
            .finish(person: "wang", note: nil, completion: OrderBench.completion), at: 241 * Self.minute,
            under: policy)
        #expect(try timer(order, .resolve).isBreached)
    }

    private static let restoring = OrderPolicy(
        levels: ServiceLevels([.p3: [.restore: .init(milliseconds: 480 * minute)]]), zone: zone)

    @Test
    func `an alarm that brings finished work back has its own clock run on, a person who refuses does not`()
        throws
    {
        let policy = Self.restoring
        for isAlarm in [true, false] {
            var order = OrderBench.opened(at: 0, under: policy).lifecycle
            _ = try order.handle(.conditionCleared, at: 100 * Self.minute, under: policy)
            for input in OrderBench.way(to: .done) {
                _ = try order.handle(input, at: 110 * Self.minute, under: policy)
            }
            let input: OrderInput = isAlarm ? .repeat(.p3) : .reject(person: "li", reason: "leaks")
            let event = try order.handle(input, at: 120 * Self.minute, under: policy)
            #expect(event.kind == .reworked)
            let restore = try timer(order, .restore)
            #expect(restore.isRunning == isAlarm)
            // A hundred minutes of 480 are spent; the twenty without the condition are not.
            #expect(restore.deadlineWallMilliseconds == (isAlarm ? 500 * Self.minute : nil))
        }
    }

    @Test func `an alarm that comes back while the order waits for a part starts no clock`() throws {
        let policy = Self.restoring
        var order = OrderBench.opened(at: 0, under: policy).lifecycle
        for input in OrderBench.way(to: .onHold) { _ = try order.handle(input, at: 0, under: policy) }
        _ = try order.handle(.conditionCleared, at: 10 * Self.minute, under: policy)
        _ = try order.handle(.repeat(.p3), at: 20 * Self.minute, under: policy)
        #expect(try !timer(order, .restore).isRunning)
        _ = try order.handle(.resume(person: "wang", note: nil), at: 30 * Self.minute, under: policy)
        #expect(try timer(order, .restore).deadlineWallMilliseconds == 510 * Self.minute)
    }

    @Test func `a held order that is given to somebody else waits no more`() throws {
        let policy = Self.policy()
        var order = OrderBench.opened(at: 0, under: policy).lifecycle
        for input in OrderBench.way(to: .onHold) { _ = try order.handle(input, at: 0, under: policy) }
        #expect(try !timer(order, .resolve).isRunning)
        _ = try order.handle(
            .dispatch(person: "disp", assignee: "zhao", contractor: nil, reason: "nearer"),
            at: 60 * Self.minute, under: policy)
        #expect(try timer(order, .resolve).deadlineWallMilliseconds == 300 * Self.minute)
    }

    @Test func `an alarm that comes and goes for days does not fill its order`() throws {
        let policy = Self.restoring
        var order = OrderBench.opened(at: 0, under: policy).lifecycle
        for turn in 1...200 as ClosedRange<Int64> {
            _ = try order.handle(.conditionCleared, at: turn * 2000 - 1000, under: policy)
            _ = try order.handle(.repeat(.p3), at: turn * 2000, under: policy)
        }
        let restore = try timer(order, .restore)
        #expect(restore.runs.count == 50 && restore.isRunning)
        // From the last run on everything counts: never less than what passed with the condition.
        #expect(restore.spent(at: 400_000, .always, Self.zone) >= 200_000)
    }

    @Test func `what became more urgent is promised what it was not before, from its beginning`() throws {
        var policy = OrderPolicy(levels: .standard, zone: Self.zone)
        policy.levels.steps = [100]
        var order = OrderBench.opened(OrderBench.opening(.p4), at: 0, under: policy).lifecycle
        #expect(order.order.timers.map(\.promise) == [.response])
        _ = try order.handle(
            .dispatch(person: nil, assignee: "wang", contractor: nil, reason: nil), at: 5 * Self.minute,
            under: policy)
        _ = try order.handle(.repeat(.p1), at: 10 * Self.minute, under: policy)
        #expect(try timer(order, .restore).deadlineWallMilliseconds == 120 * Self.minute)
        #expect(try timer(order, .resolve).deadlineWallMilliseconds == 240 * Self.minute)
        #expect(try timer(order, .arrival).deadlineWallMilliseconds == 35 * Self.minute)
        #expect(try timer(order, .response).deadlineWallMilliseconds == 5 * Self.minute)
    }

    @Test func `the next promise that is not kept is what an order is due by`() throws {
        var order = OrderBench.opened(OrderBench.opening(.p1), at: 0, under: Self.policy()).lifecycle
        let response = try #require(try timer(order, .response).deadlineWallMilliseconds)
        let resolve = try #require(try timer(order, .resolve).deadlineWallMilliseconds)
        #expect(response < resolve)
        #expect(order.order.dueOrPromisedWallMilliseconds == response)
        #expect(!order.order.isOverdue(at: response) && order.order.isOverdue(at: response + 1))
        _ = try order.handle(.accept(person: "wang", note: nil), at: response + 2, under: Self.policy())
        let next = try #require(order.order.dueOrPromisedWallMilliseconds)
        #expect(next > response && next <= resolve)
    }

    @Test func `planned work is due when its plan says`() throws {
        var opening = OrderBench.opening(.p4, type: .preventive)
        opening.occurrence = nil
        opening.dueWallMilliseconds = 500 * Self.minute
        let order = OrderBench.opened(opening, at: 0, under: Self.policy()).lifecycle
        #expect(try timer(order, .resolve).deadlineWallMilliseconds == 500 * Self.minute)
        #expect(order.order.isOverdue(at: 501 * Self.minute))
    }
}

import Facility
import Maintenance
import Testing

/// The table of transitions, row by row, and the guards of its rows.
@Suite struct OrderTableTests {
    @Test(arguments: OrderState.allCases)
    func `every pair of state and input goes where the table says, or nowhere`(state: OrderState) throws {
        for (name, input) in OrderBench.inputs {
            var (order, events) = try OrderBench.brought(to: state)
            let before = order
            guard let next = OrderBench.table[state]?[name] else {
                #expect(throws: OrderRefusal.self, "\(name)") { try order.handle(input, at: 2000) }
                #expect(order == before, "\(state) \(name)")
                continue
            }
            let event = try order.handle(input, at: 2000)
            events.append(event)
            #expect(order.order.state == next, "\(state) \(name)")
            #expect(event.version == before.order.version + 1)
            #expect(event.state == next)
            #expect(WorkOrderLifecycle.replay(events) == order.order, "\(state) \(name)")
        }
    }

    @Test func `only the assignee takes, begins, holds and ends the work; a firm's order any of its people`()
        throws
    {
        for (state, input) in [
            (OrderState.dispatched, OrderInput.accept(person: "zhao", note: nil)),
            (.dispatched, .reject(person: "zhao", reason: "no")),
            (.accepted, .start(person: "zhao", note: nil)),
            (.inProgress, .hold(person: "zhao", OrderHold(.waitingPart, resumeBy: 9000), note: nil)),
            (.onHold, .resume(person: "zhao", note: nil)),
            (.inProgress, .finish(person: "zhao", note: nil, completion: OrderBench.completion)),
        ] {
            var order = try OrderBench.brought(to: state).0
            #expect(throws: OrderRefusal.notAssignee("wang")) { try order.handle(input, at: 2000) }
        }
        var firm = OrderBench.opened().lifecycle
        _ = try firm.handle(
            .dispatch(person: "disp", assignee: "acme", contractor: "acme", reason: nil), at: 2000)
        _ = try firm.handle(.accept(person: "sun", note: nil), at: 3000)
        #expect(firm.order.assignee == "sun")
        #expect(firm.order.work.contractor == "acme")
    }

    @Test func `nobody verifies their own work, nor refuses it`() throws {
        var order = try OrderBench.brought(to: .done).0
        #expect(throws: OrderRefusal.verifierIsWorker("wang")) {
            try order.handle(.verify(person: "wang", note: nil), at: 2000)
        }
        #expect(throws: OrderRefusal.verifierIsWorker("wang")) {
            try order.handle(.reject(person: "wang", reason: "no"), at: 2000)
        }
        var helped = try OrderBench.brought(to: .inProgress).0
        var completion = OrderBench.completion
        completion.labour = [.init("wang", minutes: 30), .init("li", minutes: 10)]
        _ = try helped.handle(.finish(person: "wang", note: nil, completion: completion), at: 2000)
        #expect(throws: OrderRefusal.verifierIsWorker("li")) {
            try helped.handle(.verify(person: "li", note: nil), at: 2000)
        }
        _ = try helped.handle(.verify(person: "sun", note: nil), at: 2000)
    }

    @Test func `corrective work ends with what was wrong, why, and what was done`() throws {
        var order = try OrderBench.brought(to: .inProgress).0
        #expect(throws: OrderRefusal.codesMissing) {
            try order.handle(
                .finish(person: "wang", note: nil, completion: OrderCompletion(overrideReason: "x")), at: 2000
            )
        }
        let impossible = FailureCodes(assetClass: .tank, mode: .vib, cause: .wear, remedy: .replaced)
        #expect(throws: OrderRefusal.modeOfAnotherClass(.vib, of: .tank)) {
            try order.handle(
                .finish(
                    person: "wang", note: nil,
                    completion: OrderCompletion(codes: impossible, overrideReason: "x")), at: 2000)
        }
        #expect(throws: OrderRefusal.conditionHolds) {
            try order.handle(
                .finish(person: "wang", note: nil, completion: OrderCompletion(codes: OrderBench.codes)),
                at: 2000)
        }
        _ = try order.handle(.conditionCleared, at: 2000)
        _ = try order.handle(
            .finish(person: "wang", note: nil, completion: OrderCompletion(codes: OrderBench.codes)), at: 2000
        )
        #expect(order.order.state == .done)
    }

    @Test func `money, minutes and parts that cannot be are refused, and so is work of tomorrow`() throws {
        var order = try OrderBench.brought(to: .inProgress).0
        for (change, refusal) in [
            ({ $0.labour = [.init("wang", minutes: -1)] }, OrderRefusal.impossibleAmount),
            ({ $0.parts = [.init("seal", count: 0)] }, .impossibleAmount),
            ({ $0.cents = -5 }, .impossibleAmount),
            ({ $0.performedWallMilliseconds = 3000 }, .performedInTheFuture),
        ] as [((inout OrderCompletion) -> Void, OrderRefusal)] {
            var completion = OrderBench.completion
            change(&completion)
            #expect(throws: refusal) {
                try order.handle(.finish(person: "wang", note: nil, completion: completion), at: 2000)
            }
        }
        var late = OrderBench.completion
        late.performedWallMilliseconds = 2000
        _ = try order.handle(
            .finish(person: "wang", note: nil, completion: late),
            at: 2001 + OrderCompletion.promptMilliseconds)
        #expect(order.order.work.isBackdated)
    }

    private static let day: Int64 = 86_400_000

    private func finish(performed: Int64) -> OrderInput {
        var completion = OrderBench.completion
        completion.performedWallMilliseconds = performed
        return .finish(person: "wang", note: nil, completion: completion)
    }

    @Test func `what an alarm asked for was not done before it asked, nor in the cycle before`() throws {
        let opened = 100 * Self.day + 30_000
        var order = OrderBench.opened(at: opened).lifecycle
        for input in OrderBench.way(to: .inProgress) { _ = try order.handle(input, at: opened) }
        let before = order
        #expect(throws: OrderRefusal.performedBeforeTheAlarm) {
            try order.handle(finish(performed: opened - 60_000), at: opened + Self.day)
        }
        #expect(order == before)
        // Nobody writes seconds.
        _ = try order.handle(finish(performed: opened - 30_000), at: opened + Self.day)
        _ = try order.handle(.verify(person: "li", note: nil), at: opened + Self.day)
        _ = try order.handle(.recur(OccurrenceID(9), .p3), at: opened + 2 * Self.day)
        for input in OrderBench.way(to: .inProgress) {
            _ = try order.handle(input, at: opened + 2 * Self.day)
        }
        #expect(throws: OrderRefusal.performedBeforeTheAlarm) {
            try order.handle(finish(performed: opened + Self.day), at: opened + 3 * Self.day)
        }
    }

    @Test func `what was done on paper may be older than its order, but not than its asset, nor by years`()
        throws
    {
        var opening = OrderBench.opening(.p4, type: .preventive)
        opening.occurrence = nil
        let opened = 1000 * Self.day
        var policy = OrderPolicy()
        func work() throws -> WorkOrderLifecycle {
            var order = OrderBench.opened(opening, at: opened).lifecycle
            for input in OrderBench.way(to: .inProgress) { _ = try order.handle(input, at: opened) }
            return order
        }
        var order = try work()
        _ = try order.handle(finish(performed: opened - 20 * Self.day), at: opened, under: policy)
        #expect(order.order.work.isBackdated)
        order = try work()
        #expect(throws: OrderRefusal.performedTooEarly) {
            try order.handle(finish(performed: opened - 367 * Self.day), at: opened, under: policy)
        }
        policy.commissionedWallMilliseconds = opened - 10 * Self.day
        #expect(throws: OrderRefusal.performedTooEarly) {
            try order.handle(finish(performed: opened - 11 * Self.day), at: opened, under: policy)
        }
        _ = try order.handle(finish(performed: opened - 10 * Self.day), at: opened, under: policy)
    }

    @Test func `where the clock went back, what came first cannot be told and is not asked`() throws {
        let opened = 100 * Self.day
        var order = OrderBench.opened(at: opened).lifecycle
        for input in OrderBench.way(to: .inProgress) { _ = try order.handle(input, at: opened - Self.day) }
        _ = try order.handle(finish(performed: opened - Self.day), at: opened - Self.day + 60_000)
        #expect(order.order.state == .done)
    }

    @Test func `a wait has a reason and an end; an urgent one is allowed by somebody else`() throws {
        var order = try OrderBench.brought(to: .inProgress).0
        func hold(_ reason: HoldReason, until: Int64, by: String? = nil, note: String? = nil) -> OrderInput {
            .hold(person: "wang", OrderHold(reason, resumeBy: until, approvedBy: by), note: note)
        }
        #expect(throws: OrderRefusal.resumeInThePast) {
            try order.handle(hold(.waitingPart, until: 2000), at: 2000)
        }
        #expect(throws: OrderRefusal.reasonMissing) { try order.handle(hold(.other, until: 3000), at: 2000) }
        _ = try order.handle(.repeat(.p1), at: 2000)
        for approver in [nil, "wang"] {
            #expect(throws: OrderRefusal.approvalMissing) {
                try order.handle(hold(.waitingPart, until: 3000, by: approver), at: 2000)
            }
        }
        _ = try order.handle(hold(.waitingPart, until: 3000, by: "disp"), at: 2000)
        #expect(order.nextDueWallMilliseconds() == 3000)
        #expect(order.tick(at: 2999).isEmpty)
        #expect(order.tick(at: 3000).map(\.kind) == [.resumed])
        #expect(order.order.state == .inProgress)
    }

    @Test func `what is urgent and holds is only given up because there is nothing wrong`() throws {
        var order = OrderBench.opened(OrderBench.opening(.p2)).lifecycle
        #expect(throws: OrderRefusal.urgentAlarmHolds) {
            try order.handle(.cancel(person: "li", reason: "later", cause: .operator), at: 2000)
        }
        #expect(throws: OrderRefusal.reasonMissing) {
            try order.handle(.cancel(person: "li", reason: " ", cause: .falseAlarm), at: 2000)
        }
        _ = try order.handle(.cancel(person: "li", reason: "a test lamp", cause: .falseAlarm), at: 2000)
        let week: Int64 = 7 * 86_400_000
        #expect(order.order.work.suppressUntilWallMilliseconds == 2000 + week)
    }

    @Test func `an order that somebody has is given away only with a reason, which names whose it is`() throws
    {
        var order = try OrderBench.brought(to: .accepted).0
        #expect(throws: OrderRefusal.reasonMissingToTakeFrom("wang")) {
            try order.handle(
                .dispatch(person: "disp", assignee: "li", contractor: nil, reason: " "), at: 2000)
        }
        _ = try order.handle(
            .dispatch(person: "disp", assignee: "li", contractor: nil, reason: "ill"), at: 2000)
        #expect(order.order.assignee == "li")
    }

    @Test func `a checklist wants answers of its forms, and knows the good from the bad`() throws {
        var opening = OrderBench.opening(.p4, type: .preventive)
        opening.occurrence = nil
        opening.checklist = Checklist(
            Job(
                id: "monthly", label: Bilingual(zh: "月检", en: "Monthly"),
                items: [
                    .init(id: "lock", text: Bilingual(zh: "挂牌", en: "Lock out")),
                    .init(
                        id: "gap", text: Bilingual(zh: "间隙", en: "Gap"),
                        answer: .number(unit: nil, limits: 0.3...0.7)),
                    .init(
                        id: "oil", text: Bilingual(zh: "油位", en: "Oil"),
                        answer: .choice(["full", "low"], bad: ["low"]), isMandatory: false),
                ]))
        var order = OrderBench.opened(opening).lifecycle
        for input in OrderBench.way(to: .inProgress) { _ = try order.handle(input, at: 1000) }
        let finish = OrderInput.finish(person: "wang", note: nil)
        #expect(throws: OrderRefusal.answersMissing(["lock", "gap"])) { try order.handle(finish, at: 2000) }
        let gap = Checklist.Form.number(unit: nil, low: 0.3, high: 0.7)
        for (answer, refusal) in [
            (GivenAnswer("gpa", .number(0.5)), OrderRefusal.unknownItem("gpa")),
            (GivenAnswer("gap", .text("wide")), .answerOfAnotherForm("gap", gap)),
            (GivenAnswer("gap", .number(.nan)), .answerOfAnotherForm("gap", gap)),
            (
                GivenAnswer("oil", .text("half")),
                .answerOfAnotherForm("oil", .choice(["full", "low"], bad: ["low"]))
            ),
        ] {
            #expect(throws: refusal) { try order.handle(.answer(person: "wang", [answer]), at: 2000) }
        }
        let answers = [GivenAnswer("lock", .check(true)), GivenAnswer("gap", .number(0.9))]
        _ = try order.handle(.answer(person: "wang", answers), at: 2000)
        #expect(order.order.checklist?.bad.map(\.id) == ["gap"])
        _ = try order.handle(finish, at: 3000)
        #expect(order.order.state == .done)
    }

    @Test func `a report becomes work only with an asset and a category`() throws {
        var opening = OrderBench.opening()
        opening.report = OrderReport(reporter: "zhao")
        var order = OrderBench.opened(opening).lifecycle
        #expect(order.order.state == .reported)
        func triage(_ asset: AssetID, _ category: String?) -> OrderInput {
            .triage(person: "disp", asset: asset, category: category, priority: .p2, type: .hazard)
        }
        #expect(throws: OrderRefusal.assetMissing) { try order.handle(triage("", "water"), at: 2000) }
        #expect(throws: OrderRefusal.categoryMissing) { try order.handle(triage("P2", nil), at: 2000) }
        _ = try order.handle(triage("P2", "water"), at: 2000)
        #expect(order.order.asset == "P2" && order.order.type == .hazard && order.order.priority == .p2)
    }

    @Test func `the clock verifies, archives, gives back and gives up what it may`() throws {
        var policy = OrderPolicy(verifiesItself: true, acceptMilliseconds: 60_000)
        var order = try OrderBench.brought(to: .dispatched).0
        #expect(order.tick(at: 61_000, under: policy).map(\.kind) == [.timedOut])
        #expect(order.order.state == .open && order.order.work.rejections == 1)

        policy.acceptMilliseconds = nil
        var done = try OrderBench.brought(to: .done).0
        #expect(done.nextDueWallMilliseconds(under: policy) == nil)
        _ = try done.handle(.conditionCleared, at: 5000, under: policy)
        #expect(done.tick(at: 5000 + 1_799_999, under: policy).isEmpty)
        #expect(done.tick(at: 5000 + 1_800_000, under: policy).map(\.kind) == [.verified])
        let archived = done.tick(at: 5000 + 1_800_000 + 7 * 86_400_000, under: policy)
        #expect(archived.map(\.kind) == [.archived])

        policy.selfClearMilliseconds = 600_000
        var minor = OrderBench.opened().lifecycle
        _ = try minor.handle(.conditionCleared, at: 2000, under: policy)
        #expect(minor.tick(at: 602_000, under: policy).map(\.kind) == [.cancelled])
        #expect(minor.order.work.cancelled == .selfCleared)
        var major = OrderBench.opened(OrderBench.opening(.p2)).lifecycle
        _ = try major.handle(.conditionCleared, at: 2000, under: policy)
        #expect(major.tick(at: 602_000, under: policy).isEmpty)
    }

    @Test func `an alarm that comes back while the work is observed means that it was not done`() throws {
        var order = try OrderBench.brought(to: .done).0
        let event = try order.handle(.repeat(.p3), at: 1000 + 1_800_000)
        #expect(event.kind == .reworked && order.order.work.reworks == 1 && order.order.occurrences == 2)
        var later = try OrderBench.brought(to: .done).0
        _ = try later.handle(.repeat(.p3), at: 1001 + 1_800_000)
        #expect(later.order.state == .done && later.order.occurrences == 2)
    }
}

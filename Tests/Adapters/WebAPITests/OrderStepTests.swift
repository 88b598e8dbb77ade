import Engine
import Facility
import HTTPTypes
import Maintenance
import Testing

@testable import WebAPI

/// Every step of an order over HTTP: what a request means, and what is refused before anybody is asked.
@Suite struct `The steps of an order` {
    private let site = TestSite()

    private static let number: OrderNumber = "WO-20260306-0001"

    private static let steps: [(path: String, more: String, kind: Command.Kind)] = [
        (
            "triage", #""asset": "P1", "category": "water", "priority": "p2", "type": "hazard""#,
            .triage(number, "P1", category: "water", .p2, .hazard)
        ),
        ("dispatch", #""to": "wang""#, .dispatch(number, to: "wang")),
        ("reject", #""note": "ill""#, .reject(number)),
        (
            "hold",
            #""reason": "waiting_part", "resume_by": "2026-03-09T08:00:00+08:00", "approved_by": "wang""#,
            .hold(number, OrderHold(.waitingPart, resumeBy: 1_773_014_400_000, approvedBy: "wang"))
        ),
        ("resume", #""note": "the part is here""#, .resume(number)),
        (
            "answer",
            #""answers": [{"item": "lock", "check": true}, {"item": "gap", "number": 0.5, "note": "cold"}]"#,
            .answer(
                number, [GivenAnswer("lock", .check(true)), GivenAnswer("gap", .number(0.5), note: "cold")])
        ),
        (
            "done",
            #""mode": "brd", "cause": "wear", "remedy": "replaced", "labour": [{"person": "li", "minutes": 30}], "#
                + #""parts": [{"name": "seal", "count": 2, "cost": 12.5}], "cost": 80, "#
                + #""performed_at": "2026-03-06T08:00:00+08:00", "override": "as it is", "counts_as": "visit/year""#,
            .finish(
                number,
                OrderCompletion(
                    codes: FailureCodes(mode: .brd, cause: .wear, remedy: .replaced),
                    labour: [.init("li", minutes: 30)], parts: [.init("seal", count: 2, cents: 1250)],
                    cents: 8000, performedWallMilliseconds: 1_772_755_200_000, overrideReason: "as it is",
                    credit: PlanCredit(plan: "visit", level: "year")))
        ),
        ("verify", #""note": "good""#, .verify(number)),
        ("cancel", #""reason": "false_alarm", "note": "a test""#, .cancel(number, .falseAlarm)),
        ("cancel", #""note": "not now""#, .cancel(number, .operator)),
        ("reopen", #""note": "it drips""#, .reopen(number)),
        ("archive", #""note": "over""#, .archive(number)),
    ]

    @Test func `each means one command, with all that was said`() async throws {
        for step in Self.steps {
            let site = TestSite()
            let answer = try await site.ask(
                "/api/v1/orders/\(Self.number)/\(step.path)", .post,
                body: #"{"person": "li", "request_id": "r", "expected_version": 2, "#
                    + step.more + "}")
            #expect(answer.status == .ok, "\(step.path) \(answer.body)")
            let command = try #require(await site.desktop.commands.first, "\(step.path)")
            #expect(command.kind == step.kind, "\(step.path)")
            #expect(command.person == "li" && command.expectedVersion == 2, "\(step.path)")
        }
    }

    @Test(arguments: [
        ("triage", #"{"person": "li"}"#), ("triage", #"{"person": "li", "asset": "P1", "priority": "p9"}"#),
        ("triage", #"{"person": "li", "asset": "P1", "type": "party"}"#),
        ("dispatch", #"{"person": "li"}"#), ("dispatch", #"{"person": "li", "to": ""}"#),
        ("hold", #"{"person": "li", "resume_by": "+2d"}"#),
        ("hold", #"{"person": "li", "reason": "lunch", "resume_by": "+2d"}"#),
        ("hold", #"{"person": "li", "reason": "other"}"#),
        ("hold", #"{"person": "li", "reason": "other", "resume_by": "soon"}"#),
        ("answer", #"{"person": "li"}"#), ("answer", #"{"person": "li", "answers": []}"#),
        ("answer", #"{"person": "li", "answers": [{"item": "a"}]}"#),
        ("answer", #"{"person": "li", "answers": [{"item": "a", "check": true, "number": 1}]}"#),
        ("done", #"{"person": "li", "mode": "bang"}"#), ("done", #"{"person": "li", "cost": 1e15}"#),
        ("done", #"{"person": "li", "performed_at": "yesterdayish"}"#),
        ("done", #"{"person": "li", "counts_as": "visit/year/all"}"#),
        ("done", #"{"person": "li", "counts_as": "visit/"}"#),
        ("cancel", #"{"person": "li", "reason": "boring"}"#), ("verify", #"{"note": "good"}"#),
    ])
    func `what cannot be understood is refused before the engine hears of it`(
        step: String, body: String
    ) async throws {
        let answer = try await site.ask("/api/v1/orders/\(Self.number)/\(step)", .post, body: body)
        #expect(answer.status == .badRequest, "\(answer.body)")
        #expect(answer.error?.message.isEmpty == false)
        #expect(await site.desktop.commands.isEmpty)
    }

    @Test(arguments: [
        (Refusal.order(.performedTooEarly), "performed_too_early"),
        (.order(.performedBeforeTheAlarm), "performed_before_the_alarm"),
        (.order(.credit(.plannedOrder)), "credit_planned_order"),
        (.order(.credit(.unknownPlan("visit"))), "credit_unknown_plan"),
        (.order(.credit(.otherAsset("visit", "L2"))), "credit_other_asset"),
        (.order(.credit(.levelMissing(["month", "year"]))), "credit_level_missing"),
        (.order(.credit(.unknownLevel("day", known: ["year"]))), "credit_unknown_level"),
        (.order(.credit(.nothingDue("visit"))), "credit_nothing_due"),
        (
            .order(
                .credit(
                    .outsideWindow(
                        due: CivilDate(dayNumber: 1), from: CivilDate(dayNumber: 0),
                        until: CivilDate(dayNumber: 1)))), "credit_outside_window"
        ),
        (.order(.credit(.underWay("WO-1"))), "credit_under_way"),
        (.order(.credit(.given("visit/L1/2026-01-08"))), "credit_given"),
        (.order(.answersMissing(["gap"])), "answers_missing"), (.notDispatcher("li"), "not_dispatcher"),
        (.unskilled("li", skill: "lift"), "unskilled"), (.order(.approvalMissing), "approval_missing"),
    ])
    func `what the engine refuses is told by a stable name and in words`(
        refusal: Refusal, code: String
    ) async throws {
        await site.desktop.refuse(with: refusal)
        for language in ["en", "zh"] {
            let answer = try await site.ask(
                "/api/v1/orders/\(Self.number)/done", .post, language: language, body: #"{"person": "li"}"#)
            #expect(answer.error?.code == code)
            // A text without an entry would be shown as its key.
            #expect(answer.error?.message.contains("refusal.") == false)
        }
    }

    @Test func `a report and an order by hand differ by what has to happen first`() async throws {
        for isReport in [true, false] {
            let site = TestSite()
            await site.desktop.open(as: Self.number)
            let answer = try await site.ask(
                "/api/v1/orders", .post,
                body:
                    #"{"person": "li", "request_id": "r", "title": "Lamp", "asset": "P1", "place": "floor 3", "#
                    + #""category": "lighting", "is_report": \#(isReport)}"#)
            #expect(answer.status == .created, "\(answer.body)")
            guard case .open(let opening)? = await site.desktop.commands.first?.kind else {
                Issue.record("no order was asked for")
                return
            }
            #expect(opening.cause == "manual/P1/r" && opening.title.en == "Lamp")
            #expect((opening.report != nil) == isReport)
        }
        let nameless = try await site.ask("/api/v1/orders", .post, body: #"{"person": "li"}"#)
        #expect((nameless.status, nameless.error?.code) == (.badRequest, "invalid_parameter"))
    }
}

import Facility
import Maintenance

/// Orders brought to every state, and every input there is.
enum OrderBench {
    static let hour: Int64 = 3_600_000

    static let codes = FailureCodes(assetClass: .pump, mode: .brd, cause: .wear, remedy: .replaced)
    static let completion = OrderCompletion(codes: codes, overrideReason: "the valve stays shut")

    static func opening(_ priority: Priority = .p3, type: OrderType = .corrective) -> OrderOpening {
        OrderOpening(
            asset: "P1", cause: "P1/water", title: Bilingual(zh: "检查", en: "Check"), priority: priority,
            type: type, occurrence: OccurrenceID(7))
    }

    static func opened(
        _ opening: OrderOpening = OrderBench.opening(), at wall: Int64 = 1000,
        under policy: OrderPolicy = OrderPolicy()
    ) -> (lifecycle: WorkOrderLifecycle, event: OrderEvent) {
        WorkOrderLifecycle.open(
            opening, number: "WO-20260306-0001", source: .alarm, at: wall, under: policy)
    }

    /// The inputs that lead from the opening to a state.
    static func way(to state: OrderState) -> [OrderInput] {
        let dispatch = OrderInput.dispatch(person: "disp", assignee: "wang", contractor: nil, reason: nil)
        let start: [OrderInput] = [
            dispatch, .accept(person: "wang", note: nil), .start(person: "wang", note: nil),
        ]
        let finish = OrderInput.finish(person: "wang", note: nil, completion: completion)
        let verify = OrderInput.verify(person: "li", note: nil)
        return switch state {
        case .reported, .open: []
        case .dispatched: [dispatch]
        case .accepted: Array(start.prefix(2))
        case .inProgress: start
        case .onHold:
            start + [.hold(person: "wang", OrderHold(.waitingPart, resumeBy: 50 * hour), note: nil)]
        case .done: start + [finish]
        case .verified: start + [finish, verify]
        case .archived: start + [finish, verify, .archive(person: "li")]
        case .cancelled: [.cancel(person: "li", reason: "twice", cause: .duplicate)]
        }
    }

    static func brought(to state: OrderState) throws -> (WorkOrderLifecycle, [OrderEvent]) {
        var opening = opening()
        if state == .reported { opening.report = OrderReport(reporter: "zhao", category: "water") }
        let start = opened(opening)
        var lifecycle = start.lifecycle
        var events = [start.event]
        for input in way(to: state) { events.append(try lifecycle.handle(input, at: 1000)) }
        return (lifecycle, events)
    }

    /// Every kind of input, each once, as whoever may give it would.
    static let inputs: [(name: String, input: OrderInput)] = [
        ("repeat", .repeat(.p3)), ("cleared", .conditionCleared),
        ("child", .attachChild(OccurrenceID(9), "P2")), ("evidence", .attachEvidence(OccurrenceID(8))),
        ("join", .join("WO-20260306-0009")), ("supersede", .supersede("WO-20260306-0009")),
        ("recur", .recur(OccurrenceID(10), .p3)), ("recount", .recount),
        ("find", .find([CountedAnswer(round: "WO-20260306-0008", version: 5)], .p3)),
        ("count", .count([CountedAnswer(round: "WO-20260306-0008", version: 5)])),
        ("triage", .triage(person: "disp", asset: "P1", category: nil, priority: nil, type: .corrective)),
        ("dispatch", .dispatch(person: "disp", assignee: "zhao", contractor: nil, reason: "nearer")),
        ("accept", .accept(person: "wang", note: nil)),
        ("reject", .reject(person: "wang", reason: "ill")),
        ("refuse", .reject(person: "li", reason: "leaks")),
        ("start", .start(person: "wang", note: nil)),
        ("hold", .hold(person: "wang", OrderHold(.waitingPart, resumeBy: 50 * hour), note: nil)),
        ("resume", .resume(person: "wang", note: nil)),
        ("finish", .finish(person: "wang", note: nil, completion: completion)),
        ("verify", .verify(person: "li", note: nil)),
        ("cancel", .cancel(person: "li", reason: "twice")), ("archive", .archive(person: "li")),
        ("reopen", .reopen(person: "li", reason: "it drips again")),
    ]

    /// Where each input leads from each state; what is missing is refused.
    static let table: [OrderState: [String: OrderState]] = {
        func plant(_ state: OrderState) -> [String: OrderState] {
            var row = Dictionary(
                uniqueKeysWithValues: ["repeat", "find", "count", "cleared", "child", "evidence", "join"]
                    .map { ($0, state) })
            row["cancel"] = .cancelled
            return row
        }
        func row(_ state: OrderState, _ more: [String: OrderState]) -> [String: OrderState] {
            plant(state).merging(more) { $1 }
        }
        return [
            .reported: row(.reported, ["triage": .open, "supersede": .cancelled]),
            .open: row(
                .open, ["dispatch": .dispatched, "accept": .accepted, "supersede": .cancelled]),
            .dispatched: row(
                .dispatched,
                [
                    "accept": .accepted, "reject": .open, "dispatch": .dispatched, "supersede": .cancelled,
                ]),
            .accepted: row(
                .accepted, ["start": .inProgress, "hold": .onHold, "dispatch": .dispatched]),
            .inProgress: row(
                .inProgress, ["finish": .done, "hold": .onHold, "dispatch": .dispatched]),
            .onHold: row(.onHold, ["resume": .inProgress, "dispatch": .dispatched]),
            .done: row(
                .done,
                ["repeat": .inProgress, "find": .inProgress, "verify": .verified, "refuse": .inProgress]),
            .verified: [
                "archive": .archived, "recur": .open, "find": .open, "recount": .verified, "reopen": .open,
            ],
            .archived: [:], .cancelled: [:],
        ]
    }()
}

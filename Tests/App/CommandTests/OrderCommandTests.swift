import Engine
import Facility
import Foundation
import Maintenance
import Testing

@testable import sitewatch

/// The commands about orders and assets: what they ask of the daemon, and what they refuse before they ask.
@Suite struct OrderCommandTests {
    private static let number: OrderNumber = "WO-20260306-0001"

    @Test func `every step of an order is asked for with what it needs`() async throws {
        let site = FakeSite()
        try await site.whileServed { connection in
            let order = Self.number.name
            for arguments in [
                ["triage", order, "--asset", "P1", "--priority", "p2", "--type", "hazard"],
                ["dispatch", order, "--to", "li", "--note", "nearer"],
                ["reject", order, "--note", "ill"],
                [
                    "hold", order, "--reason", "waiting_part", "--until", "2026-03-07 08:00", "--approved-by",
                    "li",
                ],
                ["resume", order], ["answer", order, "gap=0.5", "lock=good", "oil=full"],
                [
                    "done", order, "--mode", "brd", "--cause", "wear", "--remedy", "replaced", "--labour",
                    "wang=45", "--part", "seal=2@35.50", "--cost", "100", "--override", "valve shut",
                ],
                ["verify", order], ["cancel", order, "--reason", "false_alarm", "--note", "a test"],
                ["reopen", order, "--note", "drips"],
            ] {
                let written = await run(["orders"] + arguments + connection)
                #expect(written.code == 0, "\(arguments): \(written.err)")
            }
            let zone = SiteZone.fixed("Asia/Shanghai", hours: 8)
            let morning = zone.instant(of: try #require(CivilDate("2026-03-07")), minutes: 480)
            let completion = OrderCompletion(
                codes: FailureCodes(mode: .brd, cause: .wear, remedy: .replaced),
                labour: [.init("wang", minutes: 45)], parts: [.init("seal", count: 2, cents: 3550)],
                cents: 10_000, overrideReason: "valve shut")
            #expect(
                await site.desktop.commands.map(\.kind) == [
                    .triage(Self.number, "P1", category: nil, .p2, .hazard),
                    .dispatch(Self.number, to: "li"), .reject(Self.number),
                    .hold(
                        Self.number,
                        OrderHold(.waitingPart, resumeBy: morning, approvedBy: "li")),
                    .resume(Self.number),
                    .answer(
                        Self.number,
                        [
                            GivenAnswer("gap", .number(0.5)), GivenAnswer("lock", .check(true)),
                            GivenAnswer("oil", .text("full")),
                        ]),
                    .finish(Self.number, completion), .verify(Self.number),
                    .cancel(Self.number, .falseAlarm), .reopen(Self.number),
                ])
        }
    }

    @Test(arguments: [
        ["orders", "hold", "WO-1", "--reason", "tired", "--until", "+2h"],
        ["orders", "hold", "WO-1", "--reason", "other", "--until", "soon"],
        ["orders", "done", "WO-1", "--mode", "broken"], ["orders", "done", "WO-1", "--labour", "wang"],
        ["orders", "done", "WO-1", "--part", "seal"], ["orders", "cancel", "WO-1", "--reason", "no"],
        ["orders", "answer", "WO-1", "gap"], ["orders", "report", "lamp", "--priority", "p9"],
        ["assets", "state", "P1", "asleep", "--note", "x"], ["assets", "state", "P1", "stopped"],
    ])
    func `what cannot be meant is refused before anybody is asked`(arguments: [String]) async {
        #expect(await run(arguments).code == 64)
    }

    @Test func `the board and a dossier are shown`() async throws {
        try await FakeSite().whileServed { connection in
            let board = await run(["orders", "board", "--json"] + connection)
            #expect(board.code == 0 && board.out.contains("\"columns\""))
            let dossier = await run(["assets", "dossier", "P1"] + connection)
            #expect(dossier.code == 0, "\(dossier.err)")
            let listed = await run(["assets", "list", "--csv"] + connection)
            #expect(listed.out.contains("P1,pump"))
            let nothing = await run(["assets", "dossier", "P99"] + connection)
            #expect(nothing.code == 1)
        }
    }
}

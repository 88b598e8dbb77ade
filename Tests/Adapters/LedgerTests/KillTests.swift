import Alarms
import Engine
import Facility
import Ledger
import Maintenance
import Notices
import Rules
import Testing

/// The life of an alarm, killed before and after every commit: what the ledger then holds is what it would hold
/// without the kill.
@Suite struct KillTests {
    @Test
    func `a kill at any commit of a raise, an acknowledgement and a clear loses nothing, doubles nothing`()
        async throws
    {
        let whole = try await AlarmStory.tell(killedAt: nil)
        #expect(whole.commits == [5, 15, 20, 25, 30])
        #expect(whole.journal == ["raised", "acknowledged", "cleared", "closed"])
        // Nobody delivers in this story, so the end finds the raise waiting and both become one message.
        #expect(
            whole.notices == ["1/0/raise/hook/wang", "1/0/raise_and_clear/hook/wang", "1/0/clear/hook/wang"])
        #expect(whole.orders == ["opened", "condition_cleared"])
        #expect(whole.raisedAfterMilliseconds == 10_000 && whole.clearedAfterMilliseconds == 5000)
        for second in whole.commits {
            for kill in [AlarmStory.Kill.before(second: second), .after(second: second)] {
                for isNewBoot in [false, true] {
                    let told = try await AlarmStory.tell(killedAt: kill, isNewBoot: isNewBoot)
                    #expect(told.journal == whole.journal, "\(kill) \(isNewBoot)")
                    #expect(told.notices == whole.notices, "\(kill) \(isNewBoot)")
                    #expect(told.orders == whole.orders, "\(kill) \(isNewBoot)")
                    #expect(told.replies == whole.replies, "\(kill) \(isNewBoot)")
                    let late = told.raisedAfterMilliseconds - whole.raisedAfterMilliseconds
                    #expect((-1000...1000).contains(late), "\(kill) \(isNewBoot): \(late) ms")
                    let lateEnd = told.clearedAfterMilliseconds - whole.clearedAfterMilliseconds
                    #expect((-1000...1000).contains(lateEnd), "\(kill) \(isNewBoot): \(lateEnd) ms")
                }
            }
        }
    }
}

/// A pump whose pressure is low from the 5th to the 25th second; somebody acknowledges in the 20th.
private struct AlarmStory {
    enum Kill: Equatable {
        /// The step was taken, but its decision not committed.
        case before(second: Int64)
        /// The decision was committed, but nobody was answered yet.
        case after(second: Int64)
    }

    /// What the ledger holds when the story is over.
    struct Told {
        var commits: [Int64] = []
        var replies: [CommandReply] = []
        var journal: [String] = []
        var notices: [String] = []
        var orders: [String] = []
        var raisedAfterMilliseconds: Int64 = 0
        var clearedAfterMilliseconds: Int64 = 0
    }

    static let lowSince: Int64 = 5
    static let acknowledgedAt: Int64 = 20
    static let goodSince: Int64 = 25
    /// How long the daemon is gone.
    static let outageMilliseconds: Int64 = 700

    static func tell(killedAt kill: Kill?, isNewBoot: Bool = false) async throws -> Told {
        var folder = try TemporaryFolder()
        var ledger = try LedgerStore(folder)
        var offset: Int64 = 0
        var engine = engine(EngineMemory(), at: moment(0))
        var told = Told()
        func clock(_ milliseconds: Int64) -> Moment {
            let now = moment(milliseconds)
            return Moment(
                wallMilliseconds: now.wallMilliseconds, uptimeMilliseconds: now.uptimeMilliseconds - offset)
        }
        for second in 0...40 as ClosedRange<Int64> {
            let decision = step(&engine, second, at: clock(second * 1000))
            if !decision.isEmpty, kill != .before(second: second) {
                try ledger.commit(decision)
                told.commits.append(second)
                told.replies += decision.replies
            }
            guard kill == .before(second: second) || kill == .after(second: second) else { continue }
            folder = try folder.crashCopy()
            if isNewBoot { offset = 4_000_000 }
            ledger = try LedgerStore(folder, boot: isNewBoot ? "boot-b" : "boot-a")
            let now = clock(second * 1000 + outageMilliseconds)
            engine = Self.engine(try ledger.restore(at: now).memory, at: now)
            // The person has had no answer, and asks again; every point is read at once.
            let again = step(&engine, second, at: now)
            try ledger.commit(again)
            if !again.replies.isEmpty { told.replies = again.replies }
        }
        return try await read(ledger, into: told)
    }

    private static func step(_ engine: inout SiteEngine, _ second: Int64, at now: Moment) -> Decision {
        let isLow = second >= lowSince && second < goodSince
        let command = Command(id: "a", kind: .acknowledge(OccurrenceID(1)), person: "wang")
        return engine.step(
            [Sample(PointID(0), .number(isLow ? 0.1 : 0.5), at: now.wallMilliseconds)],
            commands: second == acknowledgedAt ? [command] : [], at: now)
    }

    private static func read(_ ledger: LedgerStore, into told: Told) async throws -> Told {
        var told = told
        let events = try await ledger.journal().reversed().map(\.event)
        told.journal = events.map(\.kind.rawValue)
        told.notices = try await ledger.notices().map(\.notice.id).reversed()
        for order in try await ledger.orders() {
            told.orders += try await ledger.orderEvents(order.number).map(\.kind.rawValue)
        }
        func milliseconds(_ kind: AlarmEvent.Kind, since second: Int64) -> Int64 {
            let wall = events.first { $0.kind == kind }?.wallMilliseconds ?? .min / 2
            return wall - moment(second * 1000).wallMilliseconds
        }
        told.raisedAfterMilliseconds = milliseconds(.raised, since: lowSince)
        told.clearedAfterMilliseconds = milliseconds(.cleared, since: goodSince)
        return told
    }

    // MARK: The site

    private static let site = Site(
        id: "s", label: Bilingual(zh: "站", en: "Site"), language: .en, zone: .fixed("UTC", hours: 0),
        assets: [
            Asset(id: "P1", assetClass: .pump, label: Bilingual(zh: "泵", en: "Pump"), location: "B3")
        ],
        points: [
            Point(
                id: PointID(0), asset: "P1", name: "pressure", label: Bilingual(zh: "压力", en: "pressure"),
                kind: .gauge, unit: MeasurementUnit(symbol: "MPa"), expectedMilliseconds: 1000)
        ],
        people: [Person(id: "wang", label: Bilingual(zh: "王", en: "Wang"), language: .zh)])

    private static func engine(_ memory: EngineMemory, at now: Moment) -> SiteEngine {
        let position = SourcePosition(file: "r.yaml", line: 1, column: 1)
        let rule = RuleDefinition(
            id: "pump.low", position: position, match: RuleMatch(asset: "P1"),
            when: ExpressionText("pressure < 0.2 MPa", at: position), raiseDelayMilliseconds: 10_000,
            clearDelayMilliseconds: 5000, priority: .p3, text: Bilingual(zh: "低", en: "low"), order: .init())
        let step = Route.Step(
            afterMilliseconds: 0, isSkippedWhenAcknowledged: false, recipients: ["wang"], channels: ["hook"])
        return SiteEngine(
            site: site, rules: RuleSet.compile([rule], for: site).rules,
            routes: [Route(id: "default", steps: [step])], catalog: MessageCatalog([:]), memory: memory,
            at: now)
    }
}

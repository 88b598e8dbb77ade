import Engine
import Facility
import Foundation
import HTTPTypes
import Maintenance
import Testing

@testable import WebAPI

/// What the plans ask for over HTTP, and the feed that calendars subscribe to.
@Suite struct PlanRouteTests {
    private let site = TestSite()

    private static let token = "abcdefgh234567"

    private static func book() throws -> PlanBook {
        let job = Job(
            id: "look", label: Bilingual(zh: "看", en: "Look"),
            items: [Job.Item(id: "a", text: Bilingual(zh: "看", en: "Look"))])
        var plan = Plan(
            id: "tank-wash", label: Bilingual(zh: "水箱清洗", en: "Tank cleaned"), mode: .fixed,
            levels: [Plan.Level(id: "all", every: 1, job: job)])
        plan.grid = .rule(
            start: CivilDate("2026-03-01"), try RecurrenceRule(parsing: "FREQ=WEEKLY"), added: [],
            excluded: [])
        return PlanBook([
            PlanBook.Entry(
                plan: plan, assets: ["T1"], position: SourcePosition(file: "p", line: 1, column: 1),
                isShipped: false)
        ])
    }

    /// The date of 1 March is open and overdue on the 6th; what came before was done early.
    private static func memory() throws -> PlanMemory {
        let series = PlanSeriesID(plan: "tank-wash", asset: "T1")
        let first = try #require(CivilDate("2026-03-01"))
        var kept = PlanSeriesMemory(series: series, schedule: "x", firstSeen: first)
        kept.cursor = first
        kept.count = 1
        kept.revision = 4
        kept.lastSatisfied = CivilDate("2026-02-22")
        var open = PlanOccurrence(
            id: PlanOccurrenceID(series, on: first), series: series, nominal: first, due: first, level: 0,
            reasons: [.rule("FREQ=WEEKLY")])
        open.order = "WO-20260222-0001"
        kept.open = [open]
        var memory = PlanMemory()
        memory.series = [kept]
        return memory
    }

    private func ask(
        _ uri: String, over access: Access = .full, language: String? = nil
    ) async throws -> Answer {
        let (book, memory) = (try Self.book(), try Self.memory())
        return try await site.ask(uri, over: access, language: language) { ports in
            ports.plans = { (book, memory) }
            ports.feed = FeedPorts(
                token: { Self.token }, admits: { $0 == Self.token },
                publicURL: { "https://gate.example.com/site1" })
            ports.planOccurrences = { filter in
                guard filter.plan == nil || filter.plan == "tank-wash", filter.isOpen != true else {
                    return []
                }
                guard let series = memory.series.first else { return [] }
                var done = PlanOccurrence(
                    id: "tank-wash/T1/2026-02-22", series: series.series, nominal: series.firstSeen,
                    due: series.firstSeen, level: 0, state: .satisfiedOnTime, note: "early_work",
                    reasons: [.credited("WO-20260220-0007")])
                done.order = "WO-20260220-0007"
                done.completed = series.lastSatisfied
                return [done]
            }
        }
    }

    @Test func `what is due says since when, on which order, and when it was done last`() async throws {
        let document = try await ask("/api/v1/plans/due?days=9").document(PlanDueDocument.self)
        #expect(document.today == "2026-03-06")
        #expect(document.dates.map(\.due) == ["2026-03-01", "2026-03-08", "2026-03-15"])
        #expect(document.dates.map(\.state) == ["overdue", "planned", "planned"])
        let first = try #require(document.dates.first)
        #expect((first.order, first.lastDone, first.items) == ("WO-20260222-0001", "2026-02-22", 1))
        #expect(first.why.first?.contains("FREQ=WEEKLY") == true)
        #expect(try await ask("/api/v1/plans/due?asset=P1").document(PlanDueDocument.self).dates.isEmpty)
        #expect(try await ask("/api/v1/plans/due?days=401").error?.code == "invalid_parameter")
    }

    @Test func `what became of a date names the order whose work counts as it`() async throws {
        let document = try await ask("/api/v1/plans/occurrences?open=false").document(
            PlanOccurrencesDocument.self)
        let done = try #require(document.occurrences.first)
        #expect((done.state, done.note, done.completed) == ("satisfied_on_time", "early_work", "2026-02-22"))
        #expect(done.why.count == 1 && done.why.first?.contains("WO-20260220-0007") == true)
        let other = try await ask("/api/v1/plans/occurrences?plan=visit").document(
            PlanOccurrencesDocument.self)
        #expect(other.occurrences.isEmpty)
    }

    @Test func `the feed has an event of its own for every date that is due`() async throws {
        let answer = try await ask("/api/v1/plans.ics?lang=en")
        #expect(answer.status == .ok)
        #expect(answer.headers[.contentType] == "text/calendar; charset=utf-8")
        let lines = answer.body.replacing("\r\n ", with: "").split(separator: "\r\n").map(String.init)
        #expect(lines.first == "BEGIN:VCALENDAR" && lines.last == "END:VCALENDAR")
        func values(_ name: String) -> [String] {
            lines.filter { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) }
        }
        let due = try await ask("/api/v1/plans/due?days=400").document(PlanDueDocument.self)
        #expect(due.dates.count > 50)
        #expect(values("UID:") == due.dates.map { "\($0.id)@riverside" })
        #expect(values("DTSTART;VALUE=DATE:") == due.dates.map { $0.due.replacing("-", with: "") })
        #expect(Set(values("SEQUENCE:")) == ["4"])
        #expect(Set(values("SUMMARY:")) == ["Tank cleaned · Tank 1"])
        #expect(try await ask("/api/v1/plans.ics?lang=zh").body.contains("SUMMARY:水箱清洗 · 1号水箱"))
    }

    @Test func `over the network the feed opens by its token, and nothing else tells of it`() async throws {
        let good = try await ask("/api/v1/plans.ics?token=\(Self.token)", over: .readOnly)
        #expect(good.status == .ok && good.body.hasPrefix("BEGIN:VCALENDAR"))
        var bodies: Set<String> = []
        for query in ["", "?token=", "?token=abcdefgh234566", "?token=\(Self.token)x", "?lang=en"] {
            let answer = try await ask("/api/v1/plans.ics\(query)", over: .readOnly, language: "en")
            #expect((answer.status, answer.error?.code) == (.forbidden, "feed_closed"), "\(query)")
            #expect(!answer.body.contains("token") && !answer.body.contains(Self.token))
            bodies.insert(answer.body)
        }
        // A missing and a wrong token are refused in the same words.
        #expect(bodies.count == 1)
    }

    @Test func `the address of the feed is told over the socket only`() async throws {
        let told = try await ask("/api/v1/plans/feed").document(PlanFeedDocument.self)
        #expect(told.path == "/api/v1/plans.ics?token=\(Self.token)")
        #expect(told.url == "https://gate.example.com/site1/api/v1/plans.ics?token=\(Self.token)")
        let refused = try await ask("/api/v1/plans/feed", over: .readOnly)
        #expect((refused.status, refused.error?.code) == (.forbidden, "read_only_listener"))
        #expect(!refused.body.contains(Self.token))
    }

    @Test func `who guesses is slowed down`() async throws {
        let uris = (0..<121).map { "/api/v1/plans.ics?token=guess\($0)" }
        let answers = try await site.ask(uris)
        #expect(answers.prefix(120).allSatisfy { $0 == .forbidden })
        #expect(answers.last == .tooManyRequests)
    }
}

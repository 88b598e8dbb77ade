import Facility
import Foundation
import Maintenance
import Testing

@Suite struct PlanFeedTests {
    private let today = CivilDate(dayNumber: 20_454)

    private func feed() throws -> (text: String, dates: [PlannedDate]) {
        var visit = try SamplePlans.grid("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", from: "2026-01-08", mode: .maxgap)
        visit.maximumGapDays = 15
        visit.shift = .next
        visit.calendar = SamplePlans.china
        var yearly = Plan(
            id: "tank",
            label: Bilingual(zh: "水箱清洗；消毒，取样\\存档，很长的一行文字用来检查折行是否正确，不能截断汉字", en: "Tank; clean, test\\file"),
            mode: .floating, levels: visit.levels)
        yearly.interval = CivilSpan(6, .months)
        let asset = SamplePlans.asset("L1")
        let site = Site(
            id: "riverside", label: Bilingual(zh: "滨江", en: "Riverside"), language: .zh,
            zone: PlanStage.zone, assets: [asset], points: [])
        let book = PlanBook(
            [visit, yearly].map {
                PlanBook.Entry(
                    plan: $0, assets: ["L1"], position: SourcePosition(file: "a", line: 1, column: 1),
                    isShipped: false)
            })
        let dates = book.dates(at: site, today: today, until: today.advanced(days: PlanFeed.days))
        let text = PlanFeed(site: site, book: book, catalog: MessageCatalog([:]), language: .zh)
            .text(dates, stampWallMilliseconds: 1_767_225_600_000)
        return (text, dates)
    }

    @Test func `no line is longer than 75 bytes and no character is cut`() throws {
        let text = try feed().text
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.utf8.count <= 75 })
        #expect(lines.contains { $0.hasPrefix(" ") })
        let unfolded = text.replacing("\r\n ", with: "")
        #expect(unfolded.contains("水箱清洗；消毒，取样\\\\存档，很长的一行文字用来检查折行是否正确，不能截断汉字"))
    }

    @Test func `an independent reader finds the same dates and names`() throws {
        guard let python = Python.with("icalendar") else { return }
        let (text, dates) = try feed()
        #expect(dates.count > 25)
        let file = FileManager.default.temporaryDirectory.appending(path: "feed-\(UUID()).ics")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        let script = """
            import icalendar, sys
            feed = icalendar.Calendar.from_ical(open(sys.argv[1], 'rb').read())
            for event in feed.walk('VEVENT'):
                start, end = event.decoded('DTSTART'), event.decoded('DTEND')
                assert (end - start).days == 1 and type(start).__name__ == 'date'
                print(event['UID'], start, int(event['SEQUENCE']), str(event['SUMMARY']).split(' ')[0], sep='|')
            """
        let read = try Python.output(python, ["-c", script, file.path]).split(separator: "\n")
        let expected = dates.filter { $0.skip == nil }.map { date in
            let name = date.series.plan == "visit" ? "保养" : "水箱清洗；消毒，取样\\存档，很长的一行文字用来检查折行是否正确，不能截断汉字"
            return "\(date.id)@riverside|\(date.due)|\(date.revision)|\(name)"
        }
        #expect(read.map(String.init) == expected)
        #expect(Set(read.map { $0.prefix { $0 != "|" } }).count == read.count)
    }

    @Test func `a date that may have moved has a higher sequence and the same name`() throws {
        var plan = try SamplePlans.grid("FREQ=WEEKLY;INTERVAL=2", from: "2026-01-08", mode: .maxgap)
        plan.maximumGapDays = 15
        let asset = SamplePlans.asset()
        var stage = try PlanStage([(plan, asset)], from: "2026-01-01")
        func dates(_ stage: PlanStage) -> [PlannedDate] {
            PlanForecast(plan, at: asset, memory: stage.engine.memory.series.first, today: stage.today)
                .dates(until: stage.today.advanced(days: 60))
        }
        stage.run(until: try #require(CivilDate("2026-01-03")))
        let before = dates(stage)
        stage.end(try #require(stage.open.first), .done(stage.today))
        let after = dates(stage)
        let moved = try #require(after.first)
        let same = try #require(before.first { $0.id == moved.id })
        #expect(moved.due < same.due)
        #expect(moved.revision > same.revision)
    }
}

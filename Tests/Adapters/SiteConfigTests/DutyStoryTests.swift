import Alarms
import Engine
import Facility
import Foundation
import Notices
import SiteConfig
import Testing

/// The days from 2026-10-01 to 2026-10-11 at a site with a roster: a public holiday, a swap, changes of shift while
/// an alarm is open, a Saturday that is worked in stead of a holiday, and nights in which nobody is woken by what
/// can wait. `Tests/Fixtures/duty-story` has the site, and who heard what when.
///
/// `UPDATE_FIXTURES=1` writes what came of it into the `expected` files; read the difference before committing it.
@Suite struct `Ten days of duty` {
    /// Something that happens: the time, the point and its value, or an acknowledgement of everything open.
    private enum Happening {
        case value(String, Value)
        case acknowledged(by: String)
    }

    private static let story: [(String, Happening)] = [
        // The holiday: Zhao is on duty; nobody acknowledges, the supervisor and the contractor hear, then all again.
        ("2026-10-01 10:00", .value("P1.running", .flag(true))),
        ("2026-10-01 10:25", .acknowledged(by: "zhao")),
        ("2026-10-01 11:00", .value("P1.running", .flag(false))),
        // Five minutes before the change of shift: Zhao is told, then Qian.
        ("2026-10-02 07:55", .value("P2.running", .flag(true))),
        ("2026-10-02 08:07", .acknowledged(by: "qian")),
        ("2026-10-02 09:00", .value("P2.running", .flag(false))),
        // It is Zhao's day, but Li has taken it. The night before the holiday's end nothing that can wait wakes anybody.
        ("2026-10-03 12:00", .value("P1.outlet_pressure", .number(1.8))),
        ("2026-10-03 22:30", .value("P1.outlet_pressure", .number(1.0))),
        ("2026-10-03 23:30", .value("P2.outlet_pressure", .number(1.8))),
        ("2026-10-04 00:30", .value("P2.outlet_pressure", .number(1.0))),
        ("2026-10-04 02:00", .value("P1.outlet_pressure", .number(1.9))),
        ("2026-10-04 09:00", .value("P1.outlet_pressure", .number(1.0))),
        // An urgent alarm at night does not wait.
        ("2026-10-06 03:00", .value("P1.running", .flag(true))),
        ("2026-10-06 03:05", .acknowledged(by: "zhao")),
        ("2026-10-06 04:00", .value("P1.running", .flag(false))),
        // The first worked day: the week is Li's.
        ("2026-10-08 10:00", .value("P1.running", .flag(true))),
        ("2026-10-08 10:05", .acknowledged(by: "li")),
        ("2026-10-08 10:30", .value("P1.running", .flag(false))),
        // A Saturday, but worked in stead of a holiday: Li. On Sunday it is Qian's turn.
        ("2026-10-10 10:00", .value("P2.running", .flag(true))),
        ("2026-10-10 10:05", .acknowledged(by: "li")),
        ("2026-10-10 10:30", .value("P2.running", .flag(false))),
        ("2026-10-11 10:00", .value("P2.running", .flag(true))),
        ("2026-10-11 10:05", .acknowledged(by: "qian")),
        ("2026-10-11 10:30", .value("P2.running", .flag(false))),
    ]

    @Test(arguments: Language.allCases)
    func `end as they are written down, in either language`(language: Language) throws {
        let text = try played(language, restarts: false).map { $0 + "\n" }.joined()
        let file = URL(
            fileURLWithPath: "\(Checkout.root)/Tests/Fixtures/duty-story/expected.\(language.rawValue).txt")
        if ProcessInfo.processInfo.environment["UPDATE_FIXTURES"] != nil {
            try Data(text.utf8).write(to: file)
        }
        #expect(text == (try String(contentsOf: file, encoding: .utf8)))
    }

    @Test func `end the same if the daemon starts anew before everything that happens`() throws {
        #expect(try played(.en, restarts: true) == played(.en, restarts: false))
    }

    /// Who heard what when.
    private func played(_ language: Language, restarts: Bool) throws -> [String] {
        let configuration = try configuration(language)
        let zone = configuration.site.zone
        var now = Moment(wallMilliseconds: wall("2026-10-01 08:00", zone), uptimeMilliseconds: 1000)
        var memory = EngineMemory()
        var engine = engine(configuration, memory, at: now)
        var values: [String: Value] = [:]
        for asset in ["P1", "P2"] {
            values["\(asset).running"] = .flag(false)
            values["\(asset).outlet_pressure"] = .number(1.0)
        }
        var lines: [String] = []
        var stepsSinceRestart = 0
        func step(_ commands: [Command] = [], isTick: Bool = false) {
            stepsSinceRestart += 1
            if restarts, !isTick || stepsSinceRestart == 45 {
                stepsSinceRestart = 0
                engine = self.engine(configuration, memory, at: now)
            }
            let samples = values.sorted { $0.key < $1.key }.compactMap { path, value in
                configuration.site.point(path).map { Sample($0, value, at: now.wallMilliseconds) }
            }
            let decision = engine.step(samples, commands: commands, at: now)
            memory.absorb(decision)
            lines += decision.notices.flatMap { self.lines($0, zone) }
        }
        func wait(until wall: Int64) {
            // The values are measured all the time, or the points would be lost.
            while now.wallMilliseconds < wall {
                let deadline = engine.nextDeadlineUptimeMilliseconds ?? .max
                let next = min(
                    wall - now.wallMilliseconds, max(1, deadline - now.uptimeMilliseconds), 60_000)
                now = now.advanced(milliseconds: next)
                step(isTick: next == 60_000 && now.wallMilliseconds < wall)
            }
        }
        step()
        for (number, (time, happening)) in Self.story.enumerated() {
            wait(until: wall(time, zone))
            switch happening {
            case .value(let path, let value):
                values[path] = value
                lines.append("\(time)  \(path) = \(written(value))")
                step()
            case .acknowledged(let person):
                lines.append("\(time)  \(person) acknowledges")
                step(
                    engine.openOccurrences.map { occurrence in
                        Command(
                            id: "c\(number)-\(occurrence.id)", kind: .acknowledge(occurrence.id),
                            person: person)
                    })
            }
        }
        wait(until: wall("2026-10-12 08:00", zone))
        return lines
    }

    private func engine(_ configuration: Configuration, _ memory: EngineMemory, at now: Moment) -> SiteEngine
    {
        SiteEngine(
            site: configuration.site, rules: configuration.rules, routes: configuration.routes,
            directory: configuration.directory, catalog: Checkout.catalog, memory: memory, at: now)
    }

    private func configuration(_ language: Language) throws -> Configuration {
        try withTemporaryFolder { folder in
            try overlay("\(Checkout.root)/Tests/Fixtures/duty-story", onto: folder)
            let people = URL(fileURLWithPath: "\(folder)/people.yaml")
            let text = try String(contentsOf: people, encoding: .utf8)
            try Data(text.replacingOccurrences(of: "LANGUAGE", with: language.rawValue).utf8).write(
                to: people)
            let result = World.loader(folder).load()
            #expect(rendered(result.problems.filter { $0.severity == .error }) == [])
            return try #require(result.configuration)
        }
    }

    private func wall(_ time: String, _ zone: SiteZone) -> Int64 {
        let parts = time.split(separator: " ")
        let clock = parts[1].split(separator: ":").compactMap { Int64($0) }
        let midnight = CivilDate(parts[0]).map { zone.instant(of: $0, minutes: 0) } ?? 0
        return midnight + (clock[0] * 60 + clock[1]) * 60_000
    }

    private func written(_ value: Value) -> String {
        switch value {
        case .number(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        case .integer(let integer): "\(integer)"
        case .text(let text): text
        }
    }

    private func lines(_ notice: Notice, _ zone: SiteZone) -> [String] {
        let time = zone.readable(notice.decidedWallMilliseconds).dropLast(3)
        let who = notice.recipient?.name ?? "-"
        let head = "\(time)    → \(who) (\(notice.channel), \(notice.kind.rawValue)): \(notice.title)"
        guard notice.kind == .digest else { return [head] }
        return [head] + notice.body.split(separator: "\n").map { "                          \($0)" }
    }
}

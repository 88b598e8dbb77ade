import Alarms
import Engine
import Facility
import Maintenance
import Notices
import Rules
import Testing

@Suite struct `A backtest` {
    /// What a live site was given and what it wrote down.
    private struct Recording {
        var samples: [(wall: Int64, samples: [Sample], commands: [(AlarmKey, Command)])] = []
        var journal: [AlarmEvent] = []
        var orders = 0
        var messages = 0
        var end: Int64 = 0
    }

    /// Lets a site live for a while as the daemon does: steps with samples, ticks, people, now and then a kill.
    private func live(_ site: inout SimulatedSite, steps: Int) -> Recording {
        var recording = Recording()
        var memory = EngineMemory()
        var now = SimulatedSite.start
        var engine = site.engine(memory, at: now)
        func settle(_ decision: Decision) {
            memory.absorb(decision)
            recording.journal += decision.journal
            recording.messages += decision.notices.count
            recording.orders += decision.orderEvents.count { $0.kind == .opened }
        }
        for number in 0..<steps {
            let next = now.advanced(milliseconds: Int64(200 + site.random.next() % 9000))
            while let deadline = engine.nextDeadlineUptimeMilliseconds, deadline < next.uptimeMilliseconds {
                now = now.advanced(milliseconds: max(0, deadline - now.uptimeMilliseconds))
                settle(engine.step([], at: now))
            }
            now = next
            if site.random.next() % 50 == 0 { engine = restarted(engine, memory, site, now) }
            let samples = site.samples(at: now)
            let commands = site.commands(engine, id: number).filter { $0.alarm != nil }
            let open = Dictionary(uniqueKeysWithValues: engine.openOccurrences.map { ($0.id, $0.key) })
            let asked = commands.compactMap { command in
                command.alarm.flatMap { open[$0] }.map { ($0, command) }
            }
            settle(engine.step(samples, commands: commands, at: now))
            recording.samples.append((now.wallMilliseconds, samples, asked))
        }
        recording.end = now.wallMilliseconds
        return recording
    }

    /// The engine after a kill, with every point read once as it was.
    private func restarted(
        _ engine: SiteEngine, _ memory: EngineMemory, _ site: SimulatedSite, _ now: Moment
    ) -> SiteEngine {
        let known = site.site.points.compactMap { engine.latest($0.id) }
        var next = site.engine(memory, at: now)
        _ = next.step(known, at: now)
        return next
    }

    private func test(_ site: SimulatedSite, _ recording: Recording) -> (
        Backtest, [AlarmEvent], BacktestReport
    ) {
        var backtest = Backtest(
            site: site.site, rules: site.rules, routes: site.routes, catalog: MessageCatalog([:]),
            from: SimulatedSite.start.wallMilliseconds, keepsJournal: true)
        for (wall, samples, commands) in recording.samples {
            for (key, command) in commands {
                let request: Backtest.Request =
                    switch command.kind {
                    case .acknowledge: .acknowledge
                    case .reset: .reset
                    default: .comment
                    }
                backtest.take(request, about: key, person: command.person, note: command.note, at: wall)
            }
            for sample in samples { backtest.take(sample) }
        }
        let report = backtest.finish(at: recording.end + 1)
        return (backtest, backtest.takeJournal(), report)
    }

    @Test(arguments: SimulatedSite.seeds)
    func `of what a live site was given is the live journal, event for event`(seed: UInt64) {
        var site = SimulatedSite(seed: seed)
        let recording = live(&site, steps: 400)
        let (_, journal, report) = test(site, recording)
        #expect(journal == recording.journal, "seed \(seed)")
        #expect(!journal.isEmpty)
        #expect(report.lines.reduce(0) { $0 + $1.orders } == recording.orders)
        #expect(report.messages.values.reduce(0, +) == recording.messages)
        let raised = journal.count { $0.kind == .raised || $0.kind == .reactivated }
        #expect(report.lines.reduce(0) { $0 + $1.activations } == raised)
        #expect(report.activations.count == raised)
    }

    @Test func `with somebody who stands in acknowledges and resets what is raised, and does the orders`() {
        var site = SimulatedSite(seed: 7)
        let recording = live(&site, steps: 400)
        func run(_ stand: Backtest.Stand) -> (BacktestReport, [AlarmEvent]) {
            var backtest = Backtest(
                site: site.site, rules: site.rules, routes: site.routes, catalog: MessageCatalog([:]),
                from: SimulatedSite.start.wallMilliseconds, stand: stand, keepsJournal: true)
            for (_, samples, _) in recording.samples { for sample in samples { backtest.take(sample) } }
            let report = backtest.finish(at: recording.end)
            return (report, backtest.takeJournal())
        }
        let (alone, untouched) = run(.nobody)
        let (attended, touched) = run(
            .init(acknowledgesAfterMilliseconds: 30_000, finishesOrders: true))
        #expect(untouched.allSatisfy { $0.person == nil })
        #expect(touched.contains { $0.kind == .acknowledged && $0.person == "backtest" })
        #expect(touched.contains { $0.kind == .reset })
        let orders = { (report: BacktestReport) in report.lines.reduce(0) { $0 + $1.orders } }
        #expect(orders(attended) > orders(alone))
    }
}

extension Command {
    /// The occurrence it is about; nil for one about an order.
    fileprivate var alarm: OccurrenceID? {
        switch kind {
        case .acknowledge(let id), .reset(let id), .comment(let id): id
        default: nil
        }
    }
}

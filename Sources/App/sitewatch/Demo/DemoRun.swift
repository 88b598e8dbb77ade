import Facility
import Foundation
import Maintenance
import SiteConfig
import WebAPI

/// The demonstration: starts a broker, equipment, a receiver and the daemon, makes a pump fail, and watches
/// what comes of it. Everything it starts ends with it.
actor DemoRun {
    /// How the demonstration is run.
    struct Plan: Sendable {
        /// How long it may take, seconds; nil until somebody ends it.
        let limitSeconds: Double?
        /// Whether the scripted fault happens.
        let causesFault: Bool
        /// Whether keys cause faults, and the story goes on after the script.
        let isInteractive: Bool
    }

    private let plan: Plan
    private let share: ShareFolder
    private let narrator: DemoNarrator
    private let started = ContinuousClock.now
    private var story = DemoStory()
    private var processes: [DemoProcess] = []
    private var simulator: DemoProcess?

    /// The point the story is about, and the equipment it belongs to.
    private static let asset = "P1"
    private static let point = "P1.discharge_pressure"
    private static let fault = "discharge-low"

    init(plan: Plan, share: ShareFolder, narrator: DemoNarrator) {
        self.plan = plan
        self.share = share
        self.narrator = narrator
    }

    /// Runs the whole story and ends everything it started.
    func run(in folder: URL, language: String) async throws -> DemoStory {
        let receiver = NoticeReceiver()
        let site = DemoSite(folder: folder, language: language)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (addresses, address) = AsyncStream.makeStream(of: String.self)
                group.addTask { try await receiver.run { address.yield($0) } }
                group.addTask { [self] in
                    guard let address = await addresses.first(where: { _ in true }) else { return }
                    try await start(site, receiver: address)
                    try await withThrowingTaskGroup(of: Void.self) { inner in
                        inner.addTask { [self] in await listen(receiver) }
                        inner.addTask { [self] in try await script(site) }
                        if plan.isInteractive { inner.addTask { [self] in await keys() } }
                        try await waitForScriptOrLimit(&inner)
                        inner.cancelAll()
                    }
                }
                // The receiver only ends when it is told to: the story is over when its own task is.
                try await group.next()
                group.cancelAll()
            }
        } catch is CancellationError {
            // Somebody ended it, or its time was up.
        } catch {
            await end()
            throw error
        }
        await end()
        return story
    }

    // MARK: Starting

    private func start(_ site: DemoSite, receiver: String) async throws {
        let broker = try await DemoBroker.start(in: site.folder)
        processes.append(broker.process)
        narrator.say("demo.broker", ["port": "\(broker.port)"])
        let equipment = try await startSimulator(site, brokerPort: broker.port)
        try site.write(
            share: URL(fileURLWithPath: share.path), equipment: equipment, brokerPort: broker.port,
            receiver: receiver)
        narrator.say(
            "demo.equipment",
            [
                "tcp": "\(equipment.tcp.keys.sorted().joined(separator: ", "))",
                "rtu": "\(equipment.rtu.keys.sorted().joined(separator: ", "))",
            ])
        let daemon = try DemoProcess(
            DemoPrograms.own,
            ["run", "--config", site.configuration.path, "--data", site.data.path, "--lang", site.language],
            errors: site.folder.appendingPathComponent("daemon.log"))
        processes.append(daemon)
    }

    private func startSimulator(_ site: DemoSite, brokerPort: Int) async throws -> SimulatorReady {
        guard let program = DemoPrograms.simulator else { throw DemoFailure.missing("site-simulator") }
        let log = site.folder.appendingPathComponent("simulator.log")
        var arguments = ["--site", share.simulators + "/sites/demo.yaml", "--exit-with-stdin"]
        for bus in ["pump-room", "lifts", "power", "fire"] { arguments += ["--port", "\(bus)=0"] }
        arguments += ["--pty", "riser-1=\(site.serialLink.path)", "--mqtt", "127.0.0.1:\(brokerPort)"]
        let process = try DemoProcess(program, arguments, errors: log)
        processes.append(process)
        simulator = process
        for await line in process.lines {
            guard line.contains("\"ready\"") else { continue }
            return try JSONDecoder().decode(SimulatorReady.self, from: Data(line.utf8))
        }
        throw DemoFailure.ended("site-simulator", log: log.path)
    }

    private func end() async {
        for process in processes.reversed() { await process.end() }
        processes = []
    }

    // MARK: The story

    private func script(_ site: DemoSite) async throws {
        let client = DaemonClient(.socket(site.socket.path), language: narrator.language)
        try await waitUntilPolled(client, site)
        guard plan.causesFault else { return try await untilTimeIsUp() }
        try await pause(seconds: 2)
        cause(Self.fault, on: Self.asset)
        see(.faultInjected, "demo.fault", [:])
        let alarm = try await waitForAlarm(client)
        try await waitForOrder(client, alarm)
        try await waitForNotice()
        try await showHistory(client)
        try await pause(seconds: plan.isInteractive ? 8 : 1)
        repair(Self.fault, on: Self.asset)
        narrator.say("demo.repaired", [:])
        try await waitForRecovery(client)
        try await waitForClear(client, alarm)
        if plan.isInteractive {
            narrator.say("demo.over", [:])
            try await untilTimeIsUp()
        }
    }

    private func waitUntilPolled(_ client: DaemonClient, _ site: DemoSite) async throws {
        let log = site.folder.appendingPathComponent("daemon.log").path
        while (try? await client.get(StatusDocument.self, ["status"])) == nil {
            guard processes.allSatisfy(\.isRunning) else {
                throw DemoFailure.ended("sitewatch run", log: log)
            }
            try await pause(seconds: 0.1)
        }
        narrator.say("demo.ready", ["seconds": "\(elapsedText)"])
        while true {
            let points = try await client.get(
                PointsDocument.self, ["points"], [("limit", "1000")]
            ).points
            let good = points.count { $0.quality != "bad" }
            if points.contains(where: { $0.path == Self.point && $0.quality == "good" }),
                good * 10 >= points.count * 9
            {
                return see(.siteReady, "demo.polled", ["good": "\(good)", "all": "\(points.count)"])
            }
            try await pause(seconds: 0.2)
        }
    }

    private func waitForAlarm(_ client: DaemonClient) async throws -> AlarmEntry {
        while true {
            let alarms = try await client.get(
                AlarmsDocument.self, ["alarms"], [("open", "true")]
            ).alarms
            if let alarm = alarms.first(where: { $0.asset == Self.asset }) {
                see(
                    .alarmCommitted, "demo.alarm",
                    [
                        "id": "\(alarm.id)", "priority": "\(alarm.priority)",
                        "text": .text(alarm.text[narrator.language]),
                    ])
                return alarm
            }
            try await pause(seconds: 0.03)
        }
    }

    private func waitForOrder(_ client: DaemonClient, _ alarm: AlarmEntry) async throws {
        while true {
            let document = try await client.get(AlarmDocument.self, ["alarms", String(alarm.id)])
            if let order = document.order, order.state == .open {
                return see(
                    .orderOpen, "demo.order",
                    ["number": "\(order.number)", "title": .text(order.title[narrator.language])])
            }
            try await pause(seconds: 0.1)
        }
    }

    private func waitForNotice() async throws {
        while story.seen[.noticeReceived] == nil { try await pause(seconds: 0.05) }
    }

    private func showHistory(_ client: DaemonClient) async throws {
        while true {
            let history = try await client.get(
                HistoryDocument.self, ["points", Self.point, "history"],
                [("from", "-2m"), ("to", "now"), ("limit", "1000")])
            let values = (history.samples ?? []).compactMap { sample -> Double? in
                switch sample.value {
                case .number(let number): number
                case .integer(let integer): Double(integer)
                case .flag, .text, nil: nil
                }
            }
            // Both sides of the fault: what it was before, and what it is since.
            if let high = values.max(), let low = values.min(), high > 0.25, low < 0.2 {
                return see(
                    .historyReadable, "demo.history",
                    [
                        "point": "\(Self.point)", "samples": "\(values.count)", "from": "\(high)",
                        "to": "\(low)", "line": "\(DemoNarrator.sparkline(values))",
                    ])
            }
            try await pause(seconds: 0.2)
        }
    }

    private func waitForRecovery(_ client: DaemonClient) async throws {
        while true {
            let points = try await client.get(
                PointsDocument.self, ["points"], [("asset", Self.asset)])
            if case .number(let pressure)? = points.points.first(where: { $0.path == Self.point })?.value,
                pressure > 0.25
            {
                return see(.equipmentRecovered, "demo.recovered", ["pressure": "\(pressure)"])
            }
            try await pause(seconds: 0.1)
        }
    }

    private func waitForClear(_ client: DaemonClient, _ alarm: AlarmEntry) async throws {
        while true {
            let document = try await client.get(AlarmDocument.self, ["alarms", String(alarm.id)])
            if document.alarm.cleared != nil {
                return see(.alarmCleared, "demo.cleared", ["id": "\(alarm.id)"])
            }
            try await pause(seconds: 0.1)
        }
    }

    // MARK: What comes from outside

    private func listen(_ receiver: NoticeReceiver) async {
        for await notice in receiver.received {
            let content = try? JSONDecoder().decode(DemoNotice.self, from: Data(notice.body.utf8))
            guard let content else { continue }
            if content.kind == "raise", content.asset == Self.asset {
                // It was committed before it was sent; see that first.
                while story.seen[.alarmCommitted] == nil, !Task.isCancelled {
                    try? await pause(seconds: 0.01)
                }
                see(.noticeReceived, "demo.notice", ["title": "\(content.title)"])
            } else {
                narrator.say("demo.notice", ["title": "\(content.title)"])
            }
        }
    }

    private func keys() async {
        narrator.say("demo.keys", [:])
        for await key in DemoKeys.pressed() {
            guard let action = DemoKeys.actions[key] else { continue }
            switch action {
            case .fault(let asset, let fault):
                cause(fault, on: asset)
                narrator.say("demo.injected", ["asset": "\(asset)", "fault": "\(fault)"])
            case .silence(let bus):
                simulator?.send("comm \(bus) silence")
                narrator.say("demo.silenced", ["bus": "\(bus)"])
            case .repair:
                for case .fault(let asset, let fault) in DemoKeys.actions.values { repair(fault, on: asset) }
                for case .silence(let bus) in DemoKeys.actions.values {
                    simulator?.send("comm \(bus) normal")
                }
                narrator.say("demo.all-repaired", [:])
            case .quit:
                return
            }
        }
    }

    private func cause(_ fault: String, on asset: String) { simulator?.send("inject \(asset) \(fault)") }

    private func repair(_ fault: String, on asset: String) { simulator?.send("clear \(asset) \(fault)") }

    // MARK: Time

    private var elapsed: Double {
        let span = started.duration(to: .now)
        return Double(span.components.seconds) + Double(span.components.attoseconds) * 1e-18
    }

    private var elapsedText: String { String(format: "%.1f", elapsed) }

    private func see(_ link: DemoStory.Link, _ key: String, _ arguments: [String: Message.Argument]) {
        guard story.seen[link] == nil else { return }
        story.see(link, atSeconds: elapsed)
        narrator.say(key, arguments)
    }

    private func pause(seconds: Double) async throws {
        try await Task.sleep(for: .seconds(seconds))
    }

    private func untilTimeIsUp() async throws {
        try await Task.sleep(for: .seconds(plan.limitSeconds ?? 86_400))
    }

    /// Waits for the script or the quit key, but not beyond the limit.
    private func waitForScriptOrLimit(_ group: inout ThrowingTaskGroup<Void, any Error>) async throws {
        let limit = plan.limitSeconds.map { max(0, $0 - elapsed) }
        group.addTask { [self] in
            try await Task.sleep(for: .seconds(limit ?? 86_400))
            _ = self
        }
        try await group.next()
    }
}

/// What the demonstration reads of a notice.
private struct DemoNotice: Decodable {
    let kind: String
    let asset: String
    let title: String
}

import EquipmentModels

/// The running simulator: one thread, one loop, everything in it.
final class Simulator {
    /// What the command line decides.
    struct Options {
        var seed: UInt64 = 1
        var speed = 1.0
        var controlPath: String?
        var endsWithInput = false
    }

    /// What one unit has been asked so far.
    private struct Tally {
        var requests = 0
        var exceptions = 0
        var writesRefused = 0
    }

    private final class Conversation {
        let descriptor: Descriptor
        var lines = LineSplitter()
        var isOver = false

        init(_ descriptor: Descriptor) {
            self.descriptor = descriptor
        }
    }

    /// How many tenths of a second one turn of the loop may catch up before it looks at the wires again.
    private static let ticksPerTurn = 50

    private var site: SimulatedSite
    private var board = CommunicationBoard()
    private var steps: [ScenarioFile.Step]
    private let scenario: BilingualName?
    private let options: Options
    private var random: SeededRandom
    private var tallies: [String: Tally] = [:]
    private var tcpBuses: [TCPBus] = []
    private var rtuBuses: [RTUBus] = []
    private var messagingBuses: [MessagingBus] = []
    private let output = Descriptor.standardOutput
    private var input: Conversation?
    private var control: Listener?
    private var conversations: [Conversation] = []
    private let startedAt: Double
    private var isEnding = false

    init(site file: SiteFile, scenario: ScenarioFile?, options: Options) throws(SystemError) {
        self.options = options
        self.scenario = scenario?.name
        steps = scenario?.steps ?? []
        site = SimulatedSite(file: file, seed: options.seed)
        random = SeededRandom(seed: options.seed, name: "wire")
        startedAt = OwnProcess.uptime
        for bus in file.buses { try open(bus, of: file) }
        if let path = options.controlPath { control = try Listener.unix(path: path) }
        let standardInput = Descriptor.standardInput
        standardInput.makeNonBlocking()
        input = Conversation(standardInput)
    }

    private func open(_ bus: SiteFile.Bus, of file: SiteFile) throws(SystemError) {
        switch bus.kind {
        case .tcp(let host, let port):
            tcpBuses.append(try TCPBus(name: bus.name, host: host, port: port, turnaround: bus.turnaround))
        case .rtu(let link, let line):
            rtuBuses.append(
                try RTUBus(name: bus.name, link: link, line: line, turnaround: bus.turnaround))
        case .mqtt(let host, let port):
            messagingBuses.append(
                MessagingBus(name: bus.name, host: host, port: port, models: file.models))
        }
    }

    // MARK: - The loop

    /// Serves until somebody asks for an end.
    func run() {
        announceReady()
        while !isEnding, !OwnProcess.isAskedToEnd {
            let isBehind = passTime()
            speak()
            serveWires(seconds: isBehind ? 0 : secondsToWait)
        }
        announce(["event": .text("ended")])
    }

    private var now: Double { OwnProcess.uptime }

    /// Moves the site to where it should be by now; true when there is more to catch up.
    private func passTime() -> Bool {
        let target = (now - startedAt) * options.speed
        for _ in 0..<Self.ticksPerTurn {
            while let step = steps.first, step.seconds <= site.seconds + 1e-9 {
                steps.removeFirst()
                perform(step.action)
            }
            guard site.seconds + EquipmentState.tickSeconds <= target else { return false }
            site.tick()
        }
        return true
    }

    private var secondsToWait: Double {
        let nextTick = startedAt + (site.seconds + EquipmentState.tickSeconds) / options.speed
        let dues = tcpBuses.compactMap(\.nextDue) + rtuBuses.compactMap(\.outbox.nextDue)
        // A line that nobody has open cannot be waited for, so it is looked at often instead.
        let longest = rtuBuses.allSatisfy(\.isAttached) ? 0.1 : 0.01
        return min(longest, max(0, min(nextTick, dues.min() ?? nextTick) - now))
    }

    private func speak() {
        for bus in messagingBuses {
            for name in bus.keepUp(now: now, board: board) {
                announce(["event": .text("mqtt-connected"), "bus": .text(bus.name), "client": .text(name)])
            }
        }
        for utterance in site.takeUtterances(unixSeconds: OwnProcess.unixSeconds) {
            messagingBuses.first { $0.name == utterance.asset.bus }?.say(utterance, board: board)
        }
    }

    /// Waits for the wires and serves each one that has something.
    private func serveWires(seconds: Double) {
        var wanted: [(Int32, Poller.Interest)] = []
        var actions: [(Poller.Interest) -> Void] = []
        func watch(
            _ number: Int32, _ interest: Poller.Interest, _ action: @escaping (Poller.Interest) -> Void
        ) {
            wanted.append((number, interest))
            actions.append(action)
        }
        for bus in tcpBuses {
            if let listener = bus.listener {
                watch(listener.descriptor.number, .read) { _ in bus.acceptAll() }
            }
            for connection in bus.connections {
                let interest: Poller.Interest = connection.outbox.isBlocked ? [.read, .write] : .read
                watch(connection.descriptor.number, interest) { _ in self.serve(bus, connection) }
            }
        }
        for bus in rtuBuses {
            bus.lookForGateway()
            guard bus.isAttached else { continue }
            watch(bus.terminal.master.number, .read) { found in
                self.serve(bus)
                // At once, before a gateway that reopens the line can read what was not meant for it.
                if !found.isDisjoint(with: .lost) { bus.lookForGateway() }
            }
        }
        for bus in messagingBuses {
            for (client, number) in bus.sockets {
                watch(number, client.wantsToWrite ? [.read, .write] : .read) { found in
                    client.serve(
                        canRead: !found.isDisjoint(with: [.read, .lost]), canWrite: found.contains(.write),
                        now: self.now)
                }
            }
        }
        if let control { watch(control.descriptor.number, .read) { _ in self.openConversation(control) } }
        for conversation in conversations + [input].compactMap(\.self) {
            watch(conversation.descriptor.number, .read) { _ in self.hear(conversation) }
        }
        for (found, action) in zip(Poller.wait(numbers: wanted, seconds: seconds), actions)
        where !found.isEmpty {
            action(found)
        }
        conversations.removeAll { $0.isOver }
        for bus in tcpBuses { bus.flush(now: now) }
        for bus in rtuBuses { bus.flush(now: now) }
    }

    // MARK: - Modbus

    private func serve(_ bus: TCPBus, _ connection: TCPBus.Connection) {
        for frame in bus.requests(from: connection) where !connection.isOver {
            let envelope = ReplyPlan.Envelope.tcp(transaction: frame.transaction)
            let plan = plan(
                bus: bus.name, unit: frame.unit, pdu: frame.pdu, envelope: envelope,
                turnaround: bus.turnaround)
            guard let plan else {
                // What a gateway says when nobody behind it answers.
                let code = ModbusResponder.ExceptionCode.gatewayTargetSilent
                let refusal = ModbusResponder.exception(frame.pdu[0], code)
                let reply = TCPFraming.wrap(transaction: frame.transaction, unit: frame.unit, pdu: refusal)
                connection.outbox.add(reply, due: now)
                continue
            }
            bus.send(plan, to: connection, now: now)
        }
    }

    private func serve(_ bus: RTUBus) {
        for frame in bus.requests(now: now) {
            let envelope = ReplyPlan.Envelope.rtu(line: bus.line)
            let plan = plan(
                bus: bus.name, unit: frame.unit, pdu: frame.pdu, envelope: envelope,
                turnaround: bus.turnaround)
            // On a serial line nobody speaks for a unit that is not there.
            guard let plan else { continue }
            bus.send(plan, after: frame, now: now)
        }
    }

    /// The reply of a unit, as its communication mode lets it out; nothing for a unit that does not exist.
    private func plan(
        bus: String, unit: UInt8, pdu: [UInt8], envelope: ReplyPlan.Envelope, turnaround: Double
    ) -> ReplyPlan? {
        guard let asset = site.asset(bus: bus, unit: Int(unit)) else { return nil }
        let responder = ModbusResponder(
            image: site.registers(of: asset), maxRegisters: asset.maxRegisters, maxBits: asset.maxBits,
            modelName: site.modelName(of: asset))
        let outcome = responder.answer(pdu)
        count(outcome, for: asset.name)
        return ReplyPlan(
            pdu: outcome.reply, unit: unit, envelope: envelope,
            mode: board.mode(bus: bus, unit: asset.unitName), turnaround: turnaround, random: &random)
    }

    private func count(_ outcome: ModbusResponder.Outcome, for asset: String) {
        tallies[asset, default: Tally()].requests += 1
        switch outcome {
        case .answered: break
        case .refused: tallies[asset, default: Tally()].exceptions += 1
        case .writeRefused: tallies[asset, default: Tally()].writesRefused += 1
        }
    }

    // MARK: - Control

    private func openConversation(_ listener: Listener) {
        while let descriptor = listener.accept() {
            conversations.append(Conversation(descriptor))
        }
    }

    private func hear(_ conversation: Conversation) {
        switch conversation.descriptor.read() {
        case .nothingYet: return
        case .ended:
            conversation.isOver = true
            if conversation === input {
                input = nil
                if options.endsWithInput { isEnding = true }
            }
        case .bytes(let bytes):
            for line in conversation.lines.take(bytes) where !line.allSatisfy(\.isWhitespace) {
                let answer = answer(to: line) + "\n"
                let target = conversation === input ? output : conversation.descriptor
                target.writeAll(Array(answer.utf8))
            }
        }
    }

    private func answer(to line: String) -> String {
        do {
            switch try ControlCommand(line: line) {
            case .inject(let asset, let fault):
                try site.inject(asset: asset, fault: fault)
                announceFault("fault-injected", asset: asset, fault: fault)
                return "ok \(asset) \(fault)"
            case .clear(let asset, let fault):
                try site.clear(asset: asset, fault: fault)
                announceFault("fault-cleared", asset: asset, fault: fault)
                return "ok \(asset) \(fault) cleared"
            case .communicate(let bus, let unit, let mode):
                try communicate(bus: bus, unit: unit, mode: mode)
                return "ok \(bus)\(unit.map { "/\($0)" } ?? "") \(mode)"
            case .status: return "ok \(status.json)"
            case .truth(let asset): return "ok \(try site.truth(asset: asset).json)"
            case .faults(let asset): return "ok \(try site.knownFaults(asset: asset).joined(separator: " "))"
            case .help: return "ok \(ControlCommand.usage)"
            case .quit:
                isEnding = true
                return "ok"
            }
        } catch {
            return "error \(error)"
        }
    }

    /// Why a communication command was refused.
    private struct Objection: Error, CustomStringConvertible {
        let description: String
    }

    private func communicate(bus: String, unit: String?, mode: CommunicationMode) throws {
        if let objection = site.file.objection(to: mode, bus: bus, unit: unit) {
            throw Objection(description: objection)
        }
        board.set(mode, bus: bus, unit: unit)
        if unit == nil, let tcpBus = tcpBuses.first(where: { $0.name == bus }) {
            try tcpBus.setRefusing(mode == .refuse)
        }
        var event: [String: JSONValue] = [
            "event": .text("communication"), "bus": .text(bus), "mode": .text(mode.description),
        ]
        if let unit { event["unit"] = .text(unit) }
        announce(event)
    }

    /// Performs one scenario step; the file was checked against the site, so a refusal is only reported.
    private func perform(_ action: ScenarioFile.Action) {
        do {
            switch action {
            case .inject(let asset, let fault):
                try site.inject(asset: asset, fault: fault)
                announceFault("fault-injected", asset: asset, fault: fault)
            case .clear(let asset, let fault):
                try site.clear(asset: asset, fault: fault)
                announceFault("fault-cleared", asset: asset, fault: fault)
            case .communicate(let bus, let unit, let mode):
                try communicate(bus: bus, unit: unit, mode: mode)
            }
        } catch {
            announce(["event": .text("step-refused"), "reason": .text("\(error)")])
        }
        if steps.isEmpty { announce(["event": .text("scenario-done")]) }
    }

    // MARK: - What is said on standard output

    private func announceReady() {
        var tcp: [String: JSONValue] = [:]
        for bus in tcpBuses { tcp[bus.name] = .integer(bus.port) }
        var rtu: [String: JSONValue] = [:]
        for bus in rtuBuses { rtu[bus.name] = .text(bus.terminal.path) }
        var mqtt: [String: JSONValue] = [:]
        for bus in site.file.buses {
            if case .mqtt(let host, let port) = bus.kind { mqtt[bus.name] = .text("\(host):\(port)") }
        }
        var ready: [String: JSONValue] = [
            "ready": .bool(true), "tcp": .object(tcp), "rtu": .object(rtu), "mqtt": .object(mqtt),
        ]
        if let path = options.controlPath { ready["control"] = .text(path) }
        if let scenario {
            ready["scenario"] = .object(["zh": .text(scenario.zh), "en": .text(scenario.en)])
        }
        write(ready)
    }

    private func announceFault(_ event: String, asset: String, fault: String) {
        announce(["event": .text(event), "asset": .text(asset), "fault": .text(fault)])
    }

    private func announce(_ event: [String: JSONValue]) {
        var event = event
        event["at"] = .rounded(site.seconds, places: 1)
        event["time"] = .integer(OwnProcess.unixSeconds)
        write(event)
    }

    private func write(_ event: [String: JSONValue]) {
        output.writeAll(Array((JSONValue.object(event).json + "\n").utf8))
    }

    private var status: JSONValue {
        var assets: [String: JSONValue] = [:]
        var allWritesRefused = 0
        for asset in site.file.assets {
            let tally = tallies[asset.name, default: Tally()]
            allWritesRefused += tally.writesRefused
            assets[asset.name] = .object([
                "model": .text(site.modelName(of: asset)),
                "bus": .text(asset.bus),
                "unit": .text(asset.unitName),
                "mode": .text(board.mode(bus: asset.bus, unit: asset.unitName).description),
                "faults": .list(site.activeFaults(asset: asset.name).map { .text($0) }),
                "requests": .integer(tally.requests),
                "exceptions": .integer(tally.exceptions),
                "writes_refused": .integer(tally.writesRefused),
            ])
        }
        var buses: [String: JSONValue] = [:]
        for bus in tcpBuses {
            buses[bus.name] = .object([
                "mode": .text(board.mode(bus: bus.name).description), "port": .integer(bus.port),
                "connections": .integer(bus.connections.count),
            ])
        }
        for bus in rtuBuses {
            buses[bus.name] = .object([
                "mode": .text(board.mode(bus: bus.name).description), "path": .text(bus.terminal.path),
            ])
        }
        for bus in messagingBuses {
            buses[bus.name] = .object([
                "mode": .text(board.mode(bus: bus.name).description), "sessions": .integer(bus.sessionCount),
                "connected": .integer(bus.upCount),
            ])
        }
        return .object([
            "at": .rounded(site.seconds, places: 1), "speed": .number(options.speed),
            "assets": .object(assets),
            "buses": .object(buses), "writes_refused": .integer(allWritesRefused),
            "scenario_steps_left": .integer(steps.count),
        ])
    }
}

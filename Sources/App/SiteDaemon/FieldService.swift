internal import Acquisition
internal import Facility
internal import Logging
internal import MQTTField
internal import ModbusField
internal import Synchronization
internal import SystemService
internal import WebAPI

/// Every bus that is read: started, replaced after a reload, stopped.
final class FieldService: Sendable {
    /// One bus while it is read.
    private struct Reading<Bus: Sendable, Reader: Sendable>: Sendable {
        var bus: Bus
        let reader: Reader
        /// Its way for samples, and those it had before: one of them may still be under way.
        var lanes: [SampleGate.Lane]
    }

    private struct Running: Sendable {
        var modbus: [Reading<ModbusBus, ModbusPoller>] = []
        var mqtt: [Reading<MQTTBus, MQTTIngest>] = []

        var lanes: [SampleGate.Lane] { modbus.flatMap(\.lanes) + mqtt.flatMap(\.lanes) }
    }

    private let running = Mutex(Running())
    /// What buses that do not run knew: before the start those of the run before.
    private let remembered: Mutex<[BusID: FieldMemory]>
    private let troubles = Mutex<[BusID: BusStatus.Trouble]>([:])
    private let queue = BlockingQueue("field")
    /// The thread that all Modbus TCP buses share.
    private let loop = ModbusLoop()
    private let clock: @Sendable () -> Moment
    private let gate: SampleGate
    private let catalog: MessageCatalog
    private let language: Language
    private let logger: Logger

    init(
        clock: @escaping @Sendable () -> Moment, gate: SampleGate, memory: [BusID: FieldMemory] = [:],
        catalog: MessageCatalog, language: Language, logger: Logger
    ) {
        remembered = Mutex(memory)
        self.clock = clock
        self.gate = gate
        self.catalog = catalog
        self.language = language
        self.logger = logger
    }

    /// Ends every bus but these, which go on undisturbed; returns when nothing of the others can arrive any more.
    func keep(_ kept: Set<BusID>) async {
        let leaving = running.withLock { running in
            let leaving = Running(
                modbus: running.modbus.filter { !kept.contains($0.bus.id) },
                mqtt: running.mqtt.filter { !kept.contains($0.bus.id) })
            running.modbus.removeAll { !kept.contains($0.bus.id) }
            running.mqtt.removeAll { !kept.contains($0.bus.id) }
            // What they know is known at every moment, while they are stopped too.
            remember(leaving)
            return leaving
        }
        for lane in leaving.lanes { gate.close(lane) }
        await queue.run {
            for reading in leaving.modbus { reading.reader.requestStop() }
            for reading in leaving.mqtt { reading.reader.requestStop() }
            for reading in leaving.modbus { reading.reader.stop() }
            for reading in leaving.mqtt { reading.reader.stop() }
        }
        for lane in leaving.lanes { gate.remove(lane) }
        remember(leaving)
    }

    private func remember(_ leaving: Running) {
        remembered.withLock { $0.merge(Self.memory(of: leaving)) { _, new in new } }
    }

    /// The running Modbus buses that can go on as they are described now, without closing the connection.
    func canBecome(_ buses: [ModbusBus]) -> Set<BusID> {
        running.withLock { running in
            Set(
                buses.filter { bus in
                    running.modbus.contains { $0.bus.id == bus.id && $0.reader.canBecome(bus) }
                }.map(\.id))
        }
    }

    /// Reads these buses from now on: starts those that do not run yet, and changes those that are read differently.
    func run(modbus: [ModbusBus], mqtt: [MQTTBus], changed: Set<BusID> = []) {
        running.withLock { running in
            let before = running
            let known = conditions(knownTo: before)
            running.modbus = modbus.map { bus in
                guard var reading = before.modbus.first(where: { $0.bus.id == bus.id }) else {
                    return started(bus, knowing: known)
                }
                reading.bus = bus
                if changed.contains(bus.id) { change(&reading, to: bus, knowing: known) }
                return reading
            }
            running.mqtt = mqtt.map { bus in
                guard var reading = before.mqtt.first(where: { $0.bus.id == bus.id }) else {
                    return started(bus, knowing: known)
                }
                reading.bus = bus
                return reading
            }
        }
    }

    private func change(
        _ reading: inout Reading<ModbusBus, ModbusPoller>, to bus: ModbusBus, knowing known: ConditionMemory
    ) {
        for lane in reading.lanes.dropLast() { gate.remove(lane) }
        let lane = gate.addLane()
        reading.lanes = reading.lanes.suffix(1) + [lane]
        reading.reader.become(bus, conditions: known) { [gate] in gate.pass($0, over: lane) }
    }

    /// Reads nothing any more; returns when no sample can arrive any more.
    func stop() async {
        await keep([])
    }

    /// What every bus knows that a restart must not forget, those too that do not run any more.
    var memory: [BusID: FieldMemory] {
        let present = running.withLock { Self.memory(of: $0) }
        return remembered.withLock { $0.merging(present) { _, new in new } }
    }

    /// A number that changes when a bus knows something new that a crash must not take.
    var memoryRevision: Int {
        running.withLock { running in
            running.modbus.reduce(0) { $0 + $1.reader.memoryRevision }
                + running.mqtt.reduce(0) { $0 + $1.reader.memoryRevision }
        }
    }

    private static func memory(of running: Running) -> [BusID: FieldMemory] {
        let pairs =
            running.modbus.map {
                ($0.bus.id, FieldMemory(findings: $0.reader.memory, conditions: $0.reader.conditions))
            } + running.mqtt.map { ($0.bus.id, FieldMemory(conditions: $0.reader.conditions)) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// What was counted at any bus: an asset may have moved to another one.
    private func conditions(knownTo running: Running) -> ConditionMemory {
        let all = remembered.withLock { Array($0.values) } + Self.memory(of: running).values
        return all.reduce(into: ConditionMemory()) { known, memory in
            if let conditions = memory.conditions { known.merge(conditions) }
        }
    }

    /// Every Modbus bus and what happened on it.
    var modbus: [(bus: ModbusBus, statistics: BusStatistics)] {
        running.withLock { running in running.modbus.map(\.reader.present) }
    }

    /// Every broker and what happened on it.
    var mqtt: [(bus: MQTTBus, statistics: MQTTStatistics)] {
        running.withLock { running in running.mqtt.map { ($0.bus, $0.reader.statistics()) } }
    }

    /// Why a bus was last down; nil if it never was, or is up again.
    func trouble(of id: BusID) -> BusStatus.Trouble? {
        troubles.withLock { $0[id] }
    }

    /// A Modbus bus with what reads it.
    func reader(of id: BusID) throws(BusRefusal) -> (bus: ModbusBus, poller: ModbusPoller) {
        let (reading, isBroker) = running.withLock { running in
            (running.modbus.first { $0.bus.id == id }, running.mqtt.contains { $0.bus.id == id })
        }
        if let reading { return (reading.bus, reading.reader) }
        throw isBroker ? .isBroker : .unknown
    }

    /// For each bus a number that changes as long as it gets on.
    var progress: [String: Int64] {
        running.withLock { running in
            let pairs =
                running.modbus.map { ("bus:\($0.bus.id.name)", $0.reader.lastProgressMilliseconds) }
                + running.mqtt.map { ("bus:\($0.bus.id.name)", $0.reader.lastProgressMilliseconds) }
            return Dictionary(uniqueKeysWithValues: pairs)
        }
    }

    private func started(_ bus: ModbusBus, knowing known: ConditionMemory) -> Reading<ModbusBus, ModbusPoller>
    {
        let lane = gate.addLane()
        let poller = ModbusPoller(
            bus: bus, on: loop, memory: remembered.withLock { $0[bus.id]?.findings } ?? .init(),
            conditions: known, clock: clock, textOfGBK: textOfGBK,
            deliver: { [gate] in gate.pass($0, over: lane) }, report: log(bus.id))
        poller.start()
        return Reading(bus: bus, reader: poller, lanes: [lane])
    }

    private func started(_ bus: MQTTBus, knowing known: ConditionMemory) -> Reading<MQTTBus, MQTTIngest> {
        let lane = gate.addLane()
        let ingest = MQTTIngest(
            bus: bus, conditions: known, clock: clock, deliver: { [gate] in gate.pass($0, over: lane) },
            archive: { [gate] in gate.pass($0, over: lane, isLate: true) }, report: log(bus.id))
        ingest.start()
        return Reading(bus: bus, reader: ingest, lanes: [lane])
    }

    private func note(_ event: BusEvent, of id: BusID) {
        switch event {
        case .busUp: troubles.withLock { $0[id] = nil }
        case .busDown(let reason), .misconfigured(let reason):
            let now = clock().wallMilliseconds
            troubles.withLock { $0[id] = BusStatus.Trouble(reason: reason, wallMilliseconds: now) }
        case .unitDemoted, .unitAdmitted, .pointsRefused, .planChanged, .meterRestarted, .meterReplaced,
            .eventsLost, .queueRestarted:
            break
        }
    }

    private func log(_ id: BusID) -> @Sendable (BusEvent) -> Void {
        let (logger, catalog, language) = (logger, catalog, language)
        return { [weak self] event in
            self?.note(event, of: id)
            var metadata: Logger.Metadata = ["bus": "\(id)"]
            switch event {
            case .busUp: break
            case .busDown(let reason), .misconfigured(let reason): metadata["reason"] = "\(reason)"
            case .unitDemoted(let asset, let fault):
                metadata["asset"] = "\(asset)"
                metadata["reason"] = "\(catalog.text(fault.message, in: language))"
            case .unitAdmitted(let asset), .planChanged(let asset): metadata["asset"] = "\(asset)"
            case .pointsRefused(let asset, let points):
                metadata["asset"] = "\(asset)"
                metadata["points"] = "\(points.count)"
            case .meterRestarted(let asset, let point, let before, let after),
                .meterReplaced(let asset, let point, let before, let after):
                metadata["asset"] = "\(asset)"
                metadata["point"] = "\(point)"
                metadata["before"] = "\(before)"
                metadata["after"] = "\(after)"
            case .eventsLost(let asset, let count, let isCertain):
                metadata["asset"] = "\(asset)"
                metadata["count"] = "\(count)"
                metadata["certain"] = "\(isCertain)"
            case .queueRestarted(let asset): metadata["asset"] = "\(asset)"
            }
            logger.log(level: event.level, "\(event.id)", metadata: metadata)
        }
    }
}

extension BusEvent {
    /// How much an engineer wants to know of it at night.
    fileprivate var level: Logger.Level {
        switch self {
        case .busUp, .unitAdmitted, .meterRestarted, .meterReplaced, .queueRestarted: .notice
        case .planChanged: .info
        case .busDown, .unitDemoted, .pointsRefused, .eventsLost: .warning
        case .misconfigured: .error
        }
    }
}

internal import Acquisition
internal import Facility
internal import Logging
internal import MQTTField
internal import ModbusField
internal import Synchronization
internal import SystemService

/// Every bus that is read: started, replaced after a reload, stopped.
final class FieldService: Sendable {
    /// One bus while it is read.
    private struct Reading<Bus: Sendable, Reader: Sendable>: Sendable {
        var bus: Bus
        let reader: Reader
        let lane: SampleGate.Lane
    }

    private struct Running: Sendable {
        var modbus: [Reading<ModbusBus, ModbusPoller>] = []
        var mqtt: [Reading<MQTTBus, MQTTIngest>] = []

        var lanes: [SampleGate.Lane] { modbus.map(\.lane) + mqtt.map(\.lane) }
    }

    private let running = Mutex(Running())
    private let queue = BlockingQueue("field")
    /// The thread that all Modbus TCP buses share.
    private let loop = ModbusLoop()
    private let clock: @Sendable () -> Moment
    private let gate: SampleGate
    private let catalog: MessageCatalog
    private let language: Language
    private let logger: Logger

    init(
        clock: @escaping @Sendable () -> Moment, gate: SampleGate, catalog: MessageCatalog,
        language: Language, logger: Logger
    ) {
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
    }

    /// Reads these buses from now on: starts those that do not run yet.
    func run(modbus: [ModbusBus], mqtt: [MQTTBus]) {
        running.withLock { running in
            let before = running
            running.modbus = modbus.map { bus in
                guard var reading = before.modbus.first(where: { $0.bus.id == bus.id }) else {
                    return started(bus)
                }
                reading.bus = bus
                return reading
            }
            running.mqtt = mqtt.map { bus in
                guard var reading = before.mqtt.first(where: { $0.bus.id == bus.id }) else {
                    return started(bus)
                }
                reading.bus = bus
                return reading
            }
        }
    }

    /// Reads nothing any more; returns when no sample can arrive any more.
    func stop() async {
        await keep([])
    }

    /// Every Modbus bus and what happened on it.
    var modbus: [(bus: ModbusBus, statistics: BusStatistics)] {
        running.withLock { running in running.modbus.map { ($0.bus, $0.reader.statistics()) } }
    }

    /// Every broker and what happened on it.
    var mqtt: [(bus: MQTTBus, statistics: MQTTStatistics)] {
        running.withLock { running in running.mqtt.map { ($0.bus, $0.reader.statistics()) } }
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

    private func started(_ bus: ModbusBus) -> Reading<ModbusBus, ModbusPoller> {
        let lane = gate.addLane()
        let poller = ModbusPoller(
            bus: bus, on: loop, clock: clock, textOfGBK: textOfGBK,
            deliver: { [gate] in gate.pass($0, over: lane) }, report: log(bus.id))
        poller.start()
        return Reading(bus: bus, reader: poller, lane: lane)
    }

    private func started(_ bus: MQTTBus) -> Reading<MQTTBus, MQTTIngest> {
        let lane = gate.addLane()
        let ingest = MQTTIngest(
            bus: bus, clock: clock, deliver: { [gate] in gate.pass($0, over: lane) }, report: log(bus.id))
        ingest.start()
        return Reading(bus: bus, reader: ingest, lane: lane)
    }

    private func log(_ id: BusID) -> @Sendable (BusEvent) -> Void {
        let (logger, catalog, language) = (logger, catalog, language)
        return { event in
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
            }
            logger.log(level: event.level, "\(event.id)", metadata: metadata)
        }
    }
}

extension BusEvent {
    /// How much an engineer wants to know of it at night.
    fileprivate var level: Logger.Level {
        switch self {
        case .busUp, .unitAdmitted: .notice
        case .planChanged: .info
        case .busDown, .unitDemoted, .pointsRefused: .warning
        case .misconfigured: .error
        }
    }
}

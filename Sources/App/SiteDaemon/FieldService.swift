internal import Acquisition
internal import Facility
internal import Logging
internal import MQTTField
internal import ModbusField
internal import Synchronization

/// Every bus that is read: started, replaced after a reload, stopped.
final class FieldService: Sendable {
    /// Where samples go: called on the thread of the bus.
    typealias Delivery = @Sendable ([Sample]) -> Void

    private struct Running: Sendable {
        var modbus: [(bus: ModbusBus, poller: ModbusPoller)] = []
        var mqtt: [(bus: MQTTBus, ingest: MQTTIngest)] = []
    }

    private let running = Mutex(Running())
    private let queue = BlockingQueue("field")
    private let clock: @Sendable () -> Moment
    private let deliver: Delivery
    private let catalog: MessageCatalog
    private let language: Language
    private let logger: Logger

    init(
        clock: @escaping @Sendable () -> Moment, deliver: @escaping Delivery, catalog: MessageCatalog,
        language: Language, logger: Logger
    ) {
        self.clock = clock
        self.deliver = deliver
        self.catalog = catalog
        self.language = language
        self.logger = logger
    }

    /// Reads these buses from now on: those that read the same as before go on undisturbed.
    func run(modbus: [ModbusBus], mqtt: [MQTTBus]) async {
        let leaving = running.withLock { running in
            let leaving = Running(
                modbus: running.modbus.filter { !modbus.contains($0.bus) },
                mqtt: running.mqtt.filter { !mqtt.contains($0.bus) })
            running.modbus.removeAll { !modbus.contains($0.bus) }
            running.mqtt.removeAll { !mqtt.contains($0.bus) }
            return leaving
        }
        await queue.run {
            for (_, poller) in leaving.modbus { poller.requestStop() }
            for (_, ingest) in leaving.mqtt { ingest.requestStop() }
            for (_, poller) in leaving.modbus { poller.stop() }
            for (_, ingest) in leaving.mqtt { ingest.stop() }
        }
        running.withLock { running in
            let kept = running
            running.modbus = modbus.map { bus in kept.modbus.first { $0.bus == bus } ?? (bus, started(bus)) }
            running.mqtt = mqtt.map { bus in kept.mqtt.first { $0.bus == bus } ?? (bus, started(bus)) }
        }
    }

    /// Reads nothing any more; returns when no sample can arrive any more.
    func stop() async {
        await run(modbus: [], mqtt: [])
    }

    /// Every Modbus bus and what happened on it.
    var modbus: [(bus: ModbusBus, statistics: BusStatistics)] {
        running.withLock { running in running.modbus.map { ($0.bus, $0.poller.statistics()) } }
    }

    /// Every broker and what happened on it.
    var mqtt: [(bus: MQTTBus, statistics: MQTTStatistics)] {
        running.withLock { running in running.mqtt.map { ($0.bus, $0.ingest.statistics()) } }
    }

    /// For each bus a number that changes as long as its thread gets on.
    var progress: [String: Int64] {
        running.withLock { running in
            let pairs =
                running.modbus.map { ("bus:\($0.bus.id.name)", $0.poller.lastProgressMilliseconds) }
                + running.mqtt.map { ("bus:\($0.bus.id.name)", $0.ingest.lastProgressMilliseconds) }
            return Dictionary(uniqueKeysWithValues: pairs)
        }
    }

    private func started(_ bus: ModbusBus) -> ModbusPoller {
        let poller = ModbusPoller(bus: bus, clock: clock, deliver: deliver, report: log(bus.id))
        poller.start()
        return poller
    }

    private func started(_ bus: MQTTBus) -> MQTTIngest {
        let ingest = MQTTIngest(bus: bus, clock: clock, deliver: deliver, report: log(bus.id))
        ingest.start()
        return ingest
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

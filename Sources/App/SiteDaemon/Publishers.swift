internal import Acquisition
internal import Delivery
internal import Facility
internal import MQTTField
internal import Synchronization

/// The ways to publish over the site's brokers: one connection per broker, made when first needed.
final class Publishers: Sendable {
    private struct State: Sendable {
        var buses: [BusID: MQTTBus]
        var open: [BusID: MQTTPublisher] = [:]
    }

    private let state: Mutex<State>
    private let clock: @Sendable () -> Moment

    init(_ buses: [MQTTBus], clock: @escaping @Sendable () -> Moment) {
        self.clock = clock
        state = Mutex(State(buses: Dictionary(uniqueKeysWithValues: buses.map { ($0.id, $0) })))
    }

    /// Takes the brokers of another configuration; connections to brokers that changed end.
    func replace(_ buses: [MQTTBus]) {
        state.withLock { state in
            let next = Dictionary(uniqueKeysWithValues: buses.map { ($0.id, $0) })
            for (id, publisher) in state.open where next[id] != state.buses[id] {
                publisher.stop()
                state.open[id] = nil
            }
            state.buses = next
        }
    }

    /// Publishes, and returns when the broker has taken it.
    func publish(_ bus: BusID, _ topic: String, _ payload: [UInt8], retain: Bool) async throws {
        let publisher = try state.withLock { state in
            guard let broker = state.buses[bus] else { throw UnknownBroker(bus: bus) }
            let publisher = try state.open[bus] ?? connect(broker)
            state.open[bus] = publisher
            return publisher
        }
        try await publisher.publish(topic: topic, payload: payload, retain: retain)
    }

    private func connect(_ broker: MQTTBus) throws -> MQTTPublisher {
        let password = try broker.passwordFile.map { file in
            String(decoding: try ChannelPorts.secret(inFile: file), as: UTF8.self)
        }
        let publisher = MQTTPublisher(
            host: broker.host, port: broker.port, clientID: broker.clientID + "-notices",
            username: broker.username, password: password, clock: clock)
        publisher.start()
        return publisher
    }

    /// Ends every connection.
    func stop() {
        replace([])
    }
}

/// A channel names a broker that the running configuration does not have.
struct UnknownBroker: Error {
    let bus: BusID
}

internal import Acquisition
internal import Delivery
internal import Facility
internal import MQTTField
internal import Notices
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

    /// Connects to the brokers that channels publish over, so that the first notice finds a connection.
    func connect(for channels: [ChannelDefinition]) {
        let settings = Dictionary(
            uniqueKeysWithValues: Channels.kinds.map { kind in
                (kind.name, kind.settings.filter { $0.form == .mqttBus }.map(\.name))
            })
        let named = channels.flatMap { channel in
            (settings[channel.kind] ?? []).compactMap { channel.settings[$0].map { BusID($0) } }
        }
        state.withLock { state in
            for bus in named where state.open[bus] == nil {
                state.open[bus] = state.buses[bus].map(connect)
            }
        }
    }

    /// Publishes, and returns when the broker has taken it.
    func publish(_ bus: BusID, _ topic: String, _ payload: [UInt8], retain: Bool) async throws {
        let publisher = try state.withLock { state in
            guard let broker = state.buses[bus] else { throw UnknownBroker(bus: bus) }
            let publisher = state.open[bus] ?? connect(broker)
            state.open[bus] = publisher
            return publisher
        }
        try await publisher.publish(topic: topic, payload: payload, retain: retain)
    }

    private func connect(_ broker: MQTTBus) -> MQTTPublisher {
        let publisher = MQTTPublisher(
            host: broker.host, port: broker.port, clientID: broker.clientID + "-notices",
            username: broker.username, passwordFile: broker.passwordFile, tls: broker.tls, clock: clock)
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

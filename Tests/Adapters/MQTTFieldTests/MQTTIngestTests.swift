import Acquisition
import Facility
import Foundation
import Synchronization
import Testing

@testable import MQTTField

@Suite(.serialized) struct MQTTIngestTests {
    private func start(
        _ broker: Broker, _ collector: Collector, _ sources: [MQTTSource], username: String? = nil,
        passwordFile: String? = nil
    ) -> MQTTIngest {
        let bus = MQTTBus(
            id: "broker", host: "127.0.0.1", port: broker.port, clientID: "gate", username: username,
            passwordFile: passwordFile, sources: sources)
        let ingest = MQTTIngest(
            bus: bus, clock: clock, deliver: collector.deliver, report: collector.report)
        ingest.start()
        return ingest
    }

    private func numbers(_ collector: Collector) -> [Double] {
        collector.samples.compactMap { $0.value?.double }
    }

    @Test func `messages become samples`() async {
        guard let broker = Broker() else { return }
        let collector = Collector()
        let ingest = start(broker, collector, [source("a/b"), source("c/+/e", firstPoint: 1)])
        #expect(await holds(within: 5) { collector.events == [.busUp] })
        broker.publish("a/b", ["{\"n\": 1.5}"])
        broker.publish("c/d/e", ["{\"n\": 2.5}"])
        broker.publish("x", ["{\"n\": 3.5}"])
        #expect(await holds(within: 5) { collector.last(1)?.value == .number(2.5) })
        #expect(collector.last(0)?.value == .number(1.5))
        #expect(collector.last(0)?.quality == .good)
        #expect(ingest.statistics().messages == 2)
        ingest.stop()
    }

    @Test func `the broker may come later, go and come back, and nothing acknowledged is lost`() async {
        guard let broker = Broker() else { return }
        broker.stop()
        let collector = Collector()
        let ingest = start(broker, collector, [source("a")])
        #expect(
            await holds(within: 5) {
                if case .busDown? = collector.events.first { true } else { false }
            })
        #expect(collector.last(0)?.quality == .bad(.noConnection))
        broker.start()
        #expect(await holds(within: 10) { collector.events.last == .busUp })
        broker.publish("a", (1...100).map { "{\"n\": \($0)}" })
        #expect(await holds(within: 5) { numbers(collector).count == 100 })
        broker.stop()
        broker.start()
        #expect(await holds(within: 20) { ingest.statistics().connections == 2 })
        broker.publish("a", (101...200).map { "{\"n\": \($0)}" })
        #expect(await holds(within: 5) { numbers(collector).count >= 200 })
        #expect(Set(numbers(collector)) == Set((1...200).map(Double.init)))
        ingest.stop()
    }

    @Test func `what is published while the gateway is away arrives when it is back`() async {
        guard let broker = Broker() else { return }
        let first = Collector()
        let before = start(broker, first, [source("a")])
        #expect(await holds(within: 5) { first.events == [.busUp] })
        before.stop()
        broker.publish("a", (1...500).map { "{\"n\": \($0)}" })
        let second = Collector()
        let after = start(broker, second, [source("a")])
        #expect(await holds(within: 10) { numbers(second).count >= 500 })
        #expect(numbers(second) == (1...500).map(Double.init))
        #expect(first.samples.isEmpty)
        after.stop()
    }

    @Test func `what the broker kept is doubted and what is fresh is not`() async {
        guard let broker = Broker() else { return }
        broker.publish("a", ["{\"n\": 7}"], retain: true)
        let collector = Collector()
        let ingest = start(broker, collector, [source("a")])
        #expect(await holds(within: 5) { collector.last(0)?.quality == .uncertain(.retained) })
        #expect(collector.last(0)?.value == .number(7))
        broker.publish("a", ["{\"n\": 8}"])
        #expect(await holds(within: 5) { collector.last(0)?.quality == .good })
        ingest.stop()
    }

    @Test func `a device that says it is gone has no values until it speaks again`() async {
        guard let broker = Broker() else { return }
        let collector = Collector()
        let ingest = start(broker, collector, [source("a", availability: "a/status")])
        #expect(await holds(within: 5) { collector.events == [.busUp] })
        broker.publish("a", ["{\"n\": 1}"])
        broker.publish("a/status", ["offline", "offline"])
        #expect(await holds(within: 5) { collector.last(0)?.quality == .bad(.offline) })
        #expect(collector.samples.count == 2)
        #expect(ingest.statistics().sources[0].isOffline)
        broker.publish("a/status", ["online"])
        broker.publish("a", ["{\"n\": 2}"])
        #expect(await holds(within: 5) { collector.last(0)?.value == .number(2) })
        ingest.stop()
    }

    @Test func `a silent device is noticed without its word`() async {
        guard let broker = Broker() else { return }
        let collector = Collector()
        let ingest = start(broker, collector, [source("a", expected: 1000)])
        #expect(await holds(within: 5) { collector.events == [.busUp] })
        broker.publish("a", ["{\"n\": 1}"])
        #expect(await holds(within: 5) { collector.last(0)?.quality == .good })
        #expect(await holds(within: 5) { collector.last(0)?.quality == .bad(.offline) })
        #expect(collector.samples.suffix(2).map(\.quality) == [.good, .bad(.offline)])
        ingest.stop()
    }

    @Test func `a thousand broken payloads stop nothing`() async {
        guard let broker = Broker() else { return }
        let collector = Collector()
        let ingest = start(broker, collector, [source("a")])
        #expect(await holds(within: 5) { collector.events == [.busUp] })
        broker.publish("a", Array(repeating: "{\"n\": oops}", count: 1000) + ["{\"n\": 5}"])
        #expect(await holds(within: 10) { collector.last(0)?.value == .number(5) })
        #expect(ingest.statistics().sources[0].errors == 1000)
        ingest.stop()
    }

    @Test func `a name and a password from a file open a guarded broker`() async throws {
        guard let broker = Broker(password: "s3cret") else { return }
        let file = secretFile()
        try Data("s3cret\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let collector = Collector()
        let ingest = start(broker, collector, [source("a")], username: "gate", passwordFile: file.path)
        #expect(await holds(within: 5) { collector.events.last == .busUp })
        ingest.stop()
        try Data("wrong\n".utf8).write(to: file)
        let refused = Collector()
        let second = start(broker, refused, [source("a")], username: "gate", passwordFile: file.path)
        #expect(
            await holds(within: 5) {
                if case .busDown(let reason)? = refused.events.first {
                    reason.lowercased().contains("not authorised")
                } else {
                    false
                }
            }, "\(refused.events)")
        second.stop()
    }

    @Test func `a bus without its password is down, is seen to live and heals by itself`() async throws {
        guard let broker = Broker(password: "s3cret") else { return }
        let file = secretFile()
        defer { try? FileManager.default.removeItem(at: file) }
        let collector = Collector()
        let ingest = start(
            broker, collector, [source("a"), source("b", firstPoint: 1)], username: "gate",
            passwordFile: file.path)
        let begin = ingest.lastProgressMilliseconds
        #expect(begin > 0)
        // Longer than the first two waits, so that it was tried again.
        #expect(await holds(within: 10) { ingest.lastProgressMilliseconds > begin + 3500 })
        #expect(collector.events == [.busDown(reason: "\(file.path): No such file or directory")])
        #expect(collector.samples.map(\.quality) == [.bad(.noConnection), .bad(.noConnection)])
        #expect(collector.samples.map(\.point) == [PointID(0), PointID(1)])
        try Data("s3cret\n".utf8).write(to: file)
        #expect(await holds(within: 15) { collector.events.last == .busUp })
        ingest.stop()
    }

    @Test func `a password in a pipe nobody writes to holds nothing up`() async {
        guard let broker = Broker(password: "s3cret") else { return }
        let file = secretFile()
        defer { try? FileManager.default.removeItem(at: file) }
        let made = unsafe mkfifo(file.path, 0o600)
        #expect(made == 0)
        let collector = Collector()
        let ingest = start(broker, collector, [source("a")], username: "gate", passwordFile: file.path)
        #expect(await holds(within: 5) { collector.events.first?.id == "field.bus-down" })
        ingest.stop()
    }

    @Test func `stopping waits no longer than a second for an owner that holds the thread`() async {
        guard let port = Broker.freePort() else { return }
        let collector = Collector()
        let hasBegun = Atomic(false)
        let mayEnd = DispatchSemaphore(value: 0)
        let bus = MQTTBus(
            id: "broker", host: "127.0.0.1", port: port, clientID: "gate", sources: [source("a")])
        let ingest = MQTTIngest(
            bus: bus, clock: clock,
            deliver: { _ in
                hasBegun.store(true, ordering: .sequentiallyConsistent)
                mayEnd.wait()
            }, report: collector.report)
        ingest.start()
        #expect(await holds(within: 5) { hasBegun.load(ordering: .sequentiallyConsistent) })
        let begin = ContinuousClock.now
        ingest.stop()
        #expect(ContinuousClock.now - begin < .seconds(1))
        let events = collector.events
        mayEnd.signal()
        #expect(!(await holds(within: 0.3) { collector.events != events }), "\(collector.events)")
    }

    @Test func `stopping takes no longer than a second, broker or not`() async {
        guard let broker = Broker() else { return }
        let collector = Collector()
        let ingest = start(broker, collector, [source("a")])
        #expect(await holds(within: 5) { collector.events == [.busUp] })
        var begin = ContinuousClock.now
        ingest.stop()
        #expect(ContinuousClock.now - begin < .seconds(1))
        broker.stop()
        let lonely = start(broker, Collector(), [source("a")])
        try? await Task.sleep(for: .milliseconds(200))
        begin = ContinuousClock.now
        lonely.stop()
        #expect(ContinuousClock.now - begin < .seconds(1))
    }
}

@Suite(.serialized) struct MQTTPublisherTests {
    private func publisher(
        _ broker: Broker, username: String? = nil, passwordFile: String? = nil
    ) -> MQTTPublisher {
        let publisher = MQTTPublisher(
            host: "127.0.0.1", port: broker.port, clientID: "out", username: username,
            passwordFile: passwordFile, clock: clock)
        publisher.start()
        return publisher
    }

    @Test func `a message counts as handed over when the broker has it`() async throws {
        guard let broker = Broker() else { return }
        let collector = Collector()
        let bus = MQTTBus(
            id: "broker", host: "127.0.0.1", port: broker.port, clientID: "gate", sources: [source("a")])
        let ingest = MQTTIngest(
            bus: bus, clock: clock, deliver: collector.deliver, report: collector.report)
        ingest.start()
        let publisher = publisher(broker)
        #expect(await holds(within: 5) { publisher.isConnected && !collector.events.isEmpty })
        for number in 1...50 {
            try await publisher.publish(topic: "a", payload: Array("{\"n\": \(number)}".utf8), retain: false)
        }
        #expect(await holds(within: 5) { collector.samples.count == 50 })
        publisher.stop()
        ingest.stop()
    }

    @Test func `without a connection a message is refused at once, and sent by nobody later`() async throws {
        guard let broker = Broker() else { return }
        let collector = Collector()
        let bus = MQTTBus(
            id: "broker", host: "127.0.0.1", port: broker.port, clientID: "gate", sources: [source("a")])
        let ingest = MQTTIngest(
            bus: bus, clock: clock, deliver: collector.deliver, report: collector.report)
        ingest.start()
        let publisher = publisher(broker)
        #expect(await holds(within: 5) { publisher.isConnected && !collector.events.isEmpty })
        broker.stop()
        #expect(await holds(within: 5) { !publisher.isConnected })
        let begin = ContinuousClock.now
        await #expect(throws: MQTTError.notConnected) {
            try await publisher.publish(topic: "a", payload: Array("{\"n\": 1}".utf8), retain: false)
        }
        #expect(ContinuousClock.now - begin < .milliseconds(200))
        broker.start()
        #expect(await holds(within: 20) { publisher.isConnected })
        try await publisher.publish(topic: "a", payload: Array("{\"n\": 2}".utf8), retain: false)
        #expect(await holds(within: 20) { collector.last(0)?.value == .number(2) })
        #expect(!collector.samples.contains { $0.value == .number(1) })
        publisher.stop()
        ingest.stop()
    }

    @Test func `a topic that is a filter can never be published`() async {
        guard let broker = Broker() else { return }
        let publisher = publisher(broker)
        #expect(await holds(within: 5) { publisher.isConnected })
        await #expect(throws: MQTTError.invalid) {
            try await publisher.publish(topic: "a/#", payload: [], retain: false)
        }
        publisher.stop()
        await #expect(throws: MQTTError.stopped) {
            try await publisher.publish(topic: "a", payload: [], retain: false)
        }
    }

    @Test func `a cancelled task waits no longer for a silent broker`() async throws {
        guard let broker = Broker() else { return }
        let collector = Collector()
        let bus = MQTTBus(
            id: "broker", host: "127.0.0.1", port: broker.port, clientID: "gate", sources: [source("a")])
        let ingest = MQTTIngest(
            bus: bus, clock: clock, deliver: collector.deliver, report: collector.report)
        ingest.start()
        let publisher = publisher(broker)
        #expect(await holds(within: 5) { publisher.isConnected && !collector.events.isEmpty })
        broker.pause()
        let waiting = Task {
            try await publisher.publish(topic: "a", payload: Array("{\"n\": 1}".utf8), retain: false)
        }
        try await Task.sleep(for: .seconds(1))
        let begin = ContinuousClock.now
        waiting.cancel()
        await #expect(throws: MQTTError.cancelled) { try await waiting.value }
        #expect(ContinuousClock.now - begin < .seconds(1))
        broker.resume()
        // It had been sent, so the cancellation ended a wait and not an attempt.
        #expect(await holds(within: 5) { collector.last(0)?.value == .number(1) })
        try await publisher.publish(topic: "a", payload: Array("{\"n\": 2}".utf8), retain: false)
        #expect(await holds(within: 5) { collector.last(0)?.value == .number(2) })
        publisher.stop()
        ingest.stop()
    }

    @Test func `a task that is cancelled already publishes nothing`() async throws {
        guard let broker = Broker() else { return }
        let collector = Collector()
        let bus = MQTTBus(
            id: "broker", host: "127.0.0.1", port: broker.port, clientID: "gate", sources: [source("a")])
        let ingest = MQTTIngest(
            bus: bus, clock: clock, deliver: collector.deliver, report: collector.report)
        ingest.start()
        let publisher = publisher(broker)
        #expect(await holds(within: 5) { publisher.isConnected && !collector.events.isEmpty })
        let cancelled = Task {
            try? await Task.sleep(for: .seconds(60))
            try await publisher.publish(topic: "a", payload: Array("{\"n\": 1}".utf8), retain: false)
        }
        cancelled.cancel()
        await #expect(throws: MQTTError.cancelled) { try await cancelled.value }
        try await publisher.publish(topic: "a", payload: Array("{\"n\": 2}".utf8), retain: false)
        #expect(await holds(within: 5) { collector.last(0)?.value == .number(2) })
        #expect(collector.samples.count == 1)
        publisher.stop()
        ingest.stop()
    }

    @Test func `what nobody waits for any more still counts as waiting until the broker has it`() async throws
    {
        guard let broker = Broker() else { return }
        let publisher = publisher(broker)
        #expect(await holds(within: 5) { publisher.isConnected })
        broker.pause()
        for _ in 0..<MQTTPublisher.mostPending {
            let waiting = Task { try await publisher.publish(topic: "a", payload: [1], retain: false) }
            try await Task.sleep(for: .milliseconds(10))
            waiting.cancel()
            await #expect(throws: MQTTError.cancelled) { try await waiting.value }
        }
        let begin = ContinuousClock.now
        await #expect(throws: MQTTError.busy) {
            try await publisher.publish(topic: "a", payload: [1], retain: false)
        }
        #expect(ContinuousClock.now - begin < .seconds(1))
        broker.resume()
        try await Task.sleep(for: .seconds(1))
        try await publisher.publish(topic: "a", payload: [1], retain: false)
        publisher.stop()
    }

    @Test func `the password is the first line of its file, which may come later`() async throws {
        guard let broker = Broker(password: "s3cret") else { return }
        let file = secretFile()
        defer { try? FileManager.default.removeItem(at: file) }
        let publisher = publisher(broker, username: "gate", passwordFile: file.path)
        #expect(!(await holds(within: 1) { publisher.isConnected }))
        await #expect(throws: MQTTError.notConnected) {
            try await publisher.publish(topic: "a", payload: [1], retain: false)
        }
        try Data("s3cret\r\nof the broker in the cellar\n".utf8).write(to: file)
        #expect(await holds(within: 15) { publisher.isConnected })
        try await publisher.publish(topic: "a", payload: [1], retain: false)
        publisher.stop()
    }

    @Test func `stopping fails what waits for a silent broker, within a second`() async throws {
        guard let broker = Broker() else { return }
        let publisher = publisher(broker)
        #expect(await holds(within: 5) { publisher.isConnected })
        broker.pause()
        let waiting = Task { try await publisher.publish(topic: "a", payload: [1], retain: false) }
        try await Task.sleep(for: .seconds(1))
        let begin = ContinuousClock.now
        publisher.stop()
        await #expect(throws: MQTTError.self) { try await waiting.value }
        #expect(ContinuousClock.now - begin < .seconds(1))
    }

    @Test func `many messages at once all arrive`() async throws {
        guard let broker = Broker() else { return }
        let publisher = publisher(broker)
        #expect(await holds(within: 5) { publisher.isConnected })
        let sent = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<90 {
                group.addTask {
                    (try? await publisher.publish(
                        topic: "a", payload: Array("\(number)".utf8), retain: false)) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(sent == 90)
        publisher.stop()
    }
}

import Acquisition
import Facility
import Foundation
import SwiftProtobuf
import Synchronization
import Testing

@testable import MQTTField

private func point(_ pointer: String, topic: String? = nil) -> MQTTPoint {
    MQTTPoint(
        meaning: PointMeaning(name: "n", label: Bilingual(zh: "数", en: "number"), kind: .gauge),
        pointer: pointer, topic: topic, type: .number)
}

private func source(
    _ asset: AssetID, _ topic: String, filters: [String]? = nil, firstPoint: Int, time: PayloadTime? = nil,
    format: MQTTMap.Format = .json, points: MQTTPoint...
) -> MQTTSource {
    MQTTSource(
        asset: asset, topic: topic, availabilityTopic: nil,
        map: MQTTMap(
            format: format, topic: topic, expectedMilliseconds: 600_000, availability: nil, time: time,
            points: points),
        filters: filters, points: points.indices.map { PointID(firstPoint + $0) })
}

private func ingest(
    _ broker: Broker, _ collector: Collector, _ sources: [MQTTSource], archive: Collector? = nil
) -> MQTTIngest {
    let bus = MQTTBus(id: "broker", host: "127.0.0.1", port: broker.port, clientID: "gate", sources: sources)
    let ingest = MQTTIngest(
        bus: bus, clock: clock, deliver: collector.deliver, archive: archive?.deliver,
        report: collector.report)
    ingest.start()
    return ingest
}

@Suite(.serialized) struct MQTTTopicTests {
    @Test func `assets share a filter and a device that nobody configured is counted`() async {
        guard let broker = Broker() else { return }
        let collector = Collector()
        let ingest = ingest(
            broker, collector,
            [
                source("A", "site/x/1/#", filters: ["site/+/+/#"], firstPoint: 0, points: point("/n")),
                source(
                    "B", "site/x/2/#", filters: ["site/+/+/#"], firstPoint: 1,
                    points: point("/n", topic: "site/x/2/power"), point("/n", topic: "site/x/2/level")),
            ])
        #expect(await holds(within: 5) { collector.events == [.busUp] })
        broker.publish("site/x/1/any/thing", ["{\"n\": 1}"])
        broker.publish("site/x/2/power", ["{\"n\": 2}"])
        broker.publish("site/x/2/level", ["{\"n\": 3}"])
        broker.publish("site/x/2/other", ["{\"n\": 4}"])
        broker.publish("site/y/1/a", ["{\"n\": 5}"])
        #expect(await holds(within: 5) { ingest.statistics().messages == 5 })
        #expect(await holds(within: 5) { collector.samples.count == 3 })
        #expect((0..<3).map { collector.last($0)?.value } == [.number(1), .number(2), .number(3)])
        #expect(ingest.statistics().unmatched == 2)
        #expect(ingest.statistics().strays == 0)
        ingest.stop()
    }

    @Test func `a filter of an earlier configuration is given up`() async {
        guard let broker = Broker() else { return }
        let first = Collector()
        let before = ingest(
            broker, first, [source("A", "old/+/data", firstPoint: 0, points: point("/n"))])
        #expect(await holds(within: 5) { first.events == [.busUp] })
        before.stop()
        broker.publish("old/1/data", ["{\"n\": 1}"])
        let second = Collector()
        let after = ingest(
            broker, second, [source("A", "new/+/data", firstPoint: 0, points: point("/n"))])
        #expect(await holds(within: 5) { after.statistics().strays == 1 })
        broker.publish("new/1/data", ["{\"n\": 1}"])
        #expect(await holds(within: 5) { second.samples.count == 1 })
        broker.publish("old/1/data", ["{\"n\": 2}"])
        broker.publish("new/1/data", ["{\"n\": 2}"])
        #expect(await holds(within: 5) { second.samples.count == 2 })
        #expect(after.statistics().strays == 1)
        after.stop()
    }

    @Test func `old values are for the history alone`() async {
        guard let broker = Broker() else { return }
        let collector = Collector()
        let archive = Collector()
        let time = PayloadTime(pointer: "/ts", format: .unixMilliseconds)
        let ingest = ingest(
            broker, collector, [source("A", "a", firstPoint: 0, time: time, points: point("/n"))],
            archive: archive)
        #expect(await holds(within: 5) { collector.events == [.busUp] })
        let now = clock().wallMilliseconds
        broker.publish(
            "a",
            [
                "{\"n\":1,\"ts\":\(now)}", "{\"n\":1,\"ts\":\(now)}", "{\"n\":2,\"ts\":\(now - 1000)}",
                "{\"n\":3,\"ts\":\(now - 7_200_000)}",
            ])
        #expect(await holds(within: 5) { archive.samples.count == 2 })
        #expect(collector.samples.map(\.value) == [.number(1)])
        #expect(archive.samples.map(\.quality) == [.good, .uncertain(.stale)])
        #expect(archive.samples.map(\.wallMilliseconds) == [now - 1000, now - 7_200_000])
        #expect(ingest.statistics().sources[0].repeated == 1)
        #expect(ingest.statistics().sources[0].late == 2)
        ingest.stop()
    }

    @Test func `after an outage with a kept session last values stand again, doubted`() async {
        guard let broker = Broker() else { return }
        let collector = Collector()
        let ingest = ingest(broker, collector, [source("A", "a", firstPoint: 0, points: point("/n"))])
        #expect(await holds(within: 5) { collector.events == [.busUp] })
        broker.publish("a", ["{\"n\": 7}"])
        #expect(await holds(within: 5) { collector.last(0)?.quality == .good })
        broker.stop()
        #expect(await holds(within: 15) { collector.last(0)?.quality == .bad(.noConnection) })
        broker.start()
        #expect(await holds(within: 30) { collector.last(0)?.quality == .uncertain(.retained) })
        #expect(collector.last(0)?.value == .number(7), "\(collector.samples) \(ingest.statistics())")
        broker.publish("a", ["{\"n\": 8}"])
        #expect(await holds(within: 5) { collector.last(0)?.quality == .good })
        ingest.stop()
    }

    @Test func `huge payloads and odd ones harm nobody`() async {
        guard let broker = Broker() else { return }
        let collector = Collector()
        let ingest = ingest(
            broker, collector,
            [
                source("A", "a", firstPoint: 0, points: point("/n")),
                source("B", "b", firstPoint: 1, points: point("/n")),
            ])
        #expect(await holds(within: 5) { collector.events == [.busUp] })
        broker.publish("a", bytes: [UInt8](repeating: 0x5B, count: 10_000_000))
        broker.publish("a", bytes: [UInt8](repeating: 0x5B, count: 60_000))
        broker.publish("a", bytes: [0xFF, 0x00, 0xFE])
        broker.publish("b", ["{\"n\": 1}"])
        #expect(await holds(within: 10) { collector.last(1)?.value == .number(1) })
        #expect(collector.last(0)?.quality == .bad(.undecodable))
        #expect(ingest.statistics().sources.map(\.errors) == [3, 0])
        #expect(ingest.statistics().tooLong == 1)
        ingest.stop()
    }

    @Test
    func `an owner that takes nothing loses the oldest measurements and never the word that all is gone`() {
        let queue = SampleQueue(capacity: 10)
        let gone = Sample(PointID(0), failed: .offline, at: 0)
        queue.put([Sample(PointID(0), .number(-1), at: 0)])
        queue.put([gone], isNotice: true)
        for number in 0..<100 { queue.put([Sample(PointID(0), .number(Double(number)), at: 0)]) }
        #expect(queue.dropped == 92)
        let batches = queue.take() ?? []
        #expect(batches.first?.samples == [gone])
        #expect(batches.last?.samples.map(\.value) == (91..<100).map { .number(Double($0)) })
        queue.close()
        queue.put([gone])
        #expect(queue.take() == nil)
    }

    @Test func `in a flood what waits is moved in small batches`() {
        let queue = SampleQueue(capacity: 10_000)
        for number in 0..<20_000 { queue.put([Sample(PointID(0), .number(Double(number)), at: 0)]) }
        #expect(queue.dropped == 10_000)
        let batches = queue.take() ?? []
        #expect(batches.allSatisfy { $0.samples.count <= SampleQueue.mostGathered })
        #expect(
            batches.flatMap(\.samples).map(\.value) == (10_000..<20_000).map { .number(Double($0)) })
    }

    @Test func `a reading that a meter's broker kept counts for nothing`() async {
        guard let broker = Broker() else { return }
        let collector = Collector()
        broker.publish("kept", ["{\"n\": 500}"], retain: true)
        let meter = MQTTPoint(
            meaning: PointMeaning(
                name: "n", label: Bilingual(zh: "数", en: "number"), kind: .counter,
                conditioning: .counter(.init())),
            pointer: "/n", type: .number)
        let ingest = ingest(broker, collector, [source("A", "kept", firstPoint: 0, points: meter)])
        #expect(await holds(within: 5) { collector.last(0)?.quality == .uncertain(.retained) })
        #expect(collector.last(0)?.value == .number(500))
        #expect(ingest.conditions.counters.isEmpty)
        broker.publish("kept", ["{\"n\": 7}"])
        #expect(await holds(within: 5) { collector.last(0)?.quality == .good })
        #expect(collector.last(0)?.value == .number(7))
        ingest.stop()
    }

    @Test func `messages sent while the gateway and then the broker were away are not lost`() async {
        guard let broker = Broker() else { return }
        let first = Collector()
        let sources = [source("A", "a", firstPoint: 0, points: point("/n"))]
        let before = ingest(broker, first, sources)
        #expect(await holds(within: 5) { first.events == [.busUp] })
        before.stop()
        broker.publish("a", (1...2000).map { "{\"n\": \($0)}" })
        broker.stop()
        let second = Collector()
        let after = ingest(broker, second, sources)
        #expect(await holds(within: 10) { second.last(0)?.quality == .bad(.noConnection) })
        broker.start()
        #expect(await holds(within: 30) { second.samples.count { $0.quality == .good } >= 2000 })
        #expect(Set(second.samples.compactMap(\.value)) == Set((1...2000).map { .number(Double($0)) }))
        after.stop()
    }

    @Test func `an edge node of Sparkplug is read over the wire`() async throws {
        guard let broker = Broker() else { return }
        let collector = Collector()
        let filters = ["spBv1.0/g/+/n/#"]
        let ingest = ingest(
            broker, collector,
            [
                source(
                    "N", "g/n", filters: filters, firstPoint: 0, format: .sparkplug, points: point("Level")),
                source(
                    "P", "g/n/P1", filters: filters, firstPoint: 1, format: .sparkplug, points: point("Speed")
                ),
            ])
        #expect(await holds(within: 5) { collector.events == [.busUp] })
        func publish(_ topic: String, _ sequence: UInt64, _ metrics: [WireMetric]) throws {
            var payload = WirePayload()
            payload.timestamp = UInt64(clock().wallMilliseconds)
            payload.seq = sequence
            payload.metrics = metrics
            broker.publish(topic, bytes: try payload.serializedBytes())
        }
        func metric(_ name: String?, _ alias: UInt64, _ kind: UInt32, _ value: WireMetric.OneOf_Value)
            -> WireMetric
        {
            var metric = WireMetric()
            if let name { metric.name = name }
            metric.alias = alias
            metric.datatype = kind
            metric.value = value
            return metric
        }
        try publish(
            "spBv1.0/g/NBIRTH/n", 0,
            [metric("bdSeq", 0, 4, .longValue(1)), metric("Level", 1, 9, .floatValue(1.5))])
        try publish("spBv1.0/g/DBIRTH/n/P1", 1, [metric("Speed", 2, 3, .intValue(1450))])
        try publish("spBv1.0/g/NDATA/n", 2, [metric(nil, 1, 9, .floatValue(2.5))])
        #expect(await holds(within: 5) { collector.last(0)?.value == .number(2.5) })
        #expect(collector.last(1)?.value == .number(1450))
        broker.publish("spBv1.0/g/NDATA/n", bytes: [0xFF, 0xFF, 0xFF])
        broker.publish("spBv1.0/g/NCMD/n", bytes: [])
        try publish("spBv1.0/g/NDEATH/n", 0, [metric("bdSeq", 0, 4, .longValue(1))])
        #expect(await holds(within: 5) { collector.last(1)?.quality == .bad(.offline) })
        #expect(collector.last(0)?.quality == .bad(.offline))
        #expect(ingest.statistics().sources[0].errors == 1)
        ingest.stop()
    }

    @Test func `no bytes harm the reader of Sparkplug payloads`() {
        var random = SplitMix64(seed: 3)
        var payload = WirePayload()
        payload.metrics = (0..<5).map { number in
            var metric = WireMetric()
            metric.name = "metric \(number)"
            metric.value = .doubleValue(1.5)
            return metric
        }
        let sound: [UInt8] = (try? payload.serializedBytes()) ?? []
        #expect(SparkplugPayload(wire: sound)?.metrics.count == 5)
        for _ in 0..<20_000 {
            var bytes = sound
            for _ in 0..<3 {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            _ = SparkplugPayload(wire: bytes)
        }
        #expect(SparkplugPayload(wire: [UInt8](repeating: 0, count: 300_000)) == nil)
    }
}

@Suite(.serialized) struct MQTTSecurityTests {
    /// What becomes of a connection to a broker with these certificates.
    private func outcome(
        _ certificates: Certificates, _ tls: MQTTBus.TLS, options: String = ""
    ) async -> BusEvent? {
        guard let broker = Broker(certificates: certificates, options: options) else { return nil }
        let collector = Collector()
        let bus = MQTTBus(
            id: "broker", host: "127.0.0.1", port: broker.port, clientID: "gate", tls: tls,
            sources: [source("a")])
        let ingest = MQTTIngest(
            bus: bus, clock: clock, deliver: collector.deliver, report: collector.report)
        ingest.start()
        _ = await holds(within: 8) { !collector.events.isEmpty }
        ingest.stop()
        return collector.events.first
    }

    private func reason(_ event: BusEvent?) -> String {
        if case .busDown(let reason)? = event {
            reason
        } else {
            "\(event.map(String.init(describing:)) ?? "none")"
        }
    }

    @Test func `a broker that proves who it is is trusted, by address or by a name that is told`() async {
        guard let certificates = Certificates() else { return }
        let tls = MQTTBus.TLS(authoritiesFile: certificates.path("ca.pem"))
        #expect(await outcome(certificates, tls) == .busUp)
        guard let named = Certificates(name: "DNS:broker.site") else { return }
        let told = MQTTBus.TLS(authoritiesFile: named.path("ca.pem"), serverName: "broker.site")
        #expect(await outcome(named, told) == .busUp)
    }

    @Test func `a broker of another name, of an unknown authority or with an expired certificate is refused`()
        async
    {
        guard let named = Certificates(name: "DNS:broker.site"), let expired = Certificates(days: -1) else {
            return
        }
        #expect(
            reason(await outcome(named, .init(authoritiesFile: named.path("ca.pem")))).contains("mismatch"))
        #expect(
            reason(
                await outcome(
                    named, .init(authoritiesFile: named.path("other.pem"), serverName: "broker.site"))
            )
            .contains("certificate in certificate chain"))
        #expect(
            reason(await outcome(expired, .init(authoritiesFile: expired.path("ca.pem")))).contains("expired")
        )
    }

    @Test func `a file that cannot be used is named`() async {
        guard let certificates = Certificates() else { return }
        let missing = reason(await outcome(certificates, .init(authoritiesFile: "/nowhere/ca.pem")))
        #expect(missing.contains("/nowhere/ca.pem"), "\(missing)")
        let wrong = MQTTBus.TLS(
            authoritiesFile: certificates.path("ca.pem"), certificateFile: certificates.path("client.pem"),
            keyFile: certificates.path("broker.key"))
        let mismatch = reason(await outcome(certificates, wrong))
        #expect(mismatch.contains("broker.key"), "\(mismatch)")
    }

    @Test func `a broker that asks for it is shown the gateway's own certificate`() async {
        guard let certificates = Certificates() else { return }
        let own = MQTTBus.TLS(
            authoritiesFile: certificates.path("ca.pem"), certificateFile: certificates.path("client.pem"),
            keyFile: certificates.path("client.key"))
        let options = "require_certificate true"
        #expect(await outcome(certificates, own, options: options) == .busUp)
        let none = MQTTBus.TLS(authoritiesFile: certificates.path("ca.pem"))
        #expect(reason(await outcome(certificates, none, options: options)) != ".busUp")
    }

    @Test func `an open broker is never spoken to instead of a protected one`() async {
        guard let broker = Broker(), let certificates = Certificates() else { return }
        let collector = Collector()
        let bus = MQTTBus(
            id: "broker", host: "127.0.0.1", port: broker.port, clientID: "gate",
            tls: .init(authoritiesFile: certificates.path("ca.pem")), sources: [source("a")])
        let ingest = MQTTIngest(
            bus: bus, clock: clock, deliver: collector.deliver, report: collector.report)
        ingest.start()
        #expect(await holds(within: 15) { !collector.events.isEmpty })
        #expect(collector.events.first != .busUp)
        ingest.stop()
    }
}

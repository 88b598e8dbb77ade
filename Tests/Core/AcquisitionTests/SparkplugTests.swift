import Facility
import Testing

@testable import Acquisition

private let now: Int64 = 1_772_787_600_000

private func source(_ names: [String], type: PayloadType = .number, firstPoint: Int = 0) -> MQTTSource {
    let points = names.map {
        MQTTPoint(
            meaning: PointMeaning(name: "p", label: Bilingual(zh: "p", en: "p"), kind: .gauge), pointer: $0,
            type: type)
    }
    return MQTTSource(
        asset: "A", topic: "g/n", availabilityTopic: nil,
        map: MQTTMap(
            format: .sparkplug, topic: "g/n", expectedMilliseconds: 60_000, availability: nil, points: points),
        filters: [], points: points.indices.map { PointID(firstPoint + $0) })
}

private func metric(
    _ name: String?, alias: UInt64? = nil, _ raw: SparkplugMetric.Raw?,
    _ kind: SparkplugMetric.Kind? = nil, at timestamp: Int64? = nil
) -> SparkplugMetric {
    SparkplugMetric(name: name, alias: alias, timestamp: timestamp, datatype: kind?.rawValue, raw: raw)
}

/// A node with one point of its own and one device with two.
private struct Plant {
    var node = SparkplugNode()

    init() {
        node.add(source(["Level"]), as: 0, device: nil)
        node.add(source(["Run/Speed", "Load"], firstPoint: 1), as: 1, device: "P1")
    }

    mutating func hear(
        _ kind: SparkplugTopic.Kind, device: String? = nil, seq: UInt64?, retained: Bool = false,
        _ metrics: SparkplugMetric...
    ) -> [SparkplugNode.Finding] {
        var findings: [SparkplugNode.Finding] = []
        node.handle(
            kind, device: device,
            SparkplugPayload(timestamp: now, sequence: seq, metrics: metrics), isRetained: retained, at: now,
            into: &findings)
        return findings
    }

    mutating func beBorn() {
        _ = hear(
            .nodeBirth, seq: 0, metric("bdSeq", .long(7), .int64),
            metric("Level", alias: 1, .float(1.5), .float))
        _ = hear(
            .deviceBirth, device: "P1", seq: 1, metric("Run/Speed", alias: 2, .word(1450), .int32),
            metric("Load", alias: 3, .double(0.5), .double), metric("Other", alias: 4, .flag(true), .boolean))
    }
}

@Suite struct SparkplugTests {
    private func sample(_ finding: SparkplugNode.Finding?) -> Sample? {
        if case .sample(_, _, let sample)? = finding { sample } else { nil }
    }

    @Test(arguments: [
        ("spBv1.0/g/NBIRTH/n", true), ("spBv1.0/g/DDATA/n/d", true), ("spBv1.0/g/NDATA/n/d", false),
        ("spBv1.0/g/DBIRTH/n", false), ("spBv1.0/g/NCMD/n", false), ("spBv1.0/STATE/host", false),
        ("spAv1.0/g/NBIRTH/n", false), ("spBv1.0/g/NBIRTH/", false), ("", false), ("spBv1.0", false),
    ])
    func `a topic is read, and commands and strangers are not`(topic: String, isRead: Bool) {
        #expect((SparkplugTopic(topic) != nil) == isRead)
    }

    @Test func `a birth says what the numbers of later messages stand for`() {
        var plant = Plant()
        plant.beBorn()
        let node = plant.hear(.nodeData, seq: 2, metric(nil, alias: 1, .float(2.25)))
        #expect(node == [.sample(source: 0, position: 0, Sample(PointID(0), .number(2.25), at: now))])
        let device = plant.hear(
            .deviceData, device: "P1", seq: 3, metric(nil, alias: 3, .double(0.75), at: now - 1000),
            metric(nil, alias: 2, .word(UInt32(bitPattern: -3))), metric(nil, alias: 4, .flag(false)))
        #expect(
            device == [
                .sample(source: 1, position: 1, Sample(PointID(2), .number(0.75), at: now - 1000)),
                .sample(source: 1, position: 0, Sample(PointID(1), .number(-3), at: now)),
            ])
        #expect(plant.node.counts == .init())
    }

    @Test func `a number that no birth explained is counted and a name needs no birth`() {
        var plant = Plant()
        #expect(plant.hear(.nodeData, seq: 9, metric(nil, alias: 1, .float(1))).isEmpty)
        #expect(plant.node.counts.unknownAliases == 1)
        #expect(
            sample(plant.hear(.nodeData, seq: 10, metric("Level", .float(1), .float)).first)?.quality == .good
        )
        plant.beBorn()
        _ = plant.hear(.nodeBirth, seq: 0, metric("bdSeq", .long(8), .int64))
        #expect(plant.hear(.nodeData, seq: 1, metric(nil, alias: 1, .float(1))).isEmpty)
    }

    @Test func `only the death of this birth takes the node and its devices away`() {
        var plant = Plant()
        plant.beBorn()
        #expect(plant.hear(.nodeDeath, seq: nil, metric("bdSeq", .long(6), .int64)).isEmpty)
        #expect(plant.node.counts.staleDeaths == 1)
        #expect(
            plant.hear(.nodeDeath, seq: nil, metric("bdSeq", .long(7), .int64))
                == [.gone(source: 0), .gone(source: 1)])
    }

    @Test func `the death of a device is its own`() {
        var plant = Plant()
        plant.beBorn()
        #expect(plant.hear(.deviceDeath, device: "P1", seq: 2) == [.gone(source: 1)])
        #expect(plant.hear(.deviceBirth, device: "P1", seq: 3).first == .there(source: 1))
        #expect(plant.hear(.deviceDeath, device: "P2", seq: 4).isEmpty)
    }

    @Test func `after a message left out no number is believed until the next birth, but names are`() {
        var plant = Plant()
        plant.beBorn()
        let after = plant.hear(
            .nodeData, seq: 3, metric(nil, alias: 1, .float(1)), metric("Level", .float(2), .float))
        #expect(after.prefix(2) == [.missed(source: 0), .missed(source: 1)])
        #expect(after.count == 3)
        #expect(sample(after.last)?.value == .number(2))
        #expect(sample(after.last)?.quality == .good)
        #expect(plant.hear(.nodeData, seq: 4, metric(nil, alias: 1, .float(1))).isEmpty)
        #expect(plant.node.counts.gaps == 1)
        #expect(plant.node.counts.unknownAliases == 2)
        plant.beBorn()
        #expect(
            sample(plant.hear(.nodeData, seq: 2, metric(nil, alias: 1, .float(1))).last)?.quality == .good)
    }

    @Test func `a connection that broke takes the numbers with it and is no gap`() {
        var plant = Plant()
        plant.beBorn()
        plant.node.restart()
        #expect(plant.hear(.nodeData, seq: 90, metric(nil, alias: 1, .float(1))).isEmpty)
        #expect(plant.node.counts == .init(unknownAliases: 1))
        plant.beBorn()
        #expect(plant.hear(.nodeData, seq: 2, metric(nil, alias: 1, .float(1))).count == 1)
    }

    @Test func `a device that is born again leaves its old numbers behind`() {
        var plant = Plant()
        plant.beBorn()
        _ = plant.hear(
            .deviceBirth, device: "P1", seq: 2, metric("Run/Speed", alias: 5, .word(1), .int32))
        #expect(plant.hear(.deviceData, device: "P1", seq: 3, metric(nil, alias: 2, .word(9))).isEmpty)
        #expect(plant.hear(.deviceData, device: "P1", seq: 4, metric(nil, alias: 5, .word(9))).count == 1)
        #expect(plant.hear(.nodeData, seq: 5, metric(nil, alias: 1, .float(9))).count == 1)
    }

    @Test func `a number that is given away again never stands for what it was, even among very many`() {
        var plant = Plant()
        plant.beBorn()
        var findings: [SparkplugNode.Finding] = []
        let many = (UInt64(100)..<20_100).map { (alias: UInt64) in
            metric("m\(alias)", alias: alias, .flag(true), .boolean)
        }
        plant.node.handle(
            .deviceBirth, device: "P2", SparkplugPayload(timestamp: now, sequence: 2, metrics: many), at: now,
            into: &findings)
        _ = plant.hear(.deviceBirth, device: "P3", seq: 3, metric("Other", alias: 1, .float(1), .float))
        #expect(plant.hear(.nodeData, seq: 4, metric(nil, alias: 1, .float(9))).isEmpty)
        #expect(plant.node.counts == .init())
    }

    @Test func `a birth that the broker kept explains numbers and brings nobody back`() {
        var plant = Plant()
        plant.beBorn()
        plant.node.restart()
        let birth = plant.hear(
            .nodeBirth, seq: 0, retained: true, metric("bdSeq", .long(3), .int64),
            metric("Level", alias: 1, .float(1.5), .float))
        #expect(birth.count == 1)
        #expect(sample(birth.first)?.quality == .uncertain(.retained))
        #expect(plant.hear(.nodeData, seq: 90, metric(nil, alias: 1, .float(2))).count == 1)
        #expect(
            plant.hear(.nodeDeath, seq: nil, metric("bdSeq", .long(7), .int64))
                == [.gone(source: 0), .gone(source: 1)])
        let device = plant.hear(
            .deviceBirth, device: "P1", seq: 1, retained: true, metric("Load", alias: 3, .double(1), .double))
        #expect(!device.contains(.there(source: 1)))
    }

    @Test func `a birth that the broker kept does not overrule one that was heard`() {
        var plant = Plant()
        plant.beBorn()
        _ = plant.hear(.nodeBirth, seq: 0, retained: true, metric("Other", alias: 1, .float(1), .float))
        #expect(plant.hear(.nodeData, seq: 2, metric(nil, alias: 1, .float(2))).count == 1)
    }

    @Test func `what the node kept while it was away is for the history alone`() {
        var plant = Plant()
        plant.beBorn()
        let past = SparkplugMetric(
            name: nil, alias: 1, timestamp: now - 1000, isHistorical: true, raw: .float(4))
        #expect(
            plant.hear(.nodeData, seq: 2, past) == [
                .historical(source: 0, position: 0, Sample(PointID(0), .number(4), at: now - 1000))
            ])
    }

    @Test func `the sequence goes round after 255`() {
        var plant = Plant()
        _ = plant.hear(.nodeBirth, seq: 0)
        for number in 1...600 { _ = plant.hear(.nodeData, seq: UInt64(number & 255)) }
        #expect(plant.node.counts.gaps == 0)
    }

    @Test(arguments: [
        (SparkplugMetric.Raw.word(0xFF), SparkplugMetric.Kind.int8, Value.integer(-1)),
        (.word(0xFFFF_FF80), .int8, .integer(-128)), (.word(0xFFFE), .int16, .integer(-2)),
        (.word(0xFFFF_FFFD), .int32, .integer(-3)), (.long(UInt64(bitPattern: -4)), .int64, .integer(-4)),
        (.word(200), .uint8, .integer(200)), (.word(65_535), .uint16, .integer(65_535)),
        (.word(.max), .uint32, .integer(4_294_967_295)),
        (.long(4_294_967_295), .uint32, .integer(4_294_967_295)),
        (.long(.max), .uint64, .number(1.8446744073709552e19)), (.long(5), .uint64, .integer(5)),
        (.float(0.1), .float, .number(0.1)), (.double(0.1), .double, .number(0.1)),
        (.flag(true), .boolean, .flag(true)), (.text("水"), .string, .text("水")),
        (.long(UInt64(now)), .dateTime, .integer(now)), (.text("x"), .text, .text("x")),
    ])
    func `every type is read`(raw: SparkplugMetric.Raw, kind: SparkplugMetric.Kind, expected: Value) {
        #expect(raw.value(kind) == expected)
    }

    @Test func `a value of another type than the birth said has none, and null is a missing sensor`() {
        var plant = Plant()
        plant.beBorn()
        let wrong = plant.hear(
            .nodeData, seq: 2, metric(nil, alias: 1, .text("1.5")), metric(nil, alias: 1, nil),
            metric(nil, alias: 1, .float(.nan)))
        #expect(
            wrong.map { sample($0)?.quality } == [.bad(.undecodable), .bad(.sensorFault), .bad(.undecodable)])
    }

    @Test func `old values keep their time and times ahead of ours are doubted`() {
        var plant = Plant()
        plant.beBorn()
        let old = plant.hear(
            .nodeData, seq: 2, metric(nil, alias: 1, .float(1), at: now - 3_600_000),
            metric(nil, alias: 1, .float(1), at: now + 3_600_000),
            metric(nil, alias: 1, .float(1), at: .min))
        #expect(
            old.map { sample($0)?.quality } == [
                .uncertain(.stale), .uncertain(.clockSkew), .uncertain(.clockSkew),
            ])
        #expect(sample(old[0])?.wallMilliseconds == now - 3_600_000)
    }
}

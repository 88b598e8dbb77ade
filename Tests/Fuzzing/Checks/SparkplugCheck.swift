import Acquisition
import Facility

/// Messages of an edge node in any order with any numbers make samples of its own points, and nothing worse.
enum SparkplugCheck {
    private static let kinds: [SparkplugTopic.Kind] = [
        .nodeBirth, .nodeDeath, .nodeData, .deviceBirth, .deviceDeath, .deviceData,
    ]
    private static let names = ["bdSeq", "a", "b", "c", nil]

    static func finding(_ bytes: [UInt8]) -> String? {
        var input = FuzzInput(bytes)
        var node = SparkplugNode()
        node.add(source(first: 10), as: 0, device: nil)
        node.add(source(first: 20), as: 1, device: "d")
        var now: Int64 = 1_790_000_000_000
        while !input.isAtEnd {
            let kind = input.choice(kinds)
            let isDevice = kind == .deviceBirth || kind == .deviceDeath || kind == .deviceData
            let payload = SparkplugPayload(
                timestamp: time(&input, now), sequence: number(&input).map { UInt64(bitPattern: $0) },
                metrics: (0..<input.number(0...5)).map { _ in metric(&input, now) })
            var findings: [SparkplugNode.Finding] = []
            node.handle(
                kind, device: isDevice ? input.choice(["d", "e"]) : nil, payload,
                isRetained: input.byte() & 1 == 1, at: now, into: &findings)
            for finding in findings {
                guard case .sample(let source, let position, let sample) = finding else { continue }
                if sample.point != PointID((source + 1) * 10 + position) {
                    return "a point of another source"
                }
                if let finding = SampleCheck.finding(sample) { return finding }
                if sample.quality == .good, sample.wallMilliseconds > now + PayloadTime.usualSkew {
                    return "a value of the future is good"
                }
            }
            now += Int64(input.word())
        }
        return nil
    }

    private static func metric(_ input: inout FuzzInput, _ now: Int64) -> SparkplugMetric {
        let bits = UInt64(bitPattern: number(&input) ?? 0)
        let raw: SparkplugMetric.Raw? =
            switch input.byte() % 7 {
            case 0: .word(UInt32(truncatingIfNeeded: bits))
            case 1: .long(bits)
            case 2: .float(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
            case 3: .double(Double(bitPattern: bits))
            case 4: .flag(bits & 1 == 1)
            case 5: .text(String(decoding: input.take(input.number(0...9)), as: UTF8.self))
            default: nil
            }
        return SparkplugMetric(
            name: input.choice(names), alias: number(&input).map { UInt64(bitPattern: $0) },
            timestamp: time(&input, now), datatype: input.byte() & 1 == 1 ? UInt32(input.byte() % 20) : nil,
            raw: raw)
    }

    /// Small numbers, the ends of the range, and anything between; now and then none.
    private static func number(_ input: inout FuzzInput) -> Int64? {
        switch input.byte() & 7 {
        case 0: nil
        case 1: .min
        case 2: .max
        case 3: -1
        case 4: input.take(8).reduce(0) { $0 << 8 | Int64($1) }
        default: Int64(input.byte())
        }
    }

    private static func time(_ input: inout FuzzInput, _ now: Int64) -> Int64? {
        guard let number = number(&input) else { return nil }
        return input.byte() & 1 == 0 ? number : now &- number &* 1000
    }

    private static func source(first: Int) -> MQTTSource {
        let points = ["a", "b", "c"].map { name in
            MQTTPoint(
                meaning: PointMeaning(name: name, label: Bilingual(zh: name, en: name), kind: .gauge),
                pointer: name, type: name == "c" ? .bool : .number,
                scaling: name == "b" ? .init(scale: 0.1, range: -100...1e6) : .init())
        }
        return MQTTSource(
            asset: AssetID("A\(first)"), topic: "g/n", availabilityTopic: nil,
            map: MQTTMap(
                format: .sparkplug, topic: "g/n", expectedMilliseconds: 60_000, availability: nil,
                points: points),
            points: points.indices.map { PointID(first + $0) })
    }
}

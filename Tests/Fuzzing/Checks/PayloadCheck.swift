import Acquisition
import Facility

/// Every payload decodes to at most one sample per point, or says that it cannot be read.
enum PayloadCheck {
    static func finding(_ bytes: [UInt8]) -> String? {
        let payload = Array(bytes.dropFirst())
        let source = sources[Int(bytes.first ?? 0) % sources.count]
        var samples: [Sample] = []
        var decoder = PayloadDecoder(source)
        let failure = decoder.decode(
            payload, isRetained: payload.count & 1 == 1, at: 1_790_000_000_000, into: &samples)
        if samples.count > source.points.count { return "more samples than points" }
        if Set(samples.map(\.point)).count != samples.count { return "a point twice" }
        for sample in samples {
            if !source.points.contains(sample.point) { return "a point of nobody" }
            if let finding = SampleCheck.finding(sample) { return finding }
            if case .text(let text)? = sample.value, text.utf8.count > PayloadDecoder.longestText {
                return "a text too long to keep"
            }
        }
        guard failure != nil else { return nil }
        return samples.count == source.points.count && samples.allSatisfy { $0.quality == .bad(.undecodable) }
            ? nil : "a refused payload leaves values standing"
    }

    private static let sources = [
        source([("/a", .number), ("/b/c", .bool), ("/d/0", .text), ("/d/1/e", .number), ("/state", .text)]),
        source([("", .number)]),
        source([("", .text)]),
        source([("", .bool), ("/x", .number)]),
        source([("/a~1b", .number), ("/~0", .text), ("/", .number), ("/a/a/a/a", .bool), ("/a", .text)]),
    ]

    private static func source(_ places: [(String, PayloadType)]) -> MQTTSource {
        let points = places.enumerated().map { index, place in
            MQTTPoint(
                meaning: PointMeaning(
                    name: "p\(index)", label: Bilingual(zh: "p", en: "p"), kind: .gauge), pointer: place.0,
                type: place.1,
                scaling: index & 1 == 0 ? .init() : .init(scale: 0.1, offset: -40, range: -100...1e6))
        }
        return MQTTSource(
            asset: "A", topic: "t", availabilityTopic: nil,
            map: MQTTMap(topic: "t", expectedMilliseconds: 60_000, availability: nil, points: points),
            points: points.indices.map { PointID($0) })
    }
}

/// A device is gone, or there, only if it says so in its own word.
enum AvailabilityCheck {
    private static let payload = AvailabilityPayload(
        .init(topic: "t", online: "online", offline: "offline"))

    static func finding(_ bytes: [UInt8]) -> String? {
        guard let isOffline = payload.isOffline(bytes) else { return nil }
        let word = Array((isOffline ? "offline" : "online").utf8)
        let isSaid = bytes.indices.contains { bytes[$0...].starts(with: word) }
        return isSaid ? nil : "a word that nobody said"
    }
}

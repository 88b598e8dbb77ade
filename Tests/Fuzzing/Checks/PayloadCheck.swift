import Acquisition
import Facility

/// Every payload decodes to at most one sample per point, or says that it cannot be read.
enum PayloadCheck {
    static func finding(_ bytes: [UInt8]) -> String? {
        let source = sources[Int(bytes.first ?? 0) % sources.count]
        var decoder = PayloadDecoder(source, zone: .fixed("UTC", hours: 8))
        var now: Int64 = 1_790_000_000_000
        // Several payloads one after another: the clock of a source remembers those before.
        for payload in bytes.dropFirst().split(separator: 0, maxSplits: 8, omittingEmptySubsequences: false) {
            if let finding = finding(&decoder, Array(payload), source, at: now) { return finding }
            now += Int64(payload.count) * Int64(payload.last ?? 1) * 97
        }
        return nil
    }

    private static func finding(
        _ decoder: inout PayloadDecoder, _ payload: [UInt8], _ source: MQTTSource, at now: Int64
    ) -> String? {
        var samples: [Sample] = []
        let failure = decoder.decode(payload, isRetained: payload.count & 1 == 1, at: now, into: &samples)
        if samples.count > source.points.count { return "more samples than points" }
        if Set(samples.map(\.point)).count != samples.count { return "a point twice" }
        for sample in samples {
            if !source.points.contains(sample.point) { return "a point of nobody" }
            if let finding = SampleCheck.finding(sample) { return finding }
            if case .text(let text)? = sample.value, text.utf8.count > PayloadDecoder.longestText {
                return "a text too long to keep"
            }
            if sample.quality == .good, sample.wallMilliseconds > now + PayloadTime.usualSkew {
                return "a value of the future is good"
            }
        }
        switch failure {
        case nil: return nil
        case .repeated?: return samples.isEmpty ? nil : "a repeated payload makes samples"
        case .malformed?, .tooLong?:
            return samples.count == source.points.count
                && samples.allSatisfy { $0.quality == .bad(.undecodable) }
                ? nil : "a refused payload leaves values standing"
        }
    }

    private static let sources = [
        source([("/a", .number), ("/b/c", .bool), ("/d/0", .text), ("/d/1/e", .number), ("/state", .text)]),
        source([("", .number)]),
        source([("", .text)]),
        source([("", .bool), ("/x", .number)]),
        source([("/a~1b", .number), ("/~0", .text), ("/", .number), ("/a/a/a/a", .bool), ("/a", .text)]),
        source([("/a", .number)], PayloadTime(pointer: "/t", format: .unixMilliseconds)),
        source([("/a", .number)], PayloadTime(pointer: "/t", format: .unixSeconds)),
        source([("/a", .number)], PayloadTime(pointer: "/t", format: .iso8601)),
    ]

    private static func source(_ places: [(String, PayloadType)], _ time: PayloadTime? = nil) -> MQTTSource {
        let points = places.enumerated().map { index, place in
            MQTTPoint(
                meaning: PointMeaning(
                    name: "p\(index)", label: Bilingual(zh: "p", en: "p"), kind: .gauge), pointer: place.0,
                type: place.1,
                scaling: index & 1 == 0 ? .init() : .init(scale: 0.1, offset: -40, range: -100...1e6))
        }
        return MQTTSource(
            asset: "A", topic: "t", availabilityTopic: nil,
            map: MQTTMap(
                topic: "t", expectedMilliseconds: 60_000, availability: nil, time: time, points: points),
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

import Facility
import Foundation
import Testing

@testable import Acquisition

private func source(_ points: [MQTTPoint]) -> MQTTSource {
    MQTTSource(
        asset: "A", topic: "t", availabilityTopic: nil,
        map: MQTTMap(topic: "t", expectedMilliseconds: 60_000, availability: nil, points: points),
        points: points.indices.map { PointID($0) })
}

private func place(
    _ pointer: String, _ type: PayloadType = .number, flags: [String: Bool] = [:],
    scaling: Scaling = .init(), states: [Point.State] = []
) -> MQTTPoint {
    MQTTPoint(
        meaning: meaning(pointer, states: states), pointer: pointer, type: type, flags: flags,
        scaling: scaling)
}

@Suite struct PayloadTests {
    private func decode(
        _ payload: String, _ points: MQTTPoint..., retained: Bool = false
    ) -> (samples: [Sample], error: PayloadError?) {
        var samples: [Sample] = []
        var decoder = PayloadDecoder(source(points))
        let error = decoder.decode(
            Array(payload.utf8), isRetained: retained, at: 5, into: &samples)
        return (samples, error)
    }

    private func value(_ payload: String, _ point: MQTTPoint) -> Value? {
        decode(payload, point).samples.first?.value
    }

    private func quality(_ payload: String, _ point: MQTTPoint) -> Quality? {
        decode(payload, point).samples.first?.quality
    }

    @Test func `real payloads give the values a reader must get`() throws {
        guard let data = SharedData.file("mqtt/samples.jsonl") else { return }
        var checked = 0
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let record = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let payload = try #require(record["payload"] as? String)
            for (name, expected) in try #require(record["expect"] as? [String: Any]) {
                let pointer = name == "." ? "" : "/" + name.replacing(".", with: "/")
                switch expected {
                case let text as String: #expect(value(payload, place(pointer, .text)) == .text(text))
                case let number as NSNumber where payload.contains(":\(number.boolValue)"):
                    #expect(value(payload, place(pointer, .bool)) == .flag(number.boolValue))
                case let number as NSNumber:
                    #expect(value(payload, place(pointer)) == .number(number.doubleValue))
                default: Issue.record("\(name) has no expectation")
                }
                checked += 1
            }
        }
        #expect(checked >= 14)
    }

    @Test func `numbers are read where they stand, plain, nested, in lists and as text`() {
        #expect(value(#"{"t":-22.75}"#, place("/t")) == .number(-22.75))
        #expect(value(#" {"a" : {"b":[1, {"c/d~e": 2.5e3}]}}"#, place("/a/b/1/c~1d~0e")) == .number(2500))
        #expect(value(#"{"b":"100.00"}"#, place("/b")) == .number(100))
        #expect(value("22.5\n", place("")) == .number(22.5))
        #expect(value(#"{"a":0.1}"#, place("/a", scaling: Scaling(scale: 0.1))) == .number(0.01))
        #expect(value(#"{"a":12345678901234567890}"#, place("/a")) == .number(1.2345678901234567e19))
        #expect(value(#"{"\u0061\n":1}"#, place("/a\n")) == .number(1))
    }

    @Test func `contacts are read as booleans, words and digits`() {
        #expect(value(#"{"w":false}"#, place("/w", .bool)) == .flag(false))
        #expect(value(#"{"w":"ON"}"#, place("/w", .bool)) == .flag(true))
        #expect(value(#"{"w":1}"#, place("/w", .bool)) == .flag(true))
        let open = place("/w", .bool, flags: ["open": true, "shut": false])
        #expect(value(#"{"w":"shut"}"#, open) == .flag(false))
        #expect(quality(#"{"w":"ON"}"#, open) == .bad(.undecodable))
        #expect(value("OFF", place("", .bool)) == .flag(false))
    }

    @Test func `a state is a whole number`() {
        let states = [Point.State(code: 1, name: "on", label: Bilingual(zh: "开", en: "on"))]
        #expect(value(#"{"m":1}"#, place("/m", states: states)) == .integer(1))
        #expect(quality(#"{"m":1.5}"#, place("/m", states: states)) == .bad(.undecodable))
    }

    @Test func `texts keep their meaning`() {
        #expect(value(#"{"s":"\u6c34\ud83d\ude00\t\"\\"}"#, place("/s", .text)) == .text("水😀\t\"\\"))
        #expect(value(#"{"s":"水"}"#, place("/s", .text)) == .text("水"))
        #expect(quality(#"{"s":{"a":1}}"#, place("/s", .text)) == .bad(.undecodable))
        #expect(
            quality("{\"s\":\"\(String(repeating: "x", count: 2000))\"}", place("/s", .text))
                == .bad(.undecodable))
    }

    @Test func `of a name that occurs twice the last counts, with everything below it`() {
        #expect(value(#"{"a":1,"a":2}"#, place("/a")) == .number(2))
        #expect(decode(#"{"a":{"x":1},"a":{"y":2}}"#, place("/a/x")).samples.isEmpty)
    }

    @Test func `what is not there makes no sample and null is a missing sensor`() {
        let result = decode(#"{"a":1,"b":null}"#, place("/a"), place("/b"), place("/c"))
        #expect(result.error == nil)
        #expect(result.samples.map(\.quality) == [.good, .bad(.sensorFault)])
    }

    @Test func `a retained payload is doubted`() {
        #expect(
            decode(#"{"a":1}"#, place("/a"), retained: true).samples.map(\.quality)
                == [.uncertain(.retained)])
    }

    @Test func `impossible and implausible numbers have no value`() {
        #expect(quality(#"{"a":1e999}"#, place("/a")) == .bad(.undecodable))
        #expect(quality(#"{"a":"nan"}"#, place("/a")) == .bad(.undecodable))
        #expect(quality(#"{"a":99}"#, place("/a", scaling: Scaling(range: 0...50))) == .bad(.outOfRange))
        #expect(quality(#"{"a":-127}"#, place("/a", scaling: Scaling(badBelow: -100))) == .bad(.sensorFault))
    }

    @Test(arguments: [
        "", " ", "{", "{}x", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{\"a\":NaN}", "{\"a\":01}",
        "{\"a\":.5}",
        "{\"a\":1.}", "{\"a\":+1}", "{\"a\":1e}", "{\"a\":\"x}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}",
        "{\"a\":tru}", "{\"a\":\"\u{01}\"}", "nul", "-", "{\"a\":1}{\"a\":2}",
        String(repeating: "[", count: 17) + String(repeating: "]", count: 17),
        "{\"a\":" + String(repeating: "[", count: 100_000),
        "{\"a\":\"" + String(repeating: "x", count: 70_000) + "\"}",
    ])
    func `a payload against the grammar is refused as a whole`(payload: String) {
        let result = decode(payload, place("/a"), place("/b"))
        #expect(result.error == (payload.utf8.count > 65_536 ? .tooLong : .malformed))
        #expect(result.samples.map(\.quality) == [.bad(.undecodable), .bad(.undecodable)])
    }

    @Test(arguments: UInt64(0)..<500)
    func `a payload with bytes knocked out never crashes and is judged like any other JSON`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var bytes = Array(#"{"a":1.5,"b":{"c":[true,null,"x\u0041",-2e3]},"d":"7"}"#.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 32...126, using: &random)
        }
        var samples: [Sample] = []
        var decoder = PayloadDecoder(source([place("/a"), place("/b/c/3"), place("/d")]))
        let error = decoder.decode(bytes, isRetained: false, at: 0, into: &samples)
        let judged = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        if judged == nil { #expect(error != nil, "\(String(decoding: bytes, as: UTF8.self))") }
    }

    @Test func `a device says in either way whether it is there`() {
        let words = AvailabilityPayload(.init(topic: "", online: "online", offline: "offline"))
        #expect(words.isOffline(Array("offline".utf8)) == true)
        #expect(words.isOffline(Array("online".utf8)) == false)
        #expect(words.isOffline(Array(#"{"state":"offline"}"#.utf8)) == true)
        #expect(words.isOffline(Array("hello".utf8)) == nil)
    }
}

@Suite struct TopicFilterTests {
    @Test(arguments: [
        ("a/b", "a/b", true), ("a/b", "a/b/c", false), ("a/+", "a/b", true), ("a/+", "a", false),
        ("a/+", "a/b/c", false), ("+/b", "a/b", true), ("a/#", "a/b/c", true), ("a/#", "a", true),
        ("#", "a/b", true), ("#", "$SYS/x", false), ("+/x", "$SYS/x", false), ("$SYS/#", "$SYS/x", true),
        ("a/+/c", "a//c", true), ("+", "", true), ("a", "A", false),
    ])
    func `a filter matches the topics it means`(filter: String, topic: String, isMatch: Bool) {
        #expect(TopicFilter(filter)?.matches(topic) == isMatch)
    }

    @Test(arguments: ["", "a#", "a/#/b", "a+/b", "#/a"])
    func `a filter against the rules is refused`(text: String) {
        #expect(TopicFilter(text) == nil)
    }
}

@Suite struct StalenessTests {
    private func moment(_ uptime: Int64) -> Moment {
        Moment(wallMilliseconds: uptime, uptimeMilliseconds: uptime)
    }

    @Test func `silence is said once, and again after the next reading`() {
        var watch = Staleness([(PointID(0), 3000), (PointID(1), nil)], meaning: .stale, at: 0)
        watch.heard(0, .integer(5), at: 0)
        var samples: [Sample] = []
        for second in Int64(1)...20 { watch.sweep(at: moment(1000 * second), into: &samples) }
        #expect(samples.map(\.quality) == [.uncertain(.stale)])
        #expect(samples.first?.value == .integer(5))
        #expect(samples.first?.wallMilliseconds == 4000)
        watch.heard(0, .integer(6), at: 20_000)
        for second in Int64(20)...30 { watch.sweep(at: moment(1000 * second), into: &samples) }
        #expect(samples.count == 2)
    }

    @Test func `a source that never spoke is offline`() {
        var watch = Staleness([(PointID(0), 3000)], meaning: .offline, at: 0)
        var samples: [Sample] = []
        watch.sweep(at: moment(3001), into: &samples)
        #expect(samples.map(\.quality) == [.bad(.offline)])
    }

    @Test func `a point that is bad already is not called silent too`() {
        var watch = Staleness([(PointID(0), 3000)], meaning: .offline, at: 0)
        watch.heard(0, nil, at: 0)
        var samples: [Sample] = []
        watch.sweep(at: moment(60_000), into: &samples)
        #expect(samples.isEmpty)
    }
}

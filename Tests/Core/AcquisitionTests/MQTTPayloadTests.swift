import Facility
import Testing

@testable import Acquisition

private let shanghai = SiteZone.fixed("Asia/Shanghai", hours: 8)
/// 2026-03-06T09:00:00Z.
private let now: Int64 = 1_772_787_600_000

private func decoder(
    _ pointers: [String], time: PayloadTime? = nil, expected: Int64 = 600_000
) -> PayloadDecoder {
    let points = pointers.map {
        MQTTPoint(
            meaning: PointMeaning(name: "p", label: Bilingual(zh: "p", en: "p"), kind: .gauge),
            pointer: $0, type: .number)
    }
    let map = MQTTMap(
        topic: "t", expectedMilliseconds: expected, availability: nil, time: time, points: points)
    return PayloadDecoder(
        MQTTSource(
            asset: "A", topic: "t", availabilityTopic: nil, map: map,
            points: points.indices.map { PointID($0) }), zone: shanghai)
}

extension PayloadDecoder {
    fileprivate mutating func samples(
        _ payload: String, at moment: Int64 = now, retained: Bool = false
    ) -> [Sample] {
        var samples: [Sample] = []
        _ = decode(Array(payload.utf8), isRetained: retained, at: moment, into: &samples)
        return samples
    }
}

@Suite struct ListElementTests {
    private func value(_ payload: String, _ pointer: String) -> Value? {
        var decoder = decoder([pointer])
        return decoder.samples(payload).first?.value
    }

    @Test func `an element is found by what one of its members is, wherever that stands`() {
        let list = #"{"s":[{"id":"a","t":1},{"t":2,"id":"b"},{"id":3,"t":{"c":[7,8]}}]}"#
        #expect(value(list, "/s/[id=a]/t") == .number(1))
        #expect(value(list, "/s/[id=b]/t") == .number(2))
        #expect(value(list, "/s/[id=3]/t/c/1") == .number(8))
        #expect(value(list, "/s/[id=c]/t") == nil)
        #expect(value(list, "/s/1/t") == .number(2))
        #expect(value(#"[{"n":"\u0061\/b","v":5}]"#, "/[n=a~1b]/v") == .number(5))
    }

    @Test func `of several elements that fit the first is meant, and of a list that comes twice the last`() {
        #expect(value(#"[{"id":1,"t":1},{"id":1,"t":2}]"#, "/[id=1]/t") == .number(1))
        #expect(value(#"{"s":[{"id":1,"t":1}],"s":[{"id":2,"t":2}]}"#, "/s/[id=1]/t") == nil)
    }

    @Test func `what looks like an element and is none makes no value`() {
        for payload in [#"[[1],"x",null,{"id":null,"t":1},{"id":{"a":1},"t":1}]"#, "{}", "7"] {
            #expect(value(payload, "/[id=1]/t") == nil)
        }
    }
}

@Suite struct PayloadTimeTests {
    @Test(arguments: [
        ("2026-03-06T17:00:00+08:00", now), ("2026-03-06T09:00:00Z", now),
        ("2026-03-06 09:00:00.250z", now + 250),
        ("2026-03-06T17:00", now), ("2026-03-06T17:00:00,7", now + 700),
        ("2026-03-06T05:30:00-0330", now), ("2026-03-06T17:00:00.123456789+08", now + 123),
        ("2016-12-31T23:59:60Z", 1_483_228_799_000),
    ])
    func `a written time is an instant`(text: String, expected: Int64) {
        #expect(
            WrittenTime(Array(text.utf8))?.wallMilliseconds(zone: shanghai, near: now) == expected)
    }

    @Test(arguments: [
        "", "17:00:00", "2026-03-06", "2026-02-30T00:00:00Z", "2026-03-06T24:00:00Z", "2026-03-06T17:60:00",
        "2026-03-06T17:00:00+8", "2026-03-06T17:00:00Zx", "2026-03-06T17:00:00.", "20260306T170000Z",
    ])
    func `what is no time is not taken for one`(text: String) {
        #expect(WrittenTime(Array(text.utf8)) == nil)
    }

    @Test func `an hour that comes twice is the one closer to now`() {
        // Clocks go back from +2 to +1 at 2026-10-25T01:00:00Z.
        let change: Int64 = 1_792_890_000_000
        let zone = SiteZone(name: "Europe/Berlin") { $0 < change ? 7200 : 3600 }
        let written = WrittenTime(Array("2026-10-25T02:30:00".utf8))
        #expect(written?.wallMilliseconds(zone: zone, near: change - 1_800_000) == change - 1_800_000)
        #expect(written?.wallMilliseconds(zone: zone, near: change + 1_800_000) == change + 1_800_000)
    }

    private func unix(_ skew: Int64 = 60_000) -> PayloadTime {
        PayloadTime(pointer: "/ts", format: .unixMilliseconds, maximumSkewMilliseconds: skew)
    }

    @Test func `the payload's own time is the sample's`() {
        var millis = decoder(["/v"], time: unix())
        #expect(millis.samples("{\"v\":1,\"ts\":\(now - 5000)}").first?.wallMilliseconds == now - 5000)
        var seconds = decoder(["/v"], time: PayloadTime(pointer: "/ts", format: .unixSeconds))
        #expect(seconds.samples("{\"v\":1,\"ts\":\"1772787599.5\"}").first?.wallMilliseconds == now - 500)
        var tasmota = decoder(["/v"], time: PayloadTime(pointer: "/Time", format: .iso8601))
        #expect(
            tasmota.samples(#"{"Time":"2026-03-06T16:59:58","v":1}"#).first?.wallMilliseconds == now - 2000)
        var plain = decoder(["/v"], time: unix())
        #expect(plain.samples(#"{"v":1}"#).first == Sample(PointID(0), .number(1), at: now))
    }

    @Test func `a time ahead of ours, or none that can be read, is doubted and ours is taken`() {
        for time in ["\(now + 60_001)", "\"soon\"", "null", "1e300", "{}"] {
            var decoder = decoder(["/v"], time: unix())
            #expect(
                decoder.samples("{\"v\":1,\"ts\":\(time)}")
                    == [Sample(PointID(0), .number(1), .uncertain(.clockSkew), at: now)], "\(time)")
        }
    }

    @Test func `an old value keeps its time and does not stand for the present`() {
        var decoder = decoder(["/v"], time: unix())
        #expect(
            decoder.samples("{\"v\":1,\"ts\":\(now - 3_600_000)}")
                == [Sample(PointID(0), .number(1), .uncertain(.stale), at: now - 3_600_000)])
    }

    @Test func `a backlog is old and a slow clock is doubted`() {
        var backlog = decoder(["/v"], time: unix())
        for step in Int64(0)..<50 {
            let sample = backlog.samples(
                "{\"v\":1,\"ts\":\(now - 7_200_000 + step * 60_000)}", at: now + step * 10
            ).first
            #expect(sample?.quality == .uncertain(.stale))
        }
        var slow = decoder(["/v"], time: unix())
        let qualities = (Int64(0)..<6).map { step in
            slow.samples("{\"v\":1,\"ts\":\(now - 7_200_000 + step * 60_000)}", at: now + step * 60_000)
                .first?
                .quality
        }
        #expect(
            qualities.suffix(3) == [.uncertain(.clockSkew), .uncertain(.clockSkew), .uncertain(.clockSkew)])
    }

    @Test func `the same payload of the same time counts once, unless the broker kept it`() {
        var decoder = decoder(["/v"], time: unix())
        let payload = "{\"v\":1,\"ts\":\(now)}"
        #expect(decoder.samples(payload).count == 1)
        #expect(decoder.samples(payload).isEmpty)
        #expect(decoder.samples(payload, retained: true).map(\.quality) == [.uncertain(.retained)])
        #expect(decoder.samples("{\"v\":2,\"ts\":\(now)}").count == 1)
    }
}

@Suite struct ValueWatchTests {
    private func moment(_ uptime: Int64) -> Moment {
        Moment(wallMilliseconds: now + uptime, uptimeMilliseconds: uptime)
    }

    private func sample(_ value: Double, _ quality: Quality = .good, at uptime: Int64) -> Sample {
        Sample(PointID(0), .number(value), quality, at: now + uptime)
    }

    @Test func `silence counts from when a value was measured, not from when it came`() {
        var watch = ValueWatch([(PointID(0), 10_000)], at: 0)
        #expect(watch.note(sample(1, at: 0), at: 0, now: moment(8000)) == true)
        var silent: [Sample] = []
        watch.sweep(at: moment(10_000), into: &silent)
        #expect(silent.isEmpty)
        watch.sweep(at: moment(11_001), into: &silent)
        #expect(silent.map(\.quality) == [.bad(.offline)])
    }

    @Test func `an older value than the newest is for the history alone`() {
        var watch = ValueWatch([(PointID(0), 10_000)], at: 0)
        #expect(watch.note(sample(2, at: 5000), at: 0, now: moment(5000)) == true)
        #expect(watch.note(sample(1, at: 4000), at: 0, now: moment(5000)) == false)
        #expect(watch.note(sample(1, .uncertain(.stale), at: -20_000), at: 0, now: moment(5000)) == false)
        #expect(watch.note(sample(3, at: 5000), at: 0, now: moment(6000)) == true)
    }

    @Test func `a late reading that failed, or one the broker kept, takes no newer value away`() {
        var watch = ValueWatch([(PointID(0), 10_000)], at: 0)
        let failed = { (uptime: Int64) in Sample(PointID(0), failed: .sensorFault, at: now + uptime) }
        #expect(watch.note(failed(1000), at: 0, isRetained: true, now: moment(1000)) == true)
        #expect(watch.note(sample(2, at: 5000), at: 0, now: moment(5000)) == true)
        #expect(watch.note(failed(4000), at: 0, now: moment(6000)) == false)
        #expect(watch.note(failed(6000), at: 0, isRetained: true, now: moment(6000)) == false)
        #expect(watch.kept(0, at: moment(6000))?.value == .number(2))
        #expect(watch.note(failed(6000), at: 0, now: moment(6000)) == true)
        #expect(watch.kept(0, at: moment(6000)) == nil)
    }

    @Test func `a kept value does not count as heard`() {
        var watch = ValueWatch([(PointID(0), 10_000)], at: 0)
        #expect(watch.note(sample(1, .uncertain(.retained), at: 9000), at: 0, now: moment(9000)) == true)
        var silent: [Sample] = []
        watch.sweep(at: moment(10_001), into: &silent)
        #expect(silent.count == 1)
    }

    @Test func `after an outage the last value stands again, doubted, for the rest of its time`() {
        var watch = ValueWatch([(PointID(0), 10_000)], at: 0)
        _ = watch.note(sample(1, at: 1000), at: 0, now: moment(1000))
        _ = watch.lost(0, at: moment(2000))
        #expect(
            watch.kept(0, at: moment(5000))
                == Sample(PointID(0), .number(1), .uncertain(.retained), at: now + 5000))
        #expect(watch.kept(0, at: moment(11_001)) == nil)
        watch.restart(0, at: 5000)
        #expect(watch.kept(0, at: moment(5000)) == nil)
    }

    @Test func `a wall clock that is put back stops nothing`() {
        var watch = ValueWatch([(PointID(0), 10_000)], at: 0)
        _ = watch.note(sample(1, at: 3_600_000), at: 0, now: moment(3_600_000))
        let back = Moment(wallMilliseconds: now, uptimeMilliseconds: 3_601_000)
        #expect(watch.note(Sample(PointID(0), .number(2), at: now), at: 0, now: back) == true)
    }
}

@Suite struct TopicTreeTests {
    @Test func `a topic finds all that belongs to it and nothing else`() {
        var tree = TopicTree<String>()
        for filter in ["a/b", "a/+", "a/#", "+/b", "#", "a//c", "$SYS/#", "a/b/c/#"] {
            #expect(tree.add(filter, filter) == true)
        }
        #expect(tree.add("a/#/b", "") == false)
        #expect(Set(tree.items(of: "a/b")) == ["a/b", "a/+", "a/#", "+/b", "#"])
        #expect(Set(tree.items(of: "a")) == ["a/#", "#"])
        #expect(Set(tree.items(of: "a//c")) == ["a//c", "a/#", "#"])
        #expect(Set(tree.items(of: "a/b/c")) == ["a/b/c/#", "a/#", "#"])
        #expect(tree.items(of: "$SYS/x") == ["$SYS/#"])
    }

    @Test(arguments: UInt64(0)..<200)
    func `the tree means what each filter means`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        func topic(_ levels: [String]) -> String {
            (0..<Int.random(in: 1...4, using: &random)).map { _ in
                levels.randomElement(using: &random) ?? ""
            }.joined(separator: "/")
        }
        let filters = (0..<20).map { _ in topic(["a", "b", "", "+", "+", "$x"]) }.enumerated().map {
            $0.offset % 3 == 0 ? $0.element + "/#" : $0.element
        }
        var tree = TopicTree<Int>()
        for (index, filter) in filters.enumerated() { #expect(tree.add(filter, index) == !filter.isEmpty) }
        for _ in 0..<20 {
            let topic = topic(["a", "b", "", "$x"])
            let meant = filters.indices.filter { TopicFilter(filters[$0])?.matches(topic) == true }
            #expect(Set(tree.items(of: topic)) == Set(meant), "\(topic) \(filters)")
        }
    }

    @Test func `every filter that could have asked for a message is found`() {
        let all = TopicFilter.all(meaning: "a/b/c")
        #expect(Set(all).count == all.count)
        #expect(all.allSatisfy { TopicFilter($0)?.matches("a/b/c") == true })
        #expect(Set(["a/b/c", "a/+/c", "+/+/+", "#", "a/#", "+/b/#", "a/b/c/#"]).isSubset(of: all))
        #expect(TopicFilter.all(meaning: "a/+").isEmpty)
        #expect(TopicFilter.all(meaning: String(repeating: "a/", count: 1000)).count < 2000)
    }
}

import Delivery
import Facility
import Notices
import Synchronization
import Testing

@Suite struct MQTTChannelTests {
    private func publications(of kind: Notice.Kind) async throws -> [Publication] {
        let log = Mutex<[Publication]>([])
        let ports = channelPorts { bus, topic, payload, retain in
            log.withLock {
                $0.append(
                    Publication(
                        bus: bus, topic: topic, payload: String(decoding: payload, as: UTF8.self),
                        retain: retain))
            }
        }
        let channel = try MQTTChannel(definition: definition("mqtt", ["bus": "broker"]), ports: ports)
        let outcome = await channel.send(outgoing(notice(17, kind, recipient: nil)))
        #expect(outcome == .delivered(answer: "sitewatch/riverside/alarm/17"))
        return log.withLock { $0 }
    }

    @Test(arguments: [Notice.Kind.raise, .escalate])
    func `an alarm stands on its topic as long as it lasts`(kind: Notice.Kind) async throws {
        let published = try await publications(of: kind)
        #expect(published.map(\.topic) == ["sitewatch/riverside/alarm/17", "sitewatch/riverside/event"])
        #expect(published.map(\.retain) == [true, false])
        #expect(published.allSatisfy { $0.bus == "broker" && $0.payload.contains("\"occurrence\":17") })
    }

    @Test(arguments: [Notice.Kind.clear, .raiseAndClear])
    func `an alarm that ended leaves no topic behind`(kind: Notice.Kind) async throws {
        let published = try await publications(of: kind)
        #expect(published.map(\.payload.isEmpty) == [true, false])
        #expect(published.map(\.retain) == [true, false])
    }

    @Test func `a broker that does not take it is tried again`() async throws {
        let channel = try MQTTChannel(
            definition: definition("mqtt", ["bus": "broker"]), ports: channelPorts())
        guard case .retry = await channel.send(outgoing(notice(1))) else {
            Issue.record("final")
            return
        }
    }

    @Test(arguments: ["", "a/#", "+/b", "$SYS/x", "a/", "a\nb"])
    func `a prefix that is no topic is refused`(prefix: String) {
        #expect(throws: DeliveryError.self) {
            try MQTTChannel(
                definition: definition("mqtt", ["bus": "broker", "prefix": prefix]), ports: channelPorts())
        }
    }

    @Test func `every kind has a name of its own, and an unknown one is refused`() {
        #expect(
            Channels.kinds.map(\.name) == [
                "aliyun-sms", "aliyun-voice", "dingtalk", "feishu", "mail", "mqtt", "pagerduty",
                "http-template", "webhook", "wecom-app", "wecom-robot",
            ])
        #expect(throws: DeliveryError.unknownKind(channel: "duty-hook", kind: "pager")) {
            try Channels.make(definition("pager", [:]), ports: channelPorts())
        }
    }
}

import Alarms
import Delivery
import Facility
import Foundation
import MQTTField
import Notices
import TestSupport
import Testing

extension IntegrationTests {
    /// The MQTT channel over a real broker.
    struct BrokerChannelTests {
        private static let hostile =
            "\"},{\"x\":1}\r\n+/#\u{202E}\u{0000}<script>alert(1)</script>"
            + String(repeating: "水👩‍👩‍👧‍👦", count: 400)

        private func notice(
            _ number: Int64, _ kind: Notice.Kind, holds: Bool? = nil, replaces: OccurrenceID? = nil
        ) -> OutgoingNotice {
            let notice = Notice(
                occurrence: OccurrenceID(number), key: AlarmKey(rule: "pump.low", asset: "P1"), step: 0,
                kind: kind,
                channel: "events", recipient: nil, language: .zh, priority: .p2, title: Self.hostile,
                body: "\(Self.hostile)\n在 \(Self.hostile)", order: nil,
                decidedWallMilliseconds: 1_772_769_600_000, deliverByWallMilliseconds: 1_772_773_200_000,
                holds: holds, replaces: replaces)
            return OutgoingNotice(
                notice: notice, body: notice.body, attempt: 1, sentWallMilliseconds: 1_772_769_600_000)
        }

        /// What the broker holds for whoever comes late, by topic.
        private func retained(_ broker: Broker) async throws -> [String: String] {
            let told = try await RunningProgram.run(
                try #require(TestPaths.program("mosquitto_sub")),
                [
                    "-h", "127.0.0.1", "-p", "\(broker.port)", "-t", "gate/#", "-W", "2", "-F", "%t\t%p",
                    "--retained-only",
                ])
            return Dictionary(
                told.output.split(separator: "\n").compactMap { line in
                    let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
                    return parts.count == 2 ? (parts[0], parts[1]) : nil
                }, uniquingKeysWith: { $1 })
        }

        @Test func `what is wrong now stands on the broker, whatever the asset is called`() async throws {
            #expect(Self.hostile.utf8.count > 10_000)
            let folder = try TemporaryFolder("broker-channel")
            let broker = try await Broker(in: folder)
            let publisher = MQTTPublisher(host: "127.0.0.1", port: broker.port, clientID: "events") {
                Moment(
                    wallMilliseconds: Int64(Date().timeIntervalSince1970 * 1000),
                    uptimeMilliseconds: Int64(ProcessInfo.processInfo.systemUptime * 1000))
            }
            publisher.start()
            defer { publisher.stop() }
            try #require(await eventually(within: 10) { publisher.isConnected })
            let channel = try MQTTChannel(
                definition: ChannelDefinition(
                    id: "events", kind: "mqtt", settings: ["bus": "broker", "prefix": "gate"],
                    position: SourcePosition(file: "notify.yaml", line: 1, column: 1)),
                ports: ChannelPorts(
                    site: "test", zone: .fixed("Asia/Shanghai", hours: 8), catalog: MessageCatalog([:]),
                    publish: { _, topic, payload, retain in
                        try await publisher.publish(topic: topic, payload: payload, retain: retain)
                    }))
            func send(_ message: OutgoingNotice) async {
                guard case .delivered = await channel.send(message) else {
                    Issue.record("\(message.notice.id) did not arrive")
                    return
                }
            }
            await send(notice(3, .raise))
            await send(notice(4, .chatter))
            var kept = try await retained(broker)
            #expect(kept.keys.sorted() == ["gate/alarm/3", "gate/alarm/4"])
            let object = try JSONSerialization.jsonObject(with: Data((kept["gate/alarm/3"] ?? "").utf8))
            #expect((object as? [String: Any])?["title"] as? String == Self.hostile)

            // It stops coming and going while another occurrence of it holds: that one stands in its place.
            await send(notice(9, .calm, holds: true, replaces: OccurrenceID(4)))
            kept = try await retained(broker)
            #expect(kept.keys.sorted() == ["gate/alarm/3", "gate/alarm/9"])
            await send(notice(9, .clear))
            await send(notice(3, .raiseAndClear))
            #expect(try await retained(broker).isEmpty)
        }
    }
}

import Alarms
import Facility
import Notices
import Testing

@Suite struct DigestWriterTests {
    private static let noon: Int64 = 1_772_769_600_000

    private static let templates = [
        "notice.more": "… {count} more lines", "notice.digest.title": "[{priority}] {count} in one: {text}",
        "notice.digest.body": "{count} since {time}:", "notice.digest.line": "{time} {text} · {places}",
        "notice.digest.lines": "{time} {text} ×{count} · {places}",
        "notice.digest.more-places": "and {count} more places",
    ]

    private func writer(bytes: Int = 4000) -> DigestWriter {
        DigestWriter(
            catalog: MessageCatalog([.en: Self.templates, .zh: Self.templates]),
            zone: .fixed("Asia/Shanghai", hours: 8), bytes: bytes
        ) { id in
            id == "P2"
                ? Asset(
                    id: "P2", assetClass: .pump, label: Bilingual(zh: "2号泵", en: "Pump 2"), location: "B3")
                : nil
        }
    }

    private func notice(
        _ number: Int64, _ title: String, asset: AssetID, _ priority: Priority = .p3,
        kind: Notice.Kind = .raise, after milliseconds: Int64 = 0
    ) -> Notice {
        Notice(
            occurrence: OccurrenceID(number), key: AlarmKey(rule: "r", asset: asset), step: 0, kind: kind,
            channel: "robot", recipient: "wang", language: .en, priority: priority, title: title,
            body: "body", order: nil, decidedWallMilliseconds: Self.noon + milliseconds,
            deliverByWallMilliseconds: Self.noon + 3_600_000 + milliseconds)
    }

    @Test func `what happened, how often and where, the most urgent first`() throws {
        let parts =
            (1...100).map { notice($0, "[P3] low", asset: $0 == 1 ? "P2" : AssetID("T\($0)"), after: $0) }
            + [notice(101, "[P2] trip", asset: "P2", .p2, after: 90_000)]
        let digest = try #require(writer().digest(of: parts))
        #expect(digest.id == "1/0/digest-of-raise/robot/wang")
        #expect(digest.kind == .digest)
        #expect(digest.priority == .p2)
        #expect(digest.title == "[P2] 101 in one: [P2] trip")
        #expect(digest.deliverByWallMilliseconds == Self.noon + 3_690_000)
        let lines = digest.body.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0] == "101 since 2026-03-06 12:00:00:")
        #expect(lines[1] == "12:01:30 [P2] trip · Pump 2")
        #expect(lines[2].hasPrefix("12:00:00 [P3] low ×100 · Pump 2, T2, T3, "))
        #expect(lines[2].hasSuffix("more places"))
    }

    @Test func `two digests that begin with messages of one alarm have ids of their own`() throws {
        let raise = try #require(writer().digest(of: [notice(1, "a", asset: "P2")]))
        let clear = try #require(writer().digest(of: [notice(1, "a", asset: "P2", kind: .clear)]))
        #expect(raise.id != clear.id)
        let moved = raise.redirected(to: "mail", at: Self.noon + 7_200_000)
        #expect(moved.id == "1/0/digest-of-raise/mail/wang")
        #expect(moved.deliverByWallMilliseconds == Self.noon + 7_200_000 + 3_600_000)
        #expect(moved.body == raise.body)
    }

    @Test func `thousands of kinds of trouble fit into the room and are counted`() throws {
        let parts = (1...2500).map { notice($0, "[P3] trouble \($0)", asset: "P2") }
        let digest = try #require(writer(bytes: 1000).digest(of: parts))
        #expect(digest.body.utf8.count <= 1000)
        #expect(digest.body.hasPrefix("2500 since "))
        #expect(digest.body.hasSuffix("more lines"))
    }

    @Test func `a hostile name takes no more room than any other`() throws {
        let digest = try #require(
            writer().digest(of: [
                notice(
                    1, String(repeating: "水\n", count: 5000),
                    asset: AssetID(String(repeating: "x", count: 10_000))),
                notice(2, "[P3] low", asset: "P2"),
            ]))
        #expect(digest.body.utf8.count < 500)
        #expect(digest.body.hasSuffix("[P3] low · Pump 2"))
        #expect(digest.title.utf8.count < 200)
    }

    @Test func `nothing makes no digest`() {
        #expect(writer().digest(of: []) == nil)
    }
}

import Facility
import Notices
import Testing

@Suite struct SendingQuotaTests {
    private let robot = SendingQuota([.init(18, per: 60_000)])

    @Test func `no span of a minute ever holds more than the quota, whoever sends as fast as he may`() {
        var meter = QuotaMeter(robot)
        var sent: [Int64] = []
        for now in stride(from: Int64(0), to: 600_000, by: 250) where meter.lowestPriority(at: now) != nil {
            meter.sent(to: nil, at: now)
            sent.append(now)
        }
        let busiest = sent.map { start in sent.count { $0 >= start && $0 < start + 60_000 } }.max()
        #expect(busiest == 18)
        #expect(sent.count == 180)
    }

    @Test func `the less urgent leave room for the more urgent`() {
        var meter = QuotaMeter(robot)
        var lowest: [Priority?] = []
        for now in Int64(0)..<18 {
            lowest.append(meter.lowestPriority(at: now))
            meter.sent(to: nil, at: now)
        }
        #expect(lowest.count { $0 == .p4 } == 11)
        #expect(lowest.count { $0 == .p2 } == 4)
        #expect(lowest.count { $0 == .p1 } == 3)
        #expect(meter.lowestPriority(at: 18) == nil)
        #expect(meter.wait(at: 18) == 59_982)
        #expect(meter.lowestPriority(at: 60_000) == .p1)
    }

    @Test func `who has had enough rests, and nobody else`() {
        var meter = QuotaMeter(
            SendingQuota([
                .init(1, per: 60_000, .recipient), .init(5, per: 3_600_000, .recipient),
                .init(20, per: 86_400_000, .recipient),
            ]))
        meter.sent(to: "wang", at: 0)
        #expect(meter.restingRecipients(.p1, at: 59_999) == ["wang"])
        #expect(meter.restingRecipients(.p1, at: 60_000) == [])
        for minute in Int64(1)...3 { meter.sent(to: "wang", at: minute * 60_000) }
        #expect(meter.restingRecipients(.p1, at: 300_000) == [])
        #expect(meter.restingRecipients(.p2, at: 300_000) == ["wang"])
        #expect(meter.lowestPriority(at: 300_000) == .p4)
        meter.sent(to: "wang", at: 300_000)
        #expect(meter.restingRecipients(.p1, at: 3_599_999) == ["wang"])
        #expect(meter.restingRecipients(.p1, at: 3_600_000) == [])
    }

    @Test func `without a quota nothing rests and nothing is kept`() {
        var meter = QuotaMeter(.unlimited)
        for now in Int64(0)..<1000 { meter.sent(to: "wang", at: now) }
        #expect(meter.lowestPriority(at: 1000) == .p4)
        #expect(meter.restingRecipients(.p4, at: 1000).isEmpty)
        #expect(meter.wait(at: 1000) == nil)
    }
}

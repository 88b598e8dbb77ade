import Alarms
import Engine
import Facility
import Notices
import Rules
import Testing

/// What a message says that tells of the end of coming and going.
@Suite struct CalmNoticeTests {
    private func chattered(holding: Bool) -> (bench: EngineBench, chatter: Notice?, calm: Notice?) {
        var rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa")
        rule.chatter = .init(activations: 3, withinMilliseconds: 60_000, quietMilliseconds: 120_000)
        var bench = EngineBench([rule])
        for _ in 0..<6 {
            bench.read([("P1.pressure", .number(0.1))])
            bench.wait(5)
            bench.read([("P1.pressure", .number(0.4))])
            bench.wait(5)
        }
        if holding { bench.read([("P1.pressure", .number(0.1))]) }
        bench.wait(121)
        let notices = bench.all.flatMap(\.notices)
        return (bench, notices.first { $0.kind == .chatter }, notices.first { $0.kind == .calm })
    }

    @Test func `an alarm that holds then is not over, and stands where the one it chattered as stood`() throws
    {
        let (bench, chatter, calm) = chattered(holding: true)
        let (before, after) = (try #require(chatter), try #require(calm))
        #expect(after.holds == true && after.isEnd == false)
        #expect(after.occurrence == bench.engine.openOccurrences.first?.id)
        #expect(after.replaces == before.occurrence && before.occurrence != after.occurrence)
        #expect(before.isEnd == false && before.holds == nil)
    }

    @Test func `one that does not is over`() throws {
        let (_, chatter, calm) = chattered(holding: false)
        let after = try #require(calm)
        #expect(after.holds == false && after.isEnd == true && after.replaces == nil)
        #expect(after.occurrence == chatter?.occurrence)
    }
}

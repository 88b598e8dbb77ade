import Testing

@testable import Acquisition

@Suite struct ReplyTrustTests {
    private let map = ModbusMap(points: [point(0), point(1), point(2), point(10, .float32)])
    private var long: PollRequest { PollRequest(covering: [0, 1, 2, 3], of: map) }
    private var short: PollRequest { PollRequest(covering: [0], of: map) }

    @Test func `after a read without an answer the next one must have another length`() {
        var trust = ReplyTrust(timeoutMilliseconds: 500)
        #expect(trust.isClear(at: 0))
        trust.abandon(long.question, at: 0)
        #expect(!trust.isClear(at: 1))
        #expect(!trust.proves(long.question, at: 1))
        #expect(trust.proves(short.question, at: 1))
        trust.prove(by: short.question, at: 2)
        #expect(trust.isClear(at: 2))
    }

    @Test func `an answer that could be an old one proves nothing`() {
        var trust = ReplyTrust(timeoutMilliseconds: 500)
        trust.abandon(long.question, at: 0)
        trust.prove(by: long.question, at: 1)
        #expect(!trust.isClear(at: 2))
    }

    @Test func `the proof is the shortest read of a length that is not outstanding`() {
        var trust = ReplyTrust(timeoutMilliseconds: 500)
        trust.abandon(short.question, at: 0)
        #expect(trust.proof(among: [long], of: map, at: 1)?.count == 2)
        trust.abandon(PollRequest(covering: [0, 1], of: map).question, at: 1)
        #expect(trust.proof(among: [long], of: map, at: 2)?.count == 3)
    }

    @Test func `where no proof is possible, patience is`() {
        var trust = ReplyTrust(timeoutMilliseconds: 500)
        trust.abandon(short.question, at: 0)
        #expect(trust.proof(among: [short], of: map, at: 1) == nil)
        #expect(trust.clearAt(1) == 2000)
        #expect(trust.isClear(at: 2000))
    }
}

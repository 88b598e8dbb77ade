import Testing

@testable import Acquisition

@Suite struct AnswerTimesTests {
    @Test(arguments: UInt64(0)..<20)
    func `the shares are right to an eighth`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var times = AnswerTimes()
        let all = (0..<1000).map { _ in Int64.random(in: 200...20_000, using: &random) }
        for time in all { times.note(microseconds: time) }
        let sorted = all.sorted()
        for share in [0.5, 0.95, 0.99] {
            let exact = Double(sorted[Int(share * 999)])
            #expect(abs(Double(times.microseconds(share)) - exact) <= exact / 8)
        }
    }

    @Test func `old answers fade away`() {
        var times = AnswerTimes()
        for _ in 0..<2000 { times.note(microseconds: 1000) }
        for _ in 0..<4000 { times.note(microseconds: 50_000) }
        #expect(times.microseconds(0.5) > 40_000)
        #expect(times.total < 1024)
        #expect(AnswerTimes().microseconds(0.99) == 0)
    }

    @Test func `a unit needs no more than a fixed amount of memory for its times`() {
        #expect(MemoryLayout<AnswerTimes>.stride <= 192)
    }

    @Test
    func `after a read without an answer a unit has all the time there is, and longer after a late one`() {
        var pace = AnswerPace()
        #expect(pace.allowedMicroseconds(floor: 100) == nil)
        for _ in 0..<50 { pace.answered(microseconds: 10_000) }
        #expect((14_000...20_000).contains(pace.allowedMicroseconds(floor: 100) ?? 0))
        #expect(pace.allowedMicroseconds(floor: 50_000) == 50_000)
        pace.timedOut()
        #expect(pace.allowedMicroseconds(floor: 100) == nil)
        pace.answered(microseconds: 10_000)
        #expect(pace.allowedMicroseconds(floor: 100) != nil)
        pace.timedOut()
        pace.answered(microseconds: 10_000, late: 1)
        for _ in 0..<99 {
            #expect(pace.allowedMicroseconds(floor: 100) == nil)
            pace.answered(microseconds: 10_000)
        }
    }

    @Test func `of each unit a bounded number of frames is kept, the newest`() {
        var log = FrameLog(units: 2)
        for number in UInt8(0)..<20 {
            log.note(0, isSent: number % 2 == 0, [number, 1, 2, 3, 0, 0], count: 4, at: Int64(number))
        }
        let frames = log.frames(of: 0, unit: 7)
        #expect(frames.map(\.bytes) == (12..<20).map { [$0, 1, 2, 3] })
        #expect(frames.map(\.isSent) == [true, false, true, false, true, false, true, false])
        for _ in 0..<9 { log.note(1, isSent: false, [UInt8](repeating: 9, count: 260), count: 250, at: 0) }
        #expect(log.frames(of: 1, unit: 8).count == 2)
    }
}

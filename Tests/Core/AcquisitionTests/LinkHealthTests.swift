import Facility
import Testing

@testable import Acquisition

@Suite struct LinkHealthTests {
    @Test func `one lost frame is forgiven, two in a row are not`() {
        var link = LinkHealth()
        #expect(link.handle(.failed(.timeout), at: 0) == nil)
        #expect(link.handle(.answered, at: 1) == nil)
        #expect(link.handle(.failed(.timeout), at: 2) == nil)
        #expect(link.handle(.failed(.timeout), at: 3) == .demoted(.timeout))
    }

    @Test func `a silent unit is probed ever more rarely, but every five seconds if the bus has the time`() {
        var link = LinkHealth()
        _ = link.handle(.failed(.timeout), at: 0)
        _ = link.handle(.failed(.timeout), at: 0)
        var waits: [Int64] = []
        var now: Int64 = 0
        for _ in 0..<8 {
            let probe = link.probeAt ?? 0
            waits.append((probe - now) / 1000)
            now = probe
            #expect(link.handle(.failed(.timeout), at: now) == nil)
        }
        #expect(waits == [1, 2, 4, 5, 5, 5, 5, 5])
    }

    @Test
    func `a unit that comes back only to fail waits longer each time, until it has answered for a while`() {
        var link = LinkHealth()
        var waits: [Int64] = []
        for _ in 0..<8 {
            _ = link.handle(.failed(.timeout), at: 0)
            _ = link.handle(.failed(.timeout), at: 0)
            waits.append((link.probeAt ?? 0) / 1000)
            #expect(link.handle(.answered, at: 0) == .admitted)
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60])
        for _ in 0..<20 { _ = link.handle(.answered, at: 0) }
        _ = link.handle(.failed(.timeout), at: 0)
        _ = link.handle(.failed(.timeout), at: 0)
        #expect(link.probeAt == 1000)
    }

    @Test func `the first answer brings a unit back`() {
        var link = LinkHealth()
        _ = link.handle(.failed(.timeout), at: 0)
        _ = link.handle(.failed(.timeout), at: 0)
        #expect(link.isDemoted)
        #expect(link.handle(.answered, at: 1000) == .admitted)
        #expect(!link.isDemoted && link.probeAt == nil)
    }
}

@Suite struct ConnectionHealthTests {
    private func connected() -> ConnectionHealth {
        var connection = ConnectionHealth(seed: 1, at: 0)
        _ = connection.handle(.connected, at: 0)
        _ = connection.handle(.answered, at: 0)
        return connection
    }

    @Test func `a peer that closes an idle connection is called again at once`() {
        var connection = connected()
        #expect(connection.handle(.lost, at: 100) == nil)
        #expect(connection.phase == .down(attemptAt: 100))
        #expect(connection.handle(.connected, at: 100) == nil)
        #expect(connection.handle(.answered, at: 101) == nil)
    }

    @Test func `a bus is given up once, when it cannot be opened again`() {
        var connection = connected()
        _ = connection.handle(.lost, at: 100)
        #expect(connection.handle(.refused, at: 100) == .down)
        #expect(connection.handle(.refused, at: 2000) == nil)
        _ = connection.handle(.connected, at: 4000)
        #expect(connection.handle(.answered, at: 4001) == .up)
        _ = connection.handle(.lost, at: 5000)
        #expect(connection.handle(.refused, at: 5000) == .down)
    }

    @Test func `a peer that accepts and closes without a word counts as refusing`() {
        var connection = ConnectionHealth(seed: 1, at: 0)
        _ = connection.handle(.connected, at: 0)
        #expect(connection.handle(.lost, at: 1) == .down)
    }

    @Test func `a connection we open afresh is no failure`() {
        var connection = connected()
        #expect(connection.handle(.renewed, at: 50) == nil)
        #expect(connection.phase == .down(attemptAt: 50))
    }

    @Test func `the longest wait between two attempts can be shorter`() {
        var connection = ConnectionHealth(seed: 1, at: 0, longestWait: 5000)
        var now: Int64 = 0
        for _ in 0..<20 {
            _ = connection.handle(.refused, at: now)
            guard case .down(let next) = connection.phase else { continue }
            #expect(next - now <= 5000)
            now = next
        }
    }

    @Test func `attempts become rarer up to half a minute and differ between buses`() {
        var all: Set<[Int64]> = []
        for seed in UInt64(0)..<20 {
            var connection = ConnectionHealth(seed: seed, at: 0)
            var now: Int64 = 0
            var waits: [Int64] = []
            for attempt in 0..<8 {
                _ = connection.handle(.refused, at: now)
                guard case .down(let next) = connection.phase else { continue }
                let full = min(Int64(1000) << Int64(attempt), 30_000)
                #expect((full / 2...full).contains(next - now))
                waits.append(next - now)
                now = next
            }
            all.insert(waits)
        }
        #expect(all.count == 20)
    }
}

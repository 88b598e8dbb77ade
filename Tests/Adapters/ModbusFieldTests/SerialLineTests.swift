import Acquisition
import Facility
import Foundation
import Testing

@testable import ModbusField

/// Opening a serial line, and keeping it for ourselves.
@Suite struct SerialLineTests {
    private func open(_ device: String, baud: Int = 19_200) throws -> SerialLine {
        let line = SerialLine(
            device: device, baud: baud, parity: .none, stopBits: 1, bell: Bell(), isStopping: { false })
        try line.open()
        return line
    }

    @Test func `a speed no serial line has is refused, not replaced`() {
        #expect(throws: ModbusError.unsupportedBaud(12_345)) { try open("/dev/null", baud: 12_345) }
    }

    @Test func `what is not a serial line is refused by name`() {
        #expect(throws: ModbusError.unreachable("/dev/null is not a serial line")) { try open("/dev/null") }
    }

    @Test func `two openers do not share a line, and the second is told who has it`() throws {
        guard let peer = Peer.hostile("pty", "none", probability: 0) else { return }
        let first = try open(peer.greeting)
        do {
            _ = try open(peer.greeting)
            Issue.record("the line was opened twice")
        } catch let error as ModbusError {
            #expect(error.reason.contains("process \(ProcessInfo.processInfo.processIdentifier)"))
            #expect(error.isRetryable)
        }
        first.close()
        try open(peer.greeting).close()
    }
}

/// A serial adapter that is pulled out and put back, played by a pair of terminals with a stable name.
@Suite(.serialized) struct ReplugTests {
    private let map = ModbusMap(points: [point(0), point(1)])

    /// A device behind a link that keeps its name over every new adapter.
    private final class Adapter {
        let folder = FileManager.default.temporaryDirectory.appending(path: "by-id-\(UUID().uuidString)")
        var link: String { folder.appending(path: "usb-adapter").path }
        private var peer: Peer?

        init() throws {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func plugIn() throws {
            peer = Peer.hostile("pty", "none", probability: 0)
            guard let peer else { return }
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: peer.greeting)
        }

        func pullOut() throws {
            peer?.stop()
            peer = nil
            try FileManager.default.removeItem(atPath: link)
        }
    }

    @Test func `an adapter that was pulled out is noticed at once and read again under its name`()
        async throws
    {
        guard Peer.python != nil else { return }
        let adapter = try Adapter()
        try adapter.plugIn()
        let collector = Collector()
        let poller = collector.poller(bus(line(adapter.link), [map]))
        poller.start()
        #expect(await holds(within: 5) { collector.last(0)?.quality == .good })
        for _ in 0..<2 {
            try adapter.pullOut()
            #expect(await holds(within: 2) { collector.last(0)?.quality == .bad(.noConnection) })
            try adapter.plugIn()
            #expect(await holds(within: 6) { collector.last(0)?.quality == .good })
        }
        poller.stop()
    }

    @Test func `an idle line notices that its adapter is gone, long before the next poll`() async throws {
        guard Peer.python != nil else { return }
        let adapter = try Adapter()
        try adapter.plugIn()
        let collector = Collector()
        let idle = ModbusMap(points: [point(0, every: 3_600_000)])
        let poller = collector.poller(bus(line(adapter.link), [idle]))
        poller.start()
        #expect(await holds(within: 5) { collector.last(0)?.quality == .good })
        try adapter.pullOut()
        #expect(await holds(within: 1) { collector.last(0)?.quality == .bad(.noConnection) })
        poller.stop()
    }

    @Test func `a line another program holds is said to be held, by whom, and taken when it is let go`()
        async throws
    {
        guard let python = Peer.python, let peer = Peer.hostile("pty", "none", probability: 0) else { return }
        let script = """
            import fcntl, sys, time
            held = open(sys.argv[1], "rb+", buffering=0); fcntl.flock(held, fcntl.LOCK_EX)
            print("held", flush=True); time.sleep(1000)
            """
        let holder = Peer(python, ["-c", script, peer.greeting])
        let collector = Collector()
        let poller = collector.poller(bus(line(peer.greeting), [map]))
        poller.start()
        #expect(await holds(within: 5) { !collector.events.isEmpty })
        guard case .busDown(let reason)? = collector.events.first else {
            Issue.record("no bus-down event: \(collector.events)")
            return
        }
        #expect(reason.contains("\(peer.greeting) is in use by python3"), "\(reason)")
        holder?.stop()
        #expect(await holds(within: 6) { collector.last(0)?.quality == .good })
        poller.stop()
    }

    @Test func `a serial line whose device hears itself is read as any other`() async {
        guard let peer = Peer.hostile("pty", "none,echo", probability: 1) else { return }
        let wrong = Wrong(map)
        let poller = ModbusPoller(
            bus: bus(line(peer.greeting), [map]), on: ModbusLoop(), clock: clock, deliver: wrong.check,
            report: { _ in })
        poller.start()
        #expect(await holds(within: 5) { wrong.good > 20 })
        #expect(poller.statistics().units[0].corrupted == 0 && poller.statistics().units[0].invalid == 0)
        poller.stop()
        #expect(wrong.samples.isEmpty)
    }

    @Test func `a unit on a serial line says who it is`() async {
        guard let peer = Peer.hostile("pty", "none", probability: 0) else { return }
        let poller = Collector().poller(bus(line(peer.greeting), [map]))
        poller.start()
        #expect(await holds(within: 5) { poller.statistics().isUp })
        let name = await poller.answer(
            to: BusErrand(id: 1, unit: 1, question: .deviceIdentification(category: 1, from: 0)))
        guard case .identification(let identification) = name.result else {
            Issue.record("\(name)")
            return
        }
        #expect(
            identification.objects.map { String(decoding: $0.bytes, as: UTF8.self) } == ["Acme", "P-200"])
        let id = await poller.answer(to: BusErrand(id: 2, unit: 1, question: .serverID))
        #expect(id.result == .serverID(Array("pump".utf8)))
        poller.stop()
    }
}

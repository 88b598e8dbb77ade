import Acquisition
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

import Testing

@testable import SystemService

@Test func `the gate opens only while every part moves`() {
    var gate = WatchdogGate(parts: ["site", "bus pump-room", "history"])
    #expect(gate.ping(progress: ["site": 1, "bus pump-room": 1, "history": 1]) == true)
    #expect(gate.ping(progress: ["site": 2, "bus pump-room": 1, "history": 2]) == false)
    #expect(gate.stuck == ["bus pump-room"])
    #expect(gate.ping(progress: ["site": 3, "bus pump-room": 2, "history": 3]) == true)
    #expect(gate.stuck.isEmpty)
}

@Test func `a part that moved while another hung need not move once more`() {
    var gate = WatchdogGate(parts: ["site", "delivery"])
    #expect(gate.ping(progress: ["site": 1, "delivery": 1]) == true)
    #expect(gate.ping(progress: ["site": 2, "delivery": 1]) == false)
    #expect(gate.ping(progress: ["site": 2, "delivery": 2]) == true)
}

@Test func `a part that does not report is stuck`() {
    var gate = WatchdogGate(parts: ["site", "delivery"])
    #expect(gate.ping(progress: ["site": 1]) == false)
    #expect(gate.stuck == ["delivery"])
}

@Test func `a bus that a reload adds is watched, one that it removes is not`() {
    var gate = WatchdogGate(parts: ["site", "bus a"])
    #expect(gate.ping(progress: ["site": 1, "bus a": 7]) == true)
    gate.watch(["site", "bus b"])
    #expect(gate.ping(progress: ["site": 2, "bus b": 0]) == true)
    #expect(gate.ping(progress: ["site": 3, "bus b": 0]) == false)
    #expect(gate.stuck == ["bus b"])
}

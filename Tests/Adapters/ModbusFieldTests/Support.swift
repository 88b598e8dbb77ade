import Acquisition
import Facility
import Foundation
import ModbusField
import Synchronization

/// Both clocks of this machine.
func clock() -> Moment {
    let uptime = ContinuousClock.now - started
    return Moment(
        wallMilliseconds: Int64(Date().timeIntervalSince1970 * 1000),
        uptimeMilliseconds: 1_000_000 + uptime.wholeMilliseconds)
}

private let started = ContinuousClock.now

/// Keeps what a bus handed over.
final class Collector: Sendable {
    private let state = Mutex<(samples: [Sample], events: [BusEvent])>(([], []))

    var deliver: @Sendable ([Sample]) -> Void { { [self] new in state.withLock { $0.samples += new } } }
    var report: @Sendable (BusEvent) -> Void { { [self] new in state.withLock { $0.events.append(new) } } }
    /// A poller that hands over to it.
    func poller(_ bus: ModbusBus, on loop: ModbusLoop = ModbusLoop(), memory: BusMemory = .init())
        -> ModbusPoller
    {
        ModbusPoller(bus: bus, on: loop, memory: memory, clock: clock, deliver: deliver, report: report)
    }

    var samples: [Sample] { state.withLock { $0.samples } }
    var events: [BusEvent] { state.withLock { $0.events } }

    /// What the newest sample of a point says.
    func last(_ point: Int) -> Sample? {
        state.withLock { $0.samples.last { $0.point == PointID(point) } }
    }
}

/// Waits until something holds; whether it did in time. The time is what a quiet machine needs: a busy one gets
/// four times as long, because no test here is about speed.
func holds(within quietSeconds: Double, every milliseconds: Int = 10, _ condition: () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(4 * quietSeconds)
    while ContinuousClock.now < deadline {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(milliseconds))
    }
    return condition()
}

func point(
    _ address: Int, _ type: RegisterType = .uint16, _ area: RegisterArea = .holding, scale: Double = 1,
    every period: Int64? = 50
) -> ModbusPoint {
    ModbusPoint(
        meaning: PointMeaning(
            name: "p\(address)", label: Bilingual(zh: "点", en: "point"), kind: .gauge),
        register: RegisterAddress(area, UInt16(address)), length: type.registers ?? 1, type: type,
        scaling: Scaling(scale: scale), periodMilliseconds: period)
}

func bus(
    _ endpoint: ModbusBus.Endpoint, _ maps: [ModbusMap], timeout: Int64 = 200, delay: Int64 = 0
) -> ModbusBus {
    var first = 0
    let units = maps.enumerated().map { index, map in
        defer { first += map.points.count }
        return ModbusUnit(
            asset: AssetID("A\(index + 1)"), unit: UInt8(index + 1), map: map,
            points: map.points.indices.map { PointID(first + $0) })
    }
    return ModbusBus(
        id: "bus", endpoint: endpoint, timeoutMilliseconds: timeout, requestDelayMilliseconds: delay,
        units: units)
}

func local(_ peer: Peer) -> ModbusBus.Endpoint { .tcp(host: "127.0.0.1", port: Int(peer.greeting) ?? 0) }

func line(_ device: String, baud: Int = 19_200) -> ModbusBus.Endpoint {
    .serial(device: device, baud: baud, parity: .none, stopBits: 1)
}

/// A port nobody listens on.
func freePort() -> Int {
    guard let python = Peer.python,
        let peer = Peer(
            python,
            ["-c", "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"])
    else { return 0 }
    return Int(peer.greeting) ?? 0
}

/// Whether `SITEWATCH_LONG` asks for the long form of the tests that have one.
var isLong: Bool { ProcessInfo.processInfo.environment["SITEWATCH_LONG"] == "1" }

/// Looks for values that are not the address of their register, as those of all lying devices are.
final class Wrong: Sendable {
    private let addresses: [Int64]
    private let state = Mutex<(good: Int, wrong: [Sample])>((0, []))

    /// All units of the bus have the same map.
    init(_ map: ModbusMap) {
        addresses = map.points.map { Int64($0.register.address) }
    }

    var check: @Sendable ([Sample]) -> Void {
        { [self] samples in
            for sample in samples {
                guard let value = sample.value else { continue }
                let isRight = value == .integer(addresses[Int(sample.point.index) % addresses.count])
                state.withLock {
                    if isRight { $0.good += 1 } else { $0.wrong.append(sample) }
                }
            }
        }
    }

    var good: Int { state.withLock { $0.good } }
    var samples: [Sample] { state.withLock { $0.wrong } }
}

import Facility
import Foundation
import Testing

@testable import Acquisition
@testable import ModbusField

/// A real meter's map, served by an implementation that shares no line with ours.
@Suite(.serialized) struct IndependentServerTests {
    private struct Meter {
        let map: ModbusMap
        let values: [Double]
        /// The registers as lines for the server.
        let registers: String
    }

    /// The Eastron SDM630 as its users mapped it, each point with a value of its own.
    private func meter() -> Meter? {
        guard let data = SharedData.file("registers/mbmd-meters.csv") else { return nil }
        var points: [ModbusPoint] = []
        var values: [Double] = []
        var registers = ""
        for row in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst() {
            let cells = row.split(separator: ",", omittingEmptySubsequences: false)
            guard cells[0] == "SDM", let address = Int(cells[4]) else { continue }
            let area = cells[3] == "4" ? RegisterArea.input : .holding
            points.append(point(address, .float32, area, every: 100))
            let value = Float(1.25 + 17.5 * Double(points.count))
            values.append(Double(value))
            registers += "\(area.rawValue) \(address) \(value.bitPattern >> 16)\n"
            registers += "\(area.rawValue) \(address + 1) \(value.bitPattern & 0xFFFF)\n"
        }
        return Meter(map: ModbusMap(points: points), values: values, registers: registers + "\n")
    }

    private func check(_ meter: Meter, _ endpoint: ModbusBus.Endpoint, timeout: Int64) async {
        let collector = Collector()
        let poller = collector.poller(bus(endpoint, [meter.map], timeout: timeout))
        poller.start()
        let isComplete = await holds(within: 20) {
            meter.values.indices.allSatisfy { collector.last($0)?.quality == .good }
        }
        poller.stop()
        #expect(isComplete, "\(collector.events) \(poller.statistics())")
        for sample in collector.samples where sample.quality == .good {
            #expect(sample.value == .number(meter.values[Int(sample.point.index)]))
        }
        let statistics = poller.statistics().units[0]
        #expect(statistics.good > 0 && statistics.meanMicroseconds > 0)
    }

    @Test func `every value of a meter arrives over TCP, holes and all`() async {
        guard let python = Peer.pythonWithModbus, let meter = meter() else { return }
        #expect(meter.values.count > 30)
        let port = freePort()
        let server = Peer(
            python, ["-c", independentServer, "tcp", "\(port)"], input: meter.registers, greets: false)
        await check(meter, .tcp(host: "127.0.0.1", port: port), timeout: 1000)
        server?.stop()
    }

    @Test func `every value of a meter arrives over a serial line`() async throws {
        guard let python = Peer.pythonWithModbus, let meter = meter() else { return }
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/socat") else {
            print("SKIPPED: no socat for a serial line")
            return
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "line-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (ours, theirs) = (folder.appending(path: "a").path, folder.appending(path: "b").path)
        let wire = Peer(
            "/usr/bin/socat", ["pty,raw,echo=0,link=\(ours)", "pty,raw,echo=0,link=\(theirs)"], greets: false)
        #expect(
            await holds(within: 5) {
                FileManager.default.fileExists(atPath: ours) && FileManager.default.fileExists(atPath: theirs)
            })
        let server = Peer(
            python, ["-c", independentServer, "serial", theirs], input: meter.registers, greets: false)
        await check(meter, line(ours), timeout: 500)
        server?.stop()
        wire?.stop()
    }

    @Test func `coils and discrete inputs arrive as contacts`() async {
        guard let python = Peer.pythonWithModbus else { return }
        let lines = (0..<40).map { "coil \($0) \($0 % 3 == 0 ? 1 : 0)\ndiscrete \($0) \($0 % 2)\n" }.joined()
        let port = freePort()
        let server = Peer(
            python, ["-c", independentServer, "tcp", "\(port)"], input: lines + "\n", greets: false)
        let points = (0..<40).map { point($0, .bool, .coil) } + (0..<40).map { point($0, .bool, .discrete) }
        let collector = Collector()
        let poller = collector.poller(
            bus(.tcp(host: "localhost", port: port), [ModbusMap(points: points)], timeout: 1000))
        poller.start()
        let isComplete = await holds(within: 15) {
            points.indices.allSatisfy { collector.last($0)?.quality == .good }
        }
        poller.stop()
        #expect(isComplete)
        for sample in collector.samples where sample.quality == .good {
            let index = Int(sample.point.index)
            #expect(sample.value == .flag(index < 40 ? index % 3 == 0 : index % 2 == 1))
        }
        server?.stop()
    }
}

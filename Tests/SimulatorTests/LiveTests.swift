import EquipmentModels
import Foundation
import Glibc
import Testing

@testable import SiteSimulator

/// The built simulator as a process of its own, talked to through its pipes.
final class LiveSite {
    struct Failure: Error {
        let reason: String
    }

    private struct Ready: Decodable {
        let tcp: [String: Int]
        let rtu: [String: String]
    }

    private let process = Process()
    private let commands = Pipe()
    private let answers = Pipe()
    private var pending: [UInt8] = []
    private var ready = Ready(tcp: [:], rtu: [:])
    let link: String

    init(arguments: [String] = []) throws {
        link = "/tmp/sitewatch-test-\(UUID().uuidString)"
        process.executableURL = try Self.executable()
        var all = ["--site", ProfileReader.root.appending(path: "simulators/sites/demo.yaml").path]
        for bus in ["pump-room", "lifts", "power", "fire"] { all += ["--port", "\(bus)=0"] }
        all += ["--pty", "riser-1=\(link)", "--exit-with-stdin"]
        process.arguments = all + arguments
        process.standardInput = commands
        process.standardOutput = answers
        try process.run()
        ready = try JSONDecoder().decode(
            Ready.self, from: Data(try line { $0.contains("\"ready\":true") }.utf8))
    }

    deinit {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }

    /// The simulator is built into the folder of the test binary.
    private static func executable() throws -> URL {
        let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let file = own.appending(path: "site-simulator")
        guard FileManager.default.isExecutableFile(atPath: file.path) else {
            throw Failure(reason: "\(file.path) is not built")
        }
        return file
    }

    func port(_ bus: String) throws -> Int { try #require(ready.tcp[bus]) }

    func connect(_ bus: String) throws -> Client {
        Client(try Descriptor.connect(host: "127.0.0.1", port: port(bus)))
    }

    @discardableResult
    func command(_ text: String) throws -> String {
        try commands.fileHandle(text + "\n")
        return try line { $0.hasPrefix("ok") || $0.hasPrefix("error") }
    }

    /// Ends the simulator in a way, and tells how it ended.
    func end(_ how: (Process, FileHandle) throws -> Void) rethrows -> Int32 {
        try how(process, commands.fileHandleForWriting)
        process.waitUntilExit()
        return process.terminationStatus
    }

    func line(where isWanted: (String) -> Bool) throws -> String {
        let source = Descriptor(answers.fileHandleForReading.fileDescriptor, isOwned: false)
        let deadline = OwnProcess.uptime + 20
        while OwnProcess.uptime < deadline {
            while let end = pending.firstIndex(of: 10) {
                let line = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeSubrange(...end)
                if isWanted(line) { return line }
            }
            guard !Poller.wait([(source, .read)], seconds: 1)[0].isEmpty else { continue }
            switch source.read() {
            case .bytes(let bytes): pending += bytes
            case .nothingYet: continue
            case .ended:
                throw Failure(reason: "the simulator ended: \(String(decoding: pending, as: UTF8.self))")
            }
        }
        throw Failure(reason: "the simulator said nothing")
    }
}

extension Pipe {
    fileprivate func fileHandle(_ text: String) throws {
        try fileHandleForWriting.write(contentsOf: Data(text.utf8))
    }
}

/// A Modbus client that says exactly what it gets.
final class Client {
    private let descriptor: Descriptor
    private var transaction: UInt16 = 0

    init(_ descriptor: Descriptor) {
        self.descriptor = descriptor
    }

    func send(unit: UInt8, _ pdu: [UInt8]) -> UInt16 {
        transaction += 1
        descriptor.writeAll(TCPFraming.wrap(transaction: transaction, unit: unit, pdu: pdu))
        return transaction
    }

    /// Everything that comes within a time; ends early when nothing more is expected or the line is closed.
    func receive(seconds: Double, expecting count: Int = .max) -> (bytes: [UInt8], isClosed: Bool) {
        var bytes: [UInt8] = []
        let deadline = OwnProcess.uptime + seconds
        while bytes.count < count, OwnProcess.uptime < deadline {
            guard !Poller.wait([(descriptor, .read)], seconds: deadline - OwnProcess.uptime)[0].isEmpty else {
                break
            }
            switch descriptor.read() {
            case .bytes(let more): bytes += more
            case .nothingYet: continue
            case .ended: return (bytes, true)
            }
        }
        return (bytes, false)
    }

    /// A healthy exchange: the PDU of the reply, nothing within a second.
    func ask(unit: UInt8, _ pdu: [UInt8]) -> [UInt8]? {
        let sent = send(unit: unit, pdu)
        let reply = receive(seconds: 5, expecting: 9 + (pdu[0] > 2 ? Int(pdu[4]) * 2 : (Int(pdu[4]) + 7) / 8))
            .bytes
        guard reply.count > 7, reply[0] == UInt8(sent >> 8), reply[1] == UInt8(sent & 0xFF), reply[6] == unit
        else { return nil }
        return Array(reply.dropFirst(7))
    }
}

/// Reads the first two registers of a pump.
private let twoRegisters: [UInt8] = [3, 0, 0, 0, 2]
/// How long the whole reply to that is: header, function, count, four bytes.
private let replyLength = 13

@Suite(.serialized) struct `The running simulator` {
    @Test func `answers units behind one port, and each exception where it belongs`() throws {
        let site = try LiveSite()
        let client = try site.connect("pump-room")
        #expect(client.ask(unit: 2, twoRegisters)?.count == 6)
        #expect(client.ask(unit: 3, twoRegisters)?.count == 6)
        _ = client.send(unit: 3, [3, 0, 0, 0, 13])
        #expect(client.receive(seconds: 5, expecting: 9).bytes.suffix(2) == [0x83, 3])
        _ = client.send(unit: 3, [3, 0, 8, 0, 1])
        #expect(client.receive(seconds: 5, expecting: 9).bytes.suffix(2) == [0x83, 2])
        _ = client.send(unit: 99, twoRegisters)
        #expect(client.receive(seconds: 5, expecting: 9).bytes.suffix(2) == [0x83, 11])
    }

    @Test func `refuses writes and counts them`() throws {
        let site = try LiveSite()
        let client = try site.connect("power")
        _ = client.send(unit: 10, [6, 0x10, 0x08, 0x8B, 0x75])
        #expect(client.receive(seconds: 5, expecting: 9).bytes.suffix(2) == [0x86, 1])
        #expect(try site.command("status").contains("\"writes_refused\":1"))
    }

    @Test func `shows an injected fault on the wire and its end`() throws {
        let site = try LiveSite(arguments: ["--speed", "50"])
        #expect(try site.command("inject P2 discharge-low") == "ok P2 discharge-low")
        let client = try site.connect("pump-room")
        let deadline = OwnProcess.uptime + 10
        var pressure = 1000
        while pressure >= 100, OwnProcess.uptime < deadline {
            let reply = try #require(client.ask(unit: 3, twoRegisters))
            if reply[3] & 1 == 1 { pressure = Int(reply[4]) << 8 | Int(reply[5]) }
        }
        #expect(pressure < 100)
        #expect(try site.command("clear P2 discharge-low").hasPrefix("ok"))
        #expect(try site.command("inject P2 rust").hasPrefix("error"))
        #expect(try site.command("dance").hasPrefix("error"))
    }

    @Test func `keeps one unit silent and its neighbour well`() throws {
        let site = try LiveSite()
        #expect(try site.command("comm pump-room/3 silence") == "ok pump-room/3 silence")
        let client = try site.connect("pump-room")
        _ = client.send(unit: 3, twoRegisters)
        #expect(client.receive(seconds: 0.3).bytes == [])
        #expect(client.ask(unit: 2, twoRegisters) != nil)
        try site.command("comm pump-room/3 normal")
        #expect(client.ask(unit: 3, twoRegisters) != nil)
    }

    @Test func `answers slowly, one request after the other`() throws {
        let site = try LiveSite()
        try site.command("comm pump-room slow 200")
        let client = try site.connect("pump-room")
        let start = OwnProcess.uptime
        _ = client.send(unit: 2, twoRegisters)
        _ = client.send(unit: 3, twoRegisters)
        #expect(client.receive(seconds: 5, expecting: replyLength * 2).bytes.count == replyLength * 2)
        #expect(OwnProcess.uptime - start >= 0.4)
    }

    @Test func `answers late, after a reply that was asked for later`() throws {
        let site = try LiveSite()
        try site.command("comm pump-room/3 late 300")
        let client = try site.connect("pump-room")
        let late = client.send(unit: 3, twoRegisters)
        let prompt = client.send(unit: 2, twoRegisters)
        let bytes = client.receive(seconds: 5, expecting: replyLength * 2).bytes
        try #require(bytes.count == replyLength * 2)
        #expect(UInt16(bytes[1]) == prompt)
        #expect(UInt16(bytes[replyLength + 1]) == late)
    }

    @Test func `drips a reply byte by byte`() throws {
        let site = try LiveSite()
        try site.command("comm pump-room drip 30")
        let client = try site.connect("pump-room")
        let start = OwnProcess.uptime
        _ = client.send(unit: 2, twoRegisters)
        #expect(client.receive(seconds: 5, expecting: replyLength).bytes.count == replyLength)
        #expect(OwnProcess.uptime - start >= 0.36)
    }

    @Test func `damages a reply in the way it was told`() throws {
        let site = try LiveSite()
        let client = try site.connect("pump-room")
        func reply(_ mode: String, length: Int = replyLength) throws -> [UInt8] {
            #expect(try site.command("comm pump-room/2 \(mode)").hasPrefix("ok"))
            _ = client.send(unit: 2, twoRegisters)
            return client.receive(seconds: 5, expecting: length).bytes
        }
        #expect(try reply("truncate", length: replyLength / 2).count == replyLength / 2)
        #expect(try reply("garbage")[2] == 0xDE)
        #expect(try reply("wrong-unit")[6] == 3)
        #expect(try reply("wrong-transaction")[1] == 5)
        #expect(try reply("wrong-count", length: replyLength - 2).dropFirst(7).first == 3)
        #expect(try reply("exception 6", length: 9).suffix(2) == [0x83, 6])
        #expect(try reply("corrupt")[8] != 4)
        #expect(try reply("normal").count == replyLength)
    }

    @Test func `hangs up, refuses, and comes back on the same port`() throws {
        let site = try LiveSite()
        let client = try site.connect("pump-room")
        try site.command("comm pump-room disconnect")
        _ = client.send(unit: 2, twoRegisters)
        #expect(client.receive(seconds: 5).isClosed)
        let other = try site.connect("pump-room")
        try site.command("comm pump-room refuse")
        #expect(other.receive(seconds: 5).isClosed)
        #expect(throws: SystemError.self) { try site.connect("pump-room") }
        try site.command("comm pump-room normal")
        #expect(try site.connect("pump-room").ask(unit: 2, twoRegisters) != nil)
    }

    @Test func `paces a serial line by its baud rate and stays silent for strangers`() throws {
        let site = try LiveSite()
        let file = try #require(FileHandle(forUpdatingAtPath: site.link))
        let line = Descriptor(file.fileDescriptor, isOwned: false)
        line.makeNonBlocking()
        let client = Client(line)
        let start = OwnProcess.uptime
        line.writeAll(RTUFraming.wrap(unit: 1, pdu: [4, 0, 0, 0, 36]))
        let reply = client.receive(seconds: 5, expecting: 5 + 72).bytes
        #expect(RTUFraming.hasValidChecksum(reply))
        // 8 bytes out, 77 back, 3.5 of silence and 20 ms of thinking at 9600 baud.
        #expect(OwnProcess.uptime - start >= Double(8 + 77) * 10 / 9600 + 0.023)
        line.writeAll(RTUFraming.wrap(unit: 7, pdu: [4, 0, 0, 0, 2]))
        #expect(client.receive(seconds: 0.3).bytes == [])
    }

    @Test func `starts the serial line empty for a gateway that opens it anew`() throws {
        let site = try LiveSite()
        let request = RTUFraming.wrap(unit: 2, pdu: [1, 0, 0, 0, 4])
        func ask() throws -> [UInt8] {
            let file = try #require(FileHandle(forUpdatingAtPath: site.link))
            let line = Descriptor(file.fileDescriptor, isOwned: false)
            line.makeNonBlocking()
            line.writeAll(request)
            let reply = Client(line).receive(seconds: 1, expecting: 6).bytes
            // Leaves bytes behind that it never reads.
            if !reply.isEmpty { line.writeAll(request) }
            _ = Poller.wait([(line, .read)], seconds: 1)
            try file.close()
            return reply
        }
        #expect(try ask().prefix(3) == [2, 1, 1])
        try site.command("comm riser-1 silence")
        #expect(try ask() == [])
        try site.command("comm riser-1 normal")
        #expect(try ask().prefix(3) == [2, 1, 1])
    }

    @Test func `plays its scenario and reports every step`() throws {
        let path = ProfileReader.root.appending(path: "simulators/scenarios/dead-unit.yaml").path
        let site = try LiveSite(arguments: ["--scenario", path, "--speed", "100"])
        let event = try site.line { $0.contains("\"mode\":\"silence\"") }
        #expect(event.contains("\"at\":20"))
        _ = try site.line { $0.contains("scenario-done") }
    }

    @Test func `ends cleanly when told, when asked by a signal, and when its input ends`() throws {
        #expect(try LiveSite().end { _, input in try input.write(contentsOf: Data("quit\n".utf8)) } == 0)
        #expect(try LiveSite().end { process, _ in process.terminate() } == 0)
        #expect(try LiveSite().end { process, _ in process.interrupt() } == 0)
        let site = try LiveSite()
        #expect(try site.end { _, input in try input.close() } == 0)
        #expect(!FileManager.default.fileExists(atPath: site.link))
    }
}

@Suite(.serialized) struct `The MQTT equipment` {
    static let broker = "/usr/sbin/mosquitto"
    static let isInstalled = FileManager.default.isExecutableFile(atPath: broker)

    /// Runs a real broker and what listens to it for the time of some work.
    private func withBroker(_ work: (Int, Pipe) throws -> Void) throws {
        let port = try Listener.tcp(host: "127.0.0.1", port: 0).port
        let broker = Process()
        broker.executableURL = URL(filePath: Self.broker)
        broker.arguments = ["-p", "\(port)"]
        broker.standardOutput = FileHandle.nullDevice
        broker.standardError = FileHandle.nullDevice
        try broker.run()
        defer { stop(broker) }
        let deadline = OwnProcess.uptime + 5
        while OwnProcess.uptime < deadline, (try? Descriptor.connect(host: "127.0.0.1", port: port)) == nil {}
        let listener = Process()
        let heard = Pipe()
        listener.executableURL = URL(filePath: "/usr/bin/mosquitto_sub")
        listener.arguments = ["-p", "\(port)", "-v", "-t", "#"]
        listener.standardOutput = heard
        try listener.run()
        defer { stop(listener) }
        try work(port, heard)
    }

    /// Kills outright: a child of a test thread inherits its blocked signals and would never see a polite one.
    private func stop(_ process: Process) {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Listens until everything wanted has been heard; tells what was missed.
    private func missed(_ wanted: [String], from heard: Pipe) -> [String] {
        let source = Descriptor(heard.fileHandleForReading.fileDescriptor, isOwned: false)
        var text = ""
        let deadline = OwnProcess.uptime + 20
        while OwnProcess.uptime < deadline, !wanted.allSatisfy(text.contains) {
            guard !Poller.wait([(source, .read)], seconds: 1)[0].isEmpty else { continue }
            if case .bytes(let bytes) = source.read() { text += String(decoding: bytes, as: UTF8.self) }
        }
        return wanted.filter { !text.contains($0) }
    }

    @Test(.enabled(if: isInstalled, "mosquitto is not installed"))
    func `speaks, is announced as lost when cut off, and comes back`() throws {
        try withBroker { port, heard in
            let site = try LiveSite(arguments: ["--mqtt", "127.0.0.1:\(port)", "--speed", "20"])
            let hello = [
                "zigbee2mqtt/bridge/state {\"state\":\"online\"}", "tele/corridor-plug/LWT Online",
                "level/domestic-tank {\"battery\"", "tele/corridor-plug/SENSOR {\"ENERGY\":{\"Current\"",
                "zigbee2mqtt/env-pump-room {\"battery\"",
            ]
            #expect(missed(hello, from: heard) == [])
            try site.command("inject E1 water-leak")
            #expect(missed(["\"water_leak\":true"], from: heard) == [])
            try site.command("comm broker disconnect")
            let lost = [
                "zigbee2mqtt/bridge/state {\"state\":\"offline\"}", "tele/corridor-plug/LWT Offline",
                "level/domestic-tank/status offline",
            ]
            #expect(missed(lost, from: heard) == [])
            try site.command("comm broker normal")
            #expect(missed(["tele/corridor-plug/LWT Online"], from: heard) == [])
        }
    }
}

import Delivery
import Foundation
import TestSupport
import Testing
import WebAPI

/// Everything here runs one test after another: each starts a broker, equipment and a daemon of its own.
@Suite(.serialized)
enum IntegrationTests {}

/// A whole site for one test: real broker, simulated equipment, daemon, receiver of notices.
final class SiteUnderTest: Sendable {
    let folder: TemporaryFolder
    let simulator: RunningProgram
    let broker: Broker?
    let receiver: Receiver
    let equipment: Equipment
    private let daemons = Box<[RunningProgram]>([])

    struct Equipment: Decodable, Sendable {
        let tcp: [String: Int]
        let rtu: [String: String]
    }

    /// Starts broker, equipment and receiver, and writes the site's files; the daemon is started by the test.
    init(
        _ purpose: String, rules: String = SiteUnderTest.pressureRule, withBroker: Bool = false
    ) async throws {
        folder = try TemporaryFolder(purpose)
        broker = withBroker ? try await Broker(in: folder) : nil
        receiver = try await Receiver()
        let program = TestPaths.programs.appendingPathComponent("site-simulator")
        let site = TestPaths.checkout.appendingPathComponent("simulators/sites/demo.yaml").path
        var arguments = ["--site", site, "--seed", "7", "--pty", "riser-1=\(folder.path("riser-1"))"]
        for bus in ["pump-room", "lifts", "power", "fire"] { arguments += ["--port", "\(bus)=0"] }
        arguments += ["--mqtt", "127.0.0.1:\(broker?.port ?? FreePort.any())"]
        simulator = try RunningProgram(program, arguments)
        let output = simulator
        let isReady = await eventually(within: 20) { output.output.contains("\"ready\":true") }
        try #require(isReady, "the simulator did not become ready: \(output.output)")
        let line = try #require(output.output.split(separator: "\n").first { $0.contains("\"ready\"") })
        equipment = try JSONDecoder().decode(Equipment.self, from: Data(line.utf8))
        try writeFiles(rules: rules)
    }

    var configuration: String { folder.path("site") }
    var data: String { folder.path("data") }
    var socket: String { folder.path("api.sock") }

    /// Starts the daemon; returns when it answers.
    func start(_ environment: [String: String] = [:]) async throws -> RunningProgram {
        let daemon = try launch(environment)
        let isUp = await eventually(within: 20) {
            guard daemon.isRunning else { return true }
            return (try? await self.get("readyz")) != nil
        }
        try #require(isUp && daemon.isRunning, "the daemon did not become ready: \(daemon.output)")
        return daemon
    }

    /// Starts the daemon and does not wait.
    func launch(_ environment: [String: String] = [:]) throws -> RunningProgram {
        let daemon = try RunningProgram(
            TestPaths.programs.appendingPathComponent("sitewatch"),
            ["run", "--config", configuration, "--data", data, "--lang", "en"], environment: environment)
        daemons.value += [daemon]  // a program ends with its value: the site keeps it
        return daemon
    }

    /// Runs a command of the product against this site.
    func command(_ arguments: String...) async throws -> (status: Int32?, output: String) {
        try await command(arguments)
    }

    /// Runs a command of the site.
    func command(_ arguments: [String]) async throws -> (status: Int32?, output: String) {
        try await RunningProgram.run(
            TestPaths.programs.appendingPathComponent("sitewatch"),
            arguments + ["--config", configuration, "--lang", "en"])
    }

    /// Tells the simulator something and waits until it has done it.
    func simulate(_ line: String) async throws {
        let before = simulator.output.utf8.count
        simulator.send(line)
        let isDone = await eventually(within: 5) {
            self.simulator.output.utf8.dropFirst(before).split(separator: 10).contains { line in
                line.starts(with: Array("ok".utf8)) || line.starts(with: Array("error".utf8))
            }
        }
        let answer = String(simulator.output.utf8.dropFirst(before)) ?? ""
        try #require(isDone && !answer.contains("error"), "the simulator refused '\(line)': \(answer)")
    }

    /// A document of the API.
    func get(_ path: String) async throws -> [String: Any] {
        try await document(path, socket: socket)
    }

    /// The list under a key of a document.
    func list(_ path: String, _ key: String) async throws -> [[String: Any]] {
        try #require(try await get(path)[key] as? [[String: Any]])
    }

    /// Occurrences that are not closed.
    func openAlarms(of asset: String) async throws -> [[String: Any]] {
        try await list("api/v1/alarms?open=true", "alarms").filter { $0["asset"] as? String == asset }
    }

    /// The quality of a point: `good`, `uncertain`, `bad`; nil while there is none.
    func quality(of path: String) async throws -> String? {
        let asset = path.split(separator: ".")[0]
        return try await list("api/v1/points?asset=\(asset)", "points")
            .first { $0["path"] as? String == path }?["quality"] as? String
    }

    /// The instants at which a point was measured well, milliseconds since 1970, oldest first.
    func measured(_ path: String) async throws -> [Int] {
        let samples = try await list("api/v1/points/\(path)/history?from=-10m&to=now&limit=1000", "samples")
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return try samples.filter { $0["quality"] as? String == "good" }.map { sample in
            let date = try format.parse(try #require(sample["time"] as? String))
            return Int((date.timeIntervalSince1970 * 1000).rounded())
        }
    }

    static let pressureRule = """
        rules:
          - id: test.pressure
            match: {class: pump}
            when: "running && discharge_pressure < 0.20 MPa"
            clear_when: "discharge_pressure > 0.25 MPa"
            delay: {raise: 2s, clear: 2s}
            priority: p3
            text: {zh: "{device} 压力低 {discharge_pressure}", en: "{device} pressure low {discharge_pressure}"}
            work_order: {title: {zh: 检查水泵, en: Check the pump}}
        """

    private func writeFiles(rules: String) throws {
        try folder.write(
            "site/site.yaml",
            """
            id: test
            name: {zh: 测试项目, en: Test site}
            timezone: Asia/Shanghai
            language: en
            web: {listen: none, socket: "\(socket)"}
            rule_packs: []
            plan_packs: []
            """)
        try folder.write(
            "site/people.yaml",
            """
            people:
              ann: {name: {zh: 安, en: Ann}, language: en}
            contractors:
              acme-lift: {name: {zh: 电梯, en: Lifts}}
              acme-water: {name: {zh: 水务, en: Water}}
              acme-power: {name: {zh: 电力, en: Power}}
            """)
        try folder.write(
            "site/notify.yaml",
            """
            channels:
              hook: {kind: webhook, url: "\(receiver.address)"}
            routes:
              default: {steps: [{after: 0s, to: [ann], via: [hook]}]}
            """)
        try folder.write("site/rules/test.yaml", rules)
        try FileManager.default.copyItem(
            at: TestPaths.checkout.appendingPathComponent("config/example/assets"),
            to: URL(fileURLWithPath: configuration).appendingPathComponent("assets"))
        try writeBuses()
    }

    /// Writes the buses; other lines can stand in for single ones.
    func writeBuses(replacing replaced: [String: String] = [:]) throws {
        var lines: [String: String] = [:]
        for (name, port) in equipment.tcp {
            lines[name] = "{kind: modbus-tcp, host: 127.0.0.1, port: \(port), timeout: 500ms}"
        }
        for (name, device) in equipment.rtu {
            lines[name] = "{kind: modbus-rtu, device: \"\(device)\", baud: 9600, parity: none}"
        }
        lines["broker"] =
            "{kind: mqtt, host: 127.0.0.1, port: \(broker?.port ?? 1), client_id: sitewatch-test}"
        for (name, line) in replaced { lines[name] = line }
        let text = lines.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
        try folder.write("site/buses.yaml", "buses:\n" + text.joined(separator: "\n") + "\n")
    }
}

/// A document of a daemon's API.
func document(_ path: String, socket: String) async throws -> [String: Any] {
    let bytes = try await answer(path, socket: socket)
    guard let document = try JSONSerialization.jsonObject(with: bytes) as? [String: Any] else {
        throw NoAnswer(path: path, output: String(decoding: bytes, as: UTF8.self))
    }
    return document
}

/// The bytes a daemon answers with.
func answer(_ path: String, socket: String) async throws -> Data {
    var request = HTTPRequest(
        "GET", "http://localhost/\(path)", headers: [], body: [], timeoutMilliseconds: 5000)
    request.unixSocket = socket
    let answer = try await HTTPTransfer().send(request)
    guard answer.isSuccess else {
        throw NoAnswer(path: path, output: String(decoding: answer.body, as: UTF8.self))
    }
    return Data(answer.body)
}

/// The daemon did not answer, or not with a document.
struct NoAnswer: Error {
    let path: String
    let output: String
}

/// A real mosquitto on a port of its own.
final class Broker: Sendable {
    let port: Int
    private let file: String
    private let program: URL

    init(in folder: TemporaryFolder) async throws {
        port = FreePort.any()
        program = try #require(TestPaths.program("mosquitto"), "mosquitto is not installed")
        try folder.write(
            "mosquitto.conf",
            "listener \(port) 127.0.0.1\nallow_anonymous true\nuser root\npersistence false\n")
        file = folder.path("mosquitto.conf")
        running = Box(nil)
        try start()
    }

    private let running: Box<RunningProgram?>

    func start() throws {
        running.value = try RunningProgram(program, ["-c", file])
    }

    func stop() {
        running.value?.signal(SIGKILL)
        running.value = nil
    }
}

/// A value that tests change while others hold it.
final class Box<Content: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var content: Content

    init(_ content: Content) { self.content = content }

    var value: Content {
        get { lock.withLock { content } }
        set { lock.withLock { content = newValue } }
    }
}

/// Takes in notices over HTTP and remembers them.
final class Receiver: Sendable {
    let address: String
    private let got = Box<[NoticeReceiver.Received]>([])
    private let tasks: Box<[Task<Void, Never>]>

    init() async throws {
        let listener = NoticeReceiver()
        let (addresses, continuation) = AsyncStream.makeStream(of: String.self)
        let got = got
        let listening = Task {
            do { try await listener.run { continuation.yield($0) } } catch { continuation.finish() }
        }
        let collecting = Task {
            for await notice in listener.received { got.value += [notice] }
        }
        tasks = Box([Task { await listening.value }, collecting])
        var first: String?
        for await address in addresses {
            first = address
            break
        }
        address = try #require(first)
    }

    deinit {
        for task in tasks.value { task.cancel() }
    }

    /// What arrived so far.
    var notices: [NoticeReceiver.Received] { got.value }

    /// How many arrived with a word in their idempotency key.
    func count(_ word: String) -> Int {
        notices.count { $0.key.contains(word) }
    }
}

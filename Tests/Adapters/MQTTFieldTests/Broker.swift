import Acquisition
import Facility
import Foundation
import Glibc
import Synchronization

/// A real broker on a port of its own, which tests stop and start.
final class Broker: Sendable {
    let port: Int
    private let folder: URL
    private let password: String?
    private let certificates: Certificates?
    private let process = Mutex<Process?>(nil)

    /// Nil, said aloud, when there is no mosquitto.
    init?(password: String? = nil, certificates: Certificates? = nil, options: String = "") {
        guard let port = Self.freePort(), Self.executable != nil else {
            print("SKIPPED: no mosquitto to test against")
            return nil
        }
        self.port = port
        self.password = password
        self.certificates = certificates
        folder = FileManager.default.temporaryDirectory.appending(path: "broker-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var configuration = """
            listener \(port) 127.0.0.1
            persistence true
            persistence_location \(folder.path)/
            autosave_interval 1
            max_queued_messages 100000
            \(options)

            """
        if let certificates {
            configuration += """
                cafile \(certificates.path("ca.pem"))
                certfile \(certificates.path("broker.pem"))
                keyfile \(certificates.path("broker.key"))

                """
        }
        if let password {
            let file = folder.appending(path: "passwords").path
            Self.run("/usr/bin/mosquitto_passwd", ["-c", "-b", file, "gate", password])
            configuration += "allow_anonymous false\npassword_file \(file)\n"
        } else {
            configuration += "allow_anonymous true\n"
        }
        if getuid() == 0 { configuration += "user root\n" }
        try? Data(configuration.utf8).write(to: folder.appending(path: "mosquitto.conf"))
        start()
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: folder)
    }

    private static let executable = [
        "/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto",
    ]
    .first(where: FileManager.default.isExecutableFile)

    @discardableResult
    private static func run(_ executable: String, _ arguments: [String]) -> Process? {
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        process.waitUntilExit()
        return process
    }

    /// A port nobody listens on.
    static func freePort() -> Int? {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [
            "-c", "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])",
        ]
        process.standardOutput = output
        guard (try? process.run()) != nil else { return nil }
        process.waitUntilExit()
        let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        return Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    func start() {
        let broker = Process()
        broker.executableURL = URL(filePath: Self.executable ?? "")
        broker.arguments = ["-c", folder.appending(path: "mosquitto.conf").path]
        broker.standardOutput = FileHandle.nullDevice
        broker.standardError = FileHandle.nullDevice
        try? broker.run()
        process.withLock { $0 = broker }
        for _ in 0..<100 {
            if isAccepting { return }
            usleep(20_000)
        }
    }

    private var isAccepting: Bool {
        let login = password.map { ["-u", "gate", "-P", $0] } ?? []
        let secure =
            certificates.map {
                ["--insecure", "--cafile", $0.path("ca.pem")]
                    + ["--cert", $0.path("client.pem"), "--key", $0.path("client.key")]
            } ?? []
        let probe = Self.run(
            "/usr/bin/mosquitto_pub",
            ["-p", "\(port)", "-t", "probe", "-m", "x", "-q", "1"] + login + secure)
        return probe?.terminationStatus == 0
    }

    /// Ends the broker at once, after it has saved what its sessions are now.
    func stop() {
        process.withLock { broker in
            guard let running = broker, running.isRunning else { return }
            let begin = Date()
            while savedAt.map({ $0 <= begin }) ?? true, Date() < begin + 10 { usleep(20_000) }
            // Threads of the tests block the polite signal, and their children inherit that.
            kill(running.processIdentifier, SIGKILL)
            running.waitUntilExit()
            broker = nil
        }
    }

    private var savedAt: Date? {
        let file = folder.appending(path: "mosquitto.db").path
        return try? FileManager.default.attributesOfItem(atPath: file)[.modificationDate] as? Date
    }

    /// Makes the broker fall silent without ending a connection.
    func pause() { process.withLock { $0.map { _ = kill($0.processIdentifier, SIGSTOP) } } }

    /// Lets a silent broker go on where it was.
    func resume() { process.withLock { $0.map { _ = kill($0.processIdentifier, SIGCONT) } } }

    /// Publishes one message of any bytes with the broker's own tool.
    func publish(_ topic: String, bytes: [UInt8], retain: Bool = false) {
        let file = folder.appending(path: UUID().uuidString)
        try? Data(bytes).write(to: file)
        Self.run(
            "/usr/bin/mosquitto_pub",
            ["-p", "\(port)", "-t", topic, "-q", "1", "-f", file.path] + (retain ? ["-r"] : []))
    }

    /// Publishes with the broker's own tool, each message acknowledged.
    func publish(_ topic: String, _ payloads: [String], retain: Bool = false) {
        let process = Process()
        let input = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/mosquitto_pub")
        process.arguments =
            ["-p", "\(port)", "-t", topic, "-q", "1", "-l"] + (retain ? ["-r"] : [])
        process.standardInput = input
        guard (try? process.run()) != nil else { return }
        try? input.fileHandleForWriting.write(
            contentsOf: Data((payloads.joined(separator: "\n") + "\n").utf8))
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}

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
    var samples: [Sample] { state.withLock { $0.samples } }
    var events: [BusEvent] { state.withLock { $0.events } }

    /// What the newest sample of a point says.
    func last(_ point: Int) -> Sample? {
        state.withLock { $0.samples.last { $0.point == PointID(point) } }
    }
}

/// Waits until something holds; whether it did in time. The time is what a quiet machine needs: a busy one gets
/// four times as long, because no test here is about speed.
func holds(within quietSeconds: Double, _ condition: () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(4 * quietSeconds)
    while ContinuousClock.now < deadline {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return condition()
}

/// Where a file with a secret may be put.
func secretFile() -> URL {
    FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID().uuidString)")
}

/// A sensor that publishes `{"n": number}`.
func source(
    _ topic: String, availability: String? = nil, expected: Int64 = 60_000, firstPoint: Int = 0
) -> MQTTSource {
    let point = MQTTPoint(
        meaning: PointMeaning(name: "n", label: Bilingual(zh: "数", en: "number"), kind: .gauge),
        pointer: "/n", type: .number)
    let words = availability.map { MQTTMap.Availability(topic: $0, online: "online", offline: "offline") }
    return MQTTSource(
        asset: AssetID("A\(firstPoint)"), topic: topic, availabilityTopic: availability,
        map: MQTTMap(topic: topic, expectedMilliseconds: expected, availability: words, points: [point]),
        points: [PointID(firstPoint)])
}

/// An authority and what it signed, made by openssl.
final class Certificates: Sendable {
    private let folder: URL

    /// Nil, said aloud, when there is no openssl.
    ///
    /// - Parameters:
    ///   - name: what the broker's certificate says it is for.
    ///   - days: how long the broker's certificate holds; a negative number for one that has expired.
    init?(name: String = "IP:127.0.0.1", days: Int = 2) {
        folder = FileManager.default.temporaryDirectory.appending(path: "certificates-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let script = """
            set -e
            cd "$1"
            openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3650 -subj "/CN=Site CA"
            openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -days 2 -subj "/CN=Other CA"
            printf 'subjectAltName=%s\\n' "$2" >names
            for who in broker client; do
                openssl req -newkey rsa:2048 -nodes -keyout $who.key -out $who.csr -subj "/CN=$who"
                openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $who.pem -days "$3" \
                    -extfile names
            done
            """
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", script, "bash", folder.path, name, "\(days)"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try? process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            print("SKIPPED: no openssl to make certificates with")
            return nil
        }
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }
}

import Foundation

/// A mosquitto of the demonstration's own, on a free port of the loopback interface.
struct DemoBroker {
    let process: DemoProcess
    let port: Int

    /// Starts a broker; tries other ports while the one it asked for is taken.
    static func start(in folder: URL) async throws -> DemoBroker {
        guard let program = DemoPrograms.system("mosquitto") else { throw DemoFailure.missing("mosquitto") }
        let log = folder.appendingPathComponent("broker.log")
        for _ in 0..<20 {
            let port = Int.random(in: 20_000..<32_000)
            let file = folder.appendingPathComponent("mosquitto.conf")
            // The broker drops root for a user who cannot see this folder, so it is told to stay who it is.
            try """
            listener \(port) 127.0.0.1
            allow_anonymous true
            user root
            persistence false
            """.write(to: file, atomically: true, encoding: .utf8)
            let process = try DemoProcess(program, ["-c", file.path], errors: log)
            try await Task.sleep(for: .milliseconds(300))
            if process.isRunning { return DemoBroker(process: process, port: port) }
        }
        throw DemoFailure.ended("mosquitto", log: log.path)
    }
}

/// The programs the demonstration runs.
enum DemoPrograms {
    /// This program itself.
    static var own: URL { Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0]) }

    /// The simulator, beside this program or where packages put it.
    static var simulator: URL? {
        [
            own.deletingLastPathComponent().appendingPathComponent("site-simulator"),
            URL(fileURLWithPath: "/usr/libexec/sitewatch/site-simulator"),
        ]
        .first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? system("site-simulator")
    }

    /// A program of the system.
    static func system(_ name: String) -> URL? {
        let named = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return (named.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/bin"])
            .map { URL(fileURLWithPath: $0).appendingPathComponent(name) }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }
}

/// Why the demonstration cannot go on.
enum DemoFailure: Error {
    /// A program it needs is not installed.
    case missing(String)
    /// A program it started ended by itself; its log says why.
    case ended(String, log: String)
}

import ArgumentParser
import Foundation

/// The command line of the simulated site.
@main
struct SiteSimulatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "site-simulator",
        abstract: "Serves a simulated site over Modbus TCP, Modbus RTU and MQTT.",
        discussion: """
            Prints one JSON line when it is ready, then one per event. Takes commands on standard input and \
            on the control socket: \(ControlCommand.usage).
            """)

    @Option(help: "The site file.")
    var site: String
    @Option(help: "A scripted day to play.")
    var scenario: String?
    @Option(help: "Equal seeds give equal days.")
    var seed: UInt64 = 1
    @Option(help: "How many simulated seconds pass in one real second.")
    var speed = 1.0
    @Option(help: "Path of a Unix socket that takes commands.")
    var control: String?
    @Option(help: ArgumentHelp("Another TCP port for a bus; 0 takes a free one.", valueName: "bus=port"))
    var port: [String] = []
    @Option(help: ArgumentHelp("Another link for a serial bus.", valueName: "bus=path"))
    var pty: [String] = []
    @Option(help: ArgumentHelp("Another broker for every MQTT bus.", valueName: "host:port"))
    var mqtt: String?
    @Flag(help: "End when standard input ends.")
    var exitWithStdin = false

    func validate() throws {
        guard speed > 0, speed <= 1000 else {
            throw ValidationError("--speed is more than 0 and at most 1000")
        }
    }

    func run() throws {
        OwnProcess.holdSignals()
        do {
            var file = try SiteFile(try Self.read(site))
            try applyOverrides(to: &file)
            let day = try scenario.map { try ScenarioFile(try Self.read($0), site: file) }
            var options = Simulator.Options()
            options.seed = seed
            options.speed = speed
            options.controlPath = control
            options.endsWithInput = exitWithStdin
            try Simulator(site: file, scenario: day, options: options).run()
        } catch let problem as FileProblem {
            Descriptor(2, isOwned: false).writeAll(Array("\(problem)\n".utf8))
            throw ExitCode(1)
        } catch let problem as SystemError {
            Descriptor(2, isOwned: false).writeAll(Array("\(problem)\n".utf8))
            throw ExitCode(1)
        }
    }

    private static func read(_ path: String) throws -> YAMLDocument {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw FileProblem(file: path, line: 1, column: 1, message: "the file cannot be read")
        }
        return try YAMLDocument(text: String(decoding: data, as: UTF8.self), file: path)
    }

    private func applyOverrides(to file: inout SiteFile) throws {
        for entry in port {
            let (name, value) = try Self.pair(entry, option: "--port")
            guard let number = Int(value), (0...65535).contains(number) else {
                throw ValidationError("--port \(entry): '\(value)' is not a port")
            }
            try file.override(name) { kind in
                guard case .tcp(let host, _) = kind else { return nil }
                return .tcp(host: host, port: number)
            }
        }
        for entry in pty {
            let (name, value) = try Self.pair(entry, option: "--pty")
            try file.override(name) { kind in
                guard case .rtu(_, let line) = kind else { return nil }
                return .rtu(link: value, line: line)
            }
        }
        if let mqtt {
            let parts = mqtt.split(separator: ":").map(String.init)
            guard parts.count == 2, let number = Int(parts[1]), (1...65535).contains(number) else {
                throw ValidationError("--mqtt \(mqtt): HOST:PORT is expected")
            }
            for bus in file.buses where bus.isMessaging {
                try file.override(bus.name) { _ in .mqtt(host: parts[0], port: number) }
            }
        }
    }

    private static func pair(_ entry: String, option: String) throws -> (String, String) {
        let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw ValidationError("\(option) \(entry): BUS=VALUE is expected") }
        return (parts[0], parts[1])
    }
}

extension SiteFile {
    /// Replaces how a bus is reached; a bus that is not there or of another kind is a usage error.
    fileprivate mutating func override(_ name: String, _ change: (BusKind) -> BusKind?) throws {
        guard let index = buses.firstIndex(where: { $0.name == name }) else {
            throw ValidationError("there is no bus '\(name)'")
        }
        guard let kind = change(buses[index].kind) else {
            throw ValidationError("the bus '\(name)' is of another kind")
        }
        buses[index].kind = kind
    }
}

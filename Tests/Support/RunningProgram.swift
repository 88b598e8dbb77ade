public import Foundation
import Synchronization
import SystemService

/// A program that a test started; killed with the value.
public final class RunningProgram: Sendable {
    private let process: Process
    private let printed = Mutex<Data>(Data())
    private let input = Pipe()

    /// Starts a program; what it prints, errors included, is kept.
    public init(
        _ executable: URL, _ arguments: [String], environment: [String: String] = [:],
        folder: URL? = nil
    ) throws {
        process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = folder
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = input
        output.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            self?.printed.withLock { $0.append(data) }
        }
        try SignalMask.cleared { try process.run() }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// Everything printed so far.
    public var output: String {
        printed.withLock { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether it still runs.
    public var isRunning: Bool { process.isRunning }

    /// Its process id.
    public var identifier: Int32 { process.processIdentifier }

    /// Writes a line to its standard input.
    public func send(_ line: String) {
        try? input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    }

    /// Sends a signal.
    public func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    /// Waits for the end; its exit code, or nil when it had to be killed after the limit.
    @discardableResult
    public func ended(within seconds: Double = 30) async -> Int32? {
        let isEnded = await eventually(within: seconds) { !self.process.isRunning }
        guard isEnded else {
            kill(process.processIdentifier, SIGKILL)
            return nil
        }
        // What was printed last may still be on its way through the pipe.
        try? await Task.sleep(for: .milliseconds(50))
        return process.terminationStatus
    }

    /// Runs a program to its end; its exit code and what it printed.
    public static func run(
        _ executable: URL, _ arguments: [String], environment: [String: String] = [:],
        within seconds: Double = 30
    ) async throws -> (status: Int32?, output: String) {
        let program = try RunningProgram(executable, arguments, environment: environment)
        let status = await program.ended(within: seconds)
        return (status, program.output)
    }
}

/// Asks again and again until the answer is yes or the limit has passed.
public func eventually(
    within seconds: Double, every interval: Duration = .milliseconds(20),
    _ question: () async throws -> Bool
) async rethrows -> Bool {
    let limit = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < limit {
        do {
            if try await question() { return true }
        } catch {
            // Not yet; what it says at the end of the limit counts.
        }
        try? await Task.sleep(for: interval)
    }
    return try await question()
}

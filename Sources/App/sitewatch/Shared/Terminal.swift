import Delivery
import Foundation
import SystemService

/// What a command meets outside: the streams, the environment, the clock and the daemon.
struct Terminal: Sendable {
    /// Writes to the standard output.
    var out: @Sendable (String) -> Void
    /// Writes to the standard error.
    var err: @Sendable (String) -> Void
    /// Whether a person looks at the standard output.
    var isInteractive: Bool
    /// The columns of the terminal; nil if there is none.
    var columns: @Sendable () -> Int? = { nil }
    /// The variables of the environment.
    var environment: [String: String]
    /// The command line, without the program's name.
    var arguments: [String] = []
    /// The path of this program.
    var executable: String
    /// The wall clock, milliseconds since 1970.
    var now: @Sendable () -> Int64
    /// Waits, between two looks of `--watch`.
    var pause: @Sendable () async throws -> Void

    /// The terminal of the running command; tests put their own in its place.
    @TaskLocal static var current = Terminal.system

    /// The streams and the environment of the process.
    static var system: Terminal {
        Terminal(
            out: { FileHandle.standardOutput.write(Data($0.utf8)) },
            err: { FileHandle.standardError.write(Data($0.utf8)) },
            isInteractive: isatty(FileHandle.standardOutput.fileDescriptor) == 1,
            columns: {
                TerminalSize.columns() ?? ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }
            },
            environment: ProcessInfo.processInfo.environment,
            arguments: Array(CommandLine.arguments.dropFirst()),
            executable: Bundle.main.executablePath ?? CommandLine.arguments[0],
            now: { Int64((Date().timeIntervalSince1970 * 1000).rounded()) },
            pause: { try await Task.sleep(for: .seconds(1)) })
    }

    /// Whether colours are wanted: https://no-color.org.
    var hasColour: Bool {
        let isForbidden = !(environment["NO_COLOR"] ?? "").isEmpty
        return isInteractive && !isForbidden && environment["TERM"] != "dumb"
    }
}

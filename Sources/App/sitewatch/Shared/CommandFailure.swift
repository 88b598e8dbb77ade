import ArgumentParser
import Facility

/// How a command ends, for scripts.
enum Ending {
    /// It could not be done.
    static let failed = ExitCode(1)
    /// It was done, and something was found.
    static let findings = ExitCode(2)
    /// No daemon answers.
    static let unreachable = ExitCode(3)
}

/// Why a command could not be carried out: what to tell the person, and the exit code.
struct CommandFailure: Error, Hashable {
    let message: Message
    let code: ExitCode

    init(_ message: Message, _ code: ExitCode = Ending.failed) {
        self.message = message
        self.code = code
    }

    static func == (left: Self, right: Self) -> Bool {
        left.message == right.message && left.code == right.code
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(message)
        hasher.combine(code.rawValue)
    }
}

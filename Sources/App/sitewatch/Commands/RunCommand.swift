public import ArgumentParser
import Facility
import Foundation
import Historian
import Ledger
public import Logging
import SiteConfig
import SiteDaemon
import SystemService
import WebAPI

/// The daemon itself, in the foreground: the service manager keeps it running.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the daemon in the foreground.")

    @Option(help: ArgumentHelp("Where the ledger and the history are kept.", valueName: "dir"))
    var data = "/var/lib/sitewatch"

    @Option(help: "How much is logged: debug, info, notice, warning or error.")
    var log = Logger.Level.notice

    @OptionGroup var site: SiteOptions

    func run() async throws {
        MemoryFootprint.limitHeaps()
        try await Session.run(site.language) { session in
            let options = DaemonOptions(
                configuration: site.config, data: data, share: try session.needShare(),
                language: session.language)
            let write = session.terminal.err
            var logger = Logger(label: "sitewatch") { _ in JournalLog(level: log, write: write) }
            logger.logLevel = log
            do {
                try await Daemon(options: options, catalog: session.catalog, logger: logger).run()
            } catch {
                throw explained(error, session)
            }
        }
    }

    /// Turns what ended the daemon into what a person is told.
    private func explained(_ error: any Error, _ session: Session) -> any Error {
        switch error {
        case DaemonError.configuration(let problems):
            let errors = problems.filter { $0.severity == .error }
            for problem in errors {
                session.terminal.err("\(problem.position): \(session.text(problem.message))\n")
            }
            return CommandFailure(Message("daemon.refused", ["errors": .text(String(errors.count))]))
        case DaemonError.unusable(let message): return CommandFailure(message)
        case let error as WebServerError: return CommandFailure(error.message)
        case let error as LedgerError: return CommandFailure(error.message)
        case let error as SystemError: return CommandFailure(error.message)
        default:
            return CommandFailure(Message("daemon.ended", ["reason": .text("\(error)")]))
        }
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

import ArgumentParser
import Facility
import Foundation
import SystemService

/// A whole simulated site in one command.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show a whole simulated site: broker, equipment, daemon, an alarm and its work order.")

    @Flag(help: "Tell the story without asking for keys, and end with it.")
    var headless = false

    @Option(
        name: .customLong("for"), help: ArgumentHelp("End after this long: 60s, 5m.", valueName: "duration"))
    var limit: DemoSpan?

    @Flag(help: "Write a JSON report at the end; the story goes to standard error.")
    var json = false

    @Flag(inversion: .prefixedNo, help: "Let a pump fail.")
    var fault = true

    @Flag(help: "Keep the files of the run.")
    var keep = false

    @OptionGroup var language: LanguageOptions

    func run() async throws {
        try await Session.run(language) { session in
            let share = try session.needShare()
            let folder = try Self.folder()
            let narrator = DemoNarrator(
                catalog: session.catalog, language: session.language, usesErrors: json)
            let plan = DemoRun.Plan(
                limitSeconds: limit?.seconds ?? (headless ? 60 : nil), causesFault: fault,
                isInteractive: !headless)
            let story: DemoStory
            do {
                story = try await Self.untilSignal {
                    try await DemoRun(plan: plan, share: share, narrator: narrator)
                        .run(in: folder, language: session.language.rawValue)
                }
            } catch let failure as DemoFailure {
                throw CommandFailure(failure.message)
            }
            try finish(story, narrator, session, folder)
        }
    }

    private func finish(
        _ story: DemoStory, _ narrator: DemoNarrator, _ session: Session, _ folder: URL
    ) throws {
        let isComplete = story.missing.isEmpty
        if isComplete {
            let seconds = story.faultToNoticeSeconds.map { String(format: "%.1f", $0) } ?? "–"
            narrator.say("demo.complete", ["seconds": .text(seconds)])
        } else {
            let links = story.missing.map { session.text($0.messageKey) }
            narrator.say("demo.incomplete", ["links": .text(links.joined(separator: ", "))])
        }
        if keep || !isComplete {
            narrator.say("demo.logs", ["folder": .text(folder.path)])
        } else {
            try? FileManager.default.removeItem(at: folder)
        }
        narrator.say("demo.ended", [:])
        if json { try session.show(json: DemoReport(story)) }
        if headless && !isComplete { throw Ending.failed }
    }

    /// Runs a story; Ctrl-C or a request to terminate ends it early, so that it still clears up after itself.
    private static func untilSignal(_ story: @escaping @Sendable () async throws -> DemoStory) async throws
        -> DemoStory
    {
        let signals = await SignalStream.open([.interrupt, .terminate])
        return try await withThrowingTaskGroup(of: DemoStory?.self) { group in
            group.addTask { try await story() }
            group.addTask {
                _ = await signals.first { _ in true }
                return nil
            }
            // Nil is the signal: the story is cancelled, and gives back what it has after clearing up.
            var told = try await group.next() ?? nil
            group.cancelAll()
            if told == nil { told = try await group.next() ?? nil }
            return told ?? DemoStory()
        }
    }

    /// A folder of this run's own.
    private static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("sitewatch-demo-\(ProcessInfo.processInfo.processIdentifier)")
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}

/// A span with its unit: `90s`, `5m`.
struct DemoSpan: ExpressibleByArgument {
    let seconds: Double

    init?(argument: String) {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
        guard let last = argument.last, let unit = units[last], let number = Double(argument.dropLast()),
            number > 0, number.isFinite
        else { return nil }
        seconds = number * unit
    }
}

extension DemoFailure {
    /// What to tell the person.
    var message: Message {
        switch self {
        case .missing(let program): Message("demo.program-missing", ["program": .text(program)])
        case .ended(let program, let log):
            Message(
                "demo.program-ended",
                [
                    "program": .text(program), "log": .text(log),
                    "tail": .text(
                        String((try? String(contentsOfFile: log, encoding: .utf8))?.suffix(2000) ?? "")),
                ])
        }
    }
}

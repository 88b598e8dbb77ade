import Alarms
import ArgumentParser
import Engine
import Facility
import Notices
import Rules
import SiteConfig

/// Which samples a backtest takes, and who stands in for the people.
struct BacktestOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "The first instant.")
    var from = "-30d"

    @Option(parsing: .unconditional, help: "The instant after the last one.")
    var to = "now"

    @Option(help: ArgumentHelp("The data folder whose history is read.", valueName: "dir"))
    var data = "/var/lib/sitewatch"

    @Option(
        help: ArgumentHelp(
            "Take the samples of this CSV file, written as for import, instead of the history.",
            valueName: "file"))
    var csv: String?

    @Flag(
        help: "As if somebody acknowledged every alarm after five minutes and did every order in time.")
    var attended = false

    @OptionGroup var site: SiteOptions

    /// Who stands in.
    var stand: Backtest.Stand { attended ? .attentive : .nobody }
}

/// Rules to be tested: those of the site, or those of other files.
struct BacktestRules {
    /// The rules as their files say them.
    let definitions: [RuleDefinition]
    /// The rules ready to be evaluated.
    let rules: RuleSet
    /// Whether they are all rules there are: then the silence of buses counts too.
    let isWhole: Bool

    /// The points they read.
    var points: Set<PointID> { Set(rules.instances.flatMap(\.points)) }
}

/// Backtests of one site over one span.
struct BacktestRun {
    let configuration: Configuration
    let source: BacktestSource
    let span: Range<Int64>
    let stand: Backtest.Stand
    let session: Session

    private let loader: ConfigurationLoader

    /// Opens what the options name.
    init(_ options: BacktestOptions, _ session: Session) async throws {
        let loader = try session.loader(options.site)
        guard let configuration = loader.load().configuration else {
            throw Self.unusable(options.site.config, options.site.suffix)
        }
        let zone = configuration.site.zone
        let now = session.terminal.now()
        let from = try TimeArgument.instant(options.from, option: "--from", now: now, zone: zone)
        let to = try TimeArgument.instant(options.to, option: "--to", now: now, zone: zone)
        guard from < to else { throw CommandFailure(Message("cli.history.empty-span"), .validationFailure) }
        self.loader = loader
        self.configuration = configuration
        self.session = session
        span = from..<to
        stand = options.stand
        source =
            if let path = options.csv {
                try await .file(path, configuration.site.points, zone: zone, within: span, session)
            } else {
                try .folder(options.data)
            }
    }

    /// The rules of files or folders, or of the site where none is named; of them only those asked for.
    func rules(of paths: [String], only names: [String]) throws -> BacktestRules {
        var definitions = configuration.ruleDefinitions
        var schedules = configuration.schedules
        if !paths.isEmpty {
            let loaded = loader.load(rules: paths)
            for problem in loaded.problems where problem.severity == .error || loaded.configuration == nil {
                session.say("\(problem.position): \(SafeText.plain(session.text(problem.message)))")
            }
            guard let found = loaded.configuration else {
                throw Self.unusable(paths.joined(separator: " "), "")
            }
            definitions = found.ruleDefinitions
            schedules = found.schedules
        }
        for name in names where !definitions.contains(where: { $0.id.name == name }) {
            throw CommandFailure(
                NearestName.unknown("cli.rules.unknown", name, among: definitions.map(\.id.name)))
        }
        let chosen = definitions.filter { names.isEmpty || names.contains($0.id.name) }
        let compiled = RuleSet.compile(chosen, schedules: schedules, for: configuration.site)
        return BacktestRules(definitions: chosen, rules: compiled.rules, isWhole: names.isEmpty)
    }

    /// Rules that no file has.
    func compiled(_ definitions: [RuleDefinition]) -> BacktestRules {
        let compiled = RuleSet.compile(
            definitions, schedules: configuration.schedules, for: configuration.site)
        return BacktestRules(definitions: definitions, rules: compiled.rules, isWhole: false)
    }

    /// Plays the samples of the span to rules; every entry of the journal is given as it comes.
    func play(_ rules: BacktestRules, each take: (([AlarmEvent]) -> Void)? = nil) async throws
        -> BacktestReport
    {
        let site = configuration.site
        var backtest = Backtest(
            site: site, rules: rules.rules, routes: configuration.routes,
            directory: configuration.directory, catalog: session.catalog, from: span.lowerBound, stand: stand,
            keepsJournal: take != nil)
        // Points that are read again and again tell of the silence of buses too.
        let points = site.points.filter {
            rules.points.contains($0.id)
                || rules.isWhole && $0.expectedMilliseconds != nil && site.asset($0.asset)?.bus != nil
        }
        var merge = try await SampleMerge(try await source.streams(points, span))
        var progress = Progress(session)
        defer { progress.end() }
        var count = 0
        try await merge.forEach { sample in
            backtest.take(sample)
            count += 1
            guard count % 65_536 == 0 else { return }
            if let take { take(backtest.takeJournal()) }
            progress.show(line(count, sample.wallMilliseconds))
        }
        let report = backtest.finish(at: span.upperBound)
        if let take { take(backtest.takeJournal()) }
        return report
    }

    private func line(_ count: Int, _ wall: Int64) -> Message {
        let share = Double(wall - span.lowerBound) / Double(span.upperBound - span.lowerBound)
        return Message(
            "cli.backtest.progress",
            ["samples": .text(String(count)), "percent": .text(String(Int(share * 100)))])
    }

    private static func unusable(_ folder: String, _ suffix: String) -> CommandFailure {
        CommandFailure(
            Message("cli.rules.no-configuration", ["folder": .text(folder), "options": .text(suffix)]),
            Ending.findings)
    }
}

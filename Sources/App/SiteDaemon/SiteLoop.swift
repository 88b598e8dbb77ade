public import Acquisition
public import Engine
public import Facility
public import Maintenance
public import Notices
public import Rules
internal import Synchronization

/// Drives the engine: the only place where it meets the clock, the ledger and those who wait for answers.
public actor SiteLoop {
    /// What the loop needs of the world.
    public struct Ports: Sendable {
        /// Reads both clocks.
        public var now: @Sendable () -> Moment
        /// Whether a time service says that the wall clock is right.
        public var isClockSynchronised: @Sendable () -> Bool
        /// Makes a decision durable, whole or not at all.
        public var commit: @Sendable (Decision) async throws -> Void
        /// Lets committed decisions be acted on.
        public var act: @Sendable (Decision) -> Void

        /// Fills the ports.
        public init(
            now: @escaping @Sendable () -> Moment,
            isClockSynchronised: @escaping @Sendable () -> Bool = { false },
            commit: @escaping @Sendable (Decision) async throws -> Void,
            act: @escaping @Sendable (Decision) -> Void
        ) {
            self.now = now
            self.isClockSynchronised = isClockSynchronised
            self.commit = commit
            self.act = act
        }
    }

    /// Counts since the start, for metrics and the watchdog.
    public struct Counters: Sendable {
        /// Steps taken.
        public var steps: Int64 = 0
        /// Samples the engine has seen.
        public var samples: Int64 = 0
        /// Uptime of the last step, milliseconds.
        public var lastStepUptimeMilliseconds: Int64 = 0
        /// Samples replaced by later ones before the engine saw them.
        public var replaced: Int64 = 0
        /// How long it took from the arrival of a sample until the rules had seen it, for the newest thousand
        /// steps: the oldest sample of each.
        public var reactions = AnswerTimes()
        /// The same for the last minute.
        public var recentReactions = RecentTimes()
        /// How long the commits of the last minute took.
        public var recentCommits = RecentTimes()
    }

    private var engine: SiteEngine
    private let mailbox: Mailbox
    private let ports: Ports
    private var waiting: [String: [CheckedContinuation<CommandReply?, Never>]] = [:]
    private var changes: [Change] = []
    private var isStopped = false
    private nonisolated let shared = Mutex(Shared())

    private struct Shared: Sendable {
        var counters = Counters()
        var deadline: Int64?
    }

    /// Another configuration that waits for its turn between two steps.
    private struct Change {
        let site: Site
        let rules: RuleSet
        let routes: [Route]
        let directory: NoticeDirectory
        let plans: PlanBook
        let orders: OrderSettings?
        let done: CheckedContinuation<Void, any Error>
    }

    /// The shortest time between two steps: bounds the work at high sample rates.
    private static let pause = Duration.milliseconds(5)
    /// How often a due deadline is looked for.
    private static let tick = Duration.milliseconds(100)

    /// A loop over an engine that is up to date.
    public init(engine: SiteEngine, mailbox: Mailbox, ports: Ports) {
        self.engine = engine
        self.mailbox = mailbox
        self.ports = ports
    }

    /// Counts since the start; readable from anywhere without waiting for a step.
    public nonisolated var counters: Counters {
        shared.withLock { $0.counters }
    }

    /// Steps until cancelled, then takes what is left and ends.
    ///
    /// - Throws: what `commit` threw. The process must end then: what was decided is not known to be kept,
    ///   and only a restart from the ledger knows.
    public func run(started: @Sendable () async -> Void) async throws {
        defer { releaseWaiting() }
        try await step()
        await started()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in await tickUntilCancelled() }
            try await stepUntilClosed()
            group.cancelAll()
        }
        try await step()
    }

    /// Asks for something and waits until the answer is durable; nil if the loop has ended.
    public func submit(_ command: Command) async -> CommandReply? {
        guard !isStopped else { return nil }
        return await withCheckedContinuation { continuation in
            waiting[command.id, default: []].append(continuation)
            mailbox.put(command)
        }
    }

    /// Puts another configuration in place of the running one, between two steps; returns when that is durable.
    ///
    /// - Throws: `CancellationError` when the loop has ended; what `commit` threw, and then the loop ends too.
    public func reconfigure(
        site: Site, rules: RuleSet, routes: [Route], directory: NoticeDirectory = NoticeDirectory(),
        plans: PlanBook = PlanBook(), orders: OrderSettings? = nil
    ) async throws {
        guard !isStopped else { throw CancellationError() }
        try await withCheckedThrowingContinuation { done in
            changes.append(
                Change(
                    site: site, rules: rules, routes: routes, directory: directory, plans: plans,
                    orders: orders, done: done))
            mailbox.ring()
        }
    }

    /// Reads something of the engine, between two steps.
    public func read<Answer: Sendable>(_ question: @Sendable (SiteEngine) -> Answer) -> Answer {
        question(engine)
    }

    /// Puts what was read of the past in front of what windows saw, between two steps.
    public func warm(_ warmup: RuleWarmup) {
        engine.warm([warmup])
        mailbox.ring()
    }

    private func stepUntilClosed() async throws {
        for await _ in mailbox.wakeups {
            try await step()
            try await applyChanges()
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func applyChanges() async throws {
        while !changes.isEmpty {
            let change = changes.removeFirst()
            do {
                // What waits was measured under the configuration that ends, and is numbered by it.
                try await step()
                try await settle(
                    engine.reconfigure(
                        site: change.site, rules: change.rules, routes: change.routes,
                        directory: change.directory, plans: change.plans, orders: change.orders,
                        at: ports.now()))
                change.done.resume()
            } catch {
                change.done.resume(throwing: error)
                throw error
            }
        }
    }

    /// Rings when the engine's next deadline is due, and at least once a second so that silence is seen.
    private nonisolated func tickUntilCancelled() async {
        while (try? await Task.sleep(for: Self.tick)) != nil {
            let uptime = ports.now().uptimeMilliseconds
            let (deadline, last) = shared.withLock { ($0.deadline, $0.counters.lastStepUptimeMilliseconds) }
            if uptime >= min(deadline ?? .max, last + 1000) { mailbox.ring() }
        }
        mailbox.close()
    }

    private func step() async throws {
        let content = mailbox.take()
        let now = ports.now()
        engine.isClockSynchronised = ports.isClockSynchronised()
        let decision = engine.step(
            content.samples, conditions: content.conditions, commands: content.commands, at: now)
        let deadline = engine.nextDeadlineUptimeMilliseconds
        let evaluated = ports.now().uptimeMilliseconds
        shared.withLock { shared in
            shared.counters.steps += 1
            shared.counters.samples += Int64(content.samples.count)
            shared.counters.replaced = content.replaced
            if let arrived = content.arrivedUptimeMilliseconds {
                shared.counters.reactions.note(microseconds: max(0, evaluated - arrived) * 1000)
                shared.counters.recentReactions.note(max(0, evaluated - arrived), at: evaluated)
            }
            shared.deadline = deadline
        }
        try await settle(decision)
        shared.withLock { $0.counters.lastStepUptimeMilliseconds = now.uptimeMilliseconds }
    }

    /// Commit, then act, then answer.
    private func settle(_ decision: Decision) async throws {
        if !decision.isEmpty {
            let began = ports.now().uptimeMilliseconds
            try await ports.commit(decision)
            let ended = ports.now().uptimeMilliseconds
            shared.withLock { $0.counters.recentCommits.note(ended - began, at: ended) }
            ports.act(decision)
        }
        for reply in decision.replies {
            for continuation in waiting.removeValue(forKey: reply.command) ?? [] {
                continuation.resume(returning: reply)
            }
        }
    }

    private func releaseWaiting() {
        isStopped = true
        for continuation in waiting.values.joined() { continuation.resume(returning: nil) }
        waiting = [:]
        for change in changes { change.done.resume(throwing: CancellationError()) }
        changes = []
    }
}

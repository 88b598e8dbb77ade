public import Alarms
public import Facility
public import Maintenance
public import Notices
public import Rules

/// The whole site as one value: samples, commands and time in; what has to be committed out.
///
/// A step takes commands first, so that an acknowledgement never covers what is raised in the same step; then
/// the samples of the batch and what the daemon found out about itself, all as of one moment; then what is due. Only rules whose points changed or whose
/// time has come are evaluated, so a step costs what changed, not what there is. A contact or a code that changes
/// twice in one batch is looked at in between: an event that is over already was an event.
public struct SiteEngine: Sendable {
    /// The site as the running configuration describes it; its numbering of points is the one of `latest`.
    public let site: Site
    let rules: RuleSet
    let catalog: MessageCatalog

    var table: PointTable
    var watch: CommunicationWatch
    var planner: NoticePlanner
    /// The work that comes back.
    var plans: PlanDesk
    /// Whether a time service says that the wall clock is right: the shell says so before each step.
    public var isClockSynchronised = false
    /// What the daemon said of itself last, in the order of the register.
    var ownConditions: [SelfCondition?] = Array(repeating: nil, count: SelfAlarm.all.count)

    var alarms: [AlarmInstance] = []
    /// The rule instances of the first alarms, in the same places.
    var instances: [RuleInstance] = []
    var places: [AlarmKey: Int] = [:]
    /// Which alarm explains which.
    var causes = CauseBook()
    /// How often alarms came lately, by their key.
    var chatters: [AlarmKey: ChatterMemory] = [:]
    /// Those that chatter.
    var chattering: Set<AlarmKey> = []
    /// When to forget next what is too old to matter, on the uptime clock.
    var forgetUptimeMilliseconds: Int64 = .min
    /// How many alarms people were told of lately.
    var flood = FloodMemory()
    /// What waits for a digest.
    var digested: [OccurrenceID: DigestEntry] = [:]
    /// The first of the alarms that came together, by the top of their tree.
    var firstOuts: [AssetID: FirstOut] = [:]
    /// How long nothing was watched before this engine began, and how the clocks stood to each other last.
    var outage: WatchOutage
    /// Which alarms read a point, by the point's index.
    private var readers: [[Int32]]
    /// Which alarms compare how long ago a point was read well with how many milliseconds, by the point's index.
    private var ageReaders: [Int: [(alarm: Int, milliseconds: Int64)]] = [:]
    /// The step in which a point's contact or code last changed, by the point's index.
    private var changedIn: [UInt32]
    private var stepNumber: UInt32 = 0
    private var touched: [Int] = []
    private var isTouched: [Bool] = []
    private var scratch = RuleScratch()

    private var deadlines = DeadlineHeap()
    private var queuedAnnouncements: [OccurrenceID: Int64] = [:]

    var occurrenceNumbering: OccurrenceNumbering
    var orderNumbering: OrderNumbering
    var occurrences: [OccurrenceID: AlarmOccurrence]
    var orders: [OrderNumber: WorkOrderLifecycle]
    /// The order of each cause that is not over.
    var orderOfCause: [String: OrderNumber]
    /// What is known of orders beyond those that are open.
    var book: OrderBook
    var answers: AnsweredCommands
    /// When the last step was taken; the start before the first.
    var lastStep: Moment
    /// What is remembered of alarms whose rules and assets were gone at the start: the first step closes and
    /// forgets them, lest a rule that returns one day finds a delay that began long ago.
    private var orphans: [AlarmMemory] = []
    /// The orders under which whole assets were out of service at the start.
    private var orderOfRemoval: [AssetID: String] = [:]
    /// Alarms that do not stand as they should since the start: the first step brings them in line.
    private var misplaced: [Int] = []

    /// Builds the engine of a site, carrying on from what the ledger remembers.
    public init(
        site: Site, rules: RuleSet, routes: [Route], directory: NoticeDirectory = NoticeDirectory(),
        catalog: MessageCatalog, memory: EngineMemory, plans: PlanBook = PlanBook(),
        orders settings: OrderSettings = OrderSettings(), at now: Moment
    ) {
        self.site = site
        self.rules = rules
        self.catalog = catalog
        self.table = PointTable(pointCount: site.points.count, startedAt: now)
        self.watch = CommunicationWatch(site)
        self.planner = NoticePlanner(
            site: site, routes: routes, directory: directory, catalog: catalog,
            announcements: memory.announcements)
        self.plans = PlanDesk(plans, site: site, memory: PlanMemory(memory.site), at: now)
        self.readers = Array(repeating: [], count: site.points.count)
        self.changedIn = Array(repeating: 0, count: site.points.count)
        self.occurrenceNumbering = OccurrenceNumbering(last: memory.lastOccurrence)
        self.orderNumbering = OrderNumbering(lastSequence: memory.lastOrderSequence)
        self.occurrences = Dictionary(
            memory.occurrences.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
        self.orders = Dictionary(
            (memory.orders + memory.settledOrders).map { ($0.number, WorkOrderLifecycle($0)) },
            uniquingKeysWith: { _, last in last })
        self.orderOfCause = Dictionary(
            memory.orders.map { ($0.cause, $0.number) }, uniquingKeysWith: { _, last in last })
        self.book = OrderBook(settings)
        self.answers = AnsweredCommands(memory.answeredCommands)
        self.lastStep = now
        self.outage = WatchOutage(lastAlive: memory.lastAlive, now: now)
        if let last = memory.lastAlive {
            planner.skipHandovers(until: min(last.wallMilliseconds, now.wallMilliseconds))
        }
        addAlarms(memory)
        restoreCauses(memory)
        restoreSite(memory)
        restoreOrders(memory)
        isTouched = Array(repeating: false, count: alarms.count)
        orphans = memory.alarms.filter { places[$0.key] == nil && $0 != AlarmMemory(key: $0.key) }
        orderOfRemoval = Dictionary(
            memory.alarms.filter(\.isOutOfServiceWithAsset).map { ($0.key.asset, $0.outOfService ?? "") },
            uniquingKeysWith: { first, _ in first })
        misplaced = alarms.indices.filter { isMisplaced($0) }
        for place in alarms.indices { queue(place, now) }
        for id in planner.announcements.keys.sorted() { queueAnnouncement(id) }
    }

    // MARK: Questions

    /// When to step again even if nothing arrives, on the uptime clock; nil if nothing is under way.
    public var nextDeadlineUptimeMilliseconds: Int64? {
        guard orphans.isEmpty, misplaced.isEmpty else { return lastStep.uptimeMilliseconds }
        return [
            deadlines.first?.uptimeMilliseconds, siteDeadlineUptimeMilliseconds,
            orderDeadlineUptimeMilliseconds,
        ].compactMap(\.self).min()
    }

    /// The last sample of a point.
    public func latest(_ point: PointID) -> Sample? { table.samples[Int(point.index)] }

    /// Where an alarm stands; normal if there is no such alarm.
    public func state(of key: AlarmKey) -> AlarmState {
        places[key].map { alarms[$0].lifecycle.state } ?? .normal
    }

    /// The occurrences that are not closed, oldest first.
    public var openOccurrences: [AlarmOccurrence] {
        occurrences.values.sorted { $0.id < $1.id }
    }

    /// The orders that are not final, oldest first.
    public var openOrders: [WorkOrder] {
        orders.values.map(\.order).filter { !$0.state.isFinal }.sorted { $0.number < $1.number }
    }

    /// The orders that are verified and may still be opened again, oldest first.
    public var settledOrders: [WorkOrder] {
        orders.values.map(\.order).filter(\.state.isFinal).sorted { $0.number < $1.number }
    }

    // MARK: The step

    /// Takes one step: commands first, then samples and conditions, then due timers. An empty batch is a tick.
    public mutating func step(
        _ samples: [Sample], conditions: [SelfCondition] = [], commands: [Command] = [], at now: Moment
    ) -> Decision {
        var draft = DecisionDraft(at: now)
        lastStep = now
        stepNumber &+= 1
        noteTime(&draft)
        retireOrphans(&draft)
        putInPlace(&draft)
        for command in commands { answer(command, &draft) }
        take(samples, &draft)
        take(conditions)
        takeDueDeadlines(&draft)
        decideTouched(&draft)
        takeDueSite(&draft)
        stepPlans(&draft)
        takeDueOrders(&draft)
        for id in draft.waitingAnnouncements.sorted() { advanceAnnouncement(id, &draft) }
        forgetSettledCauses(&draft)
        forgetStaleSite(&draft)
        forgetStaleDeadlines()
        return finish(draft)
    }

    /// Swaps the configuration; alarms of rules and assets that are gone close, the rest carries on.
    public mutating func reconfigure(
        site: Site, rules: RuleSet, routes: [Route], directory: NoticeDirectory = NoticeDirectory(),
        plans: PlanBook = PlanBook(), orders settings: OrderSettings? = nil, at now: Moment
    ) -> Decision {
        var next = SiteEngine(
            site: site, rules: rules, routes: routes, directory: directory, catalog: catalog, memory: memory,
            plans: plans, orders: settings ?? book.settings, at: now)
        next.carryOver(from: self)
        let decision = next.step([], at: now)
        self = next
        return decision
    }

    /// Takes over what was measured before, of points that still mean the same.
    private mutating func carryOver(from old: SiteEngine) {
        for point in site.points {
            guard let id = old.site.point(point.path), old.site[id].means(the: point) else { continue }
            table.adopt(point.id, from: old.table, id)
            guard let sample = latest(point.id) else { continue }
            watch.note(sample)
            for reader in readers[Int(point.id.index)] { touch(Int(reader)) }
        }
        watch.adoptStandings(from: old.watch)
        isClockSynchronised = old.isClockSynchronised
        take(old.ownConditions.compactMap(\.self))
    }

    /// Everything a restart needs, as the ledger would give it back.
    private var memory: EngineMemory {
        var memory = EngineMemory()
        memory.alarms = alarms.map(\.lifecycle.memory) + orphans
        memory.rules = instances.indices.compactMap { ruleMemory($0) }
        memory.occurrences = openOccurrences
        memory.orders = openOrders
        memory.settledOrders = settledOrders
        memory.closedOrders = book.closed.values.sorted { $0.cause < $1.cause }
        memory.announcements = planner.announcements.values.sorted { $0.occurrence < $1.occurrence }
        memory.lastOccurrence = occurrenceNumbering.last
        memory.lastOrderSequence = orderNumbering.lastSequence
        memory.answeredCommands = answers.replies
        memory.site = siteMemory
        memory.lastAlive = lastStep
        return memory
    }

    // MARK: Samples

    private mutating func take(_ samples: [Sample], _ draft: inout DecisionDraft) {
        for sample in samples where site.points.indices.contains(Int(sample.point.index)) {
            let isDiscrete = sample.value.map(Self.isDiscrete) ?? false
            if isDiscrete, changedIn[Int(sample.point.index)] == stepNumber,
                latest(sample.point)?.value != sample.value
            {
                decideTouched(&draft)
            }
            watch.note(sample)
            if !plans.meters.isEmpty { plans.note(sample, at: draft.now) }
            if !ageReaders.isEmpty { touchAgeReaders(of: sample, draft.now) }
            guard table.record(sample, at: draft.now) else {
                touchHeldReaders(of: sample.point)
                continue
            }
            if isDiscrete { changedIn[Int(sample.point.index)] = stepNumber }
            for reader in readers[Int(sample.point.index)] { touch(Int(reader)) }
        }
        let changed = watch.takeChanges(at: draft.now)
        for branch in changed.branches { touch(.branch(branch)) }
        for unit in changed.units { touch(.unit(unit)) }
    }

    private mutating func take(_ conditions: [SelfCondition]) {
        for condition in conditions {
            // One of a later version, or of a test: nobody here can tell people what it means.
            guard let place = SelfAlarm.all.firstIndex(where: { $0.name == condition.alarm }) else {
                continue
            }
            ownConditions[place] = condition
            touch(.own(place))
        }
    }

    private static func isDiscrete(_ value: Value) -> Bool {
        switch value {
        case .flag, .integer: true
        case .number, .text: false
        }
    }

    /// What waits for a fresh reading is looked at also when it says the same as the one before.
    private mutating func touchHeldReaders(of point: PointID) {
        guard !causes.held.isEmpty else { return }
        for reader in readers[Int(point.index)] where causes.held[Int(reader)] != nil { touch(Int(reader)) }
    }

    /// What came too late for a rule is looked at when it has come, also when it says the same as before.
    private mutating func touchAgeReaders(of sample: Sample, _ now: Moment) {
        guard sample.quality == .good, let readers = ageReaders[Int(sample.point.index)] else { return }
        let age = table.age(sample.point, at: now)
        for reader in readers where age >= reader.milliseconds { touch(reader.alarm) }
    }

    mutating func touch(_ place: Int) {
        guard !isTouched[place] else { return }
        isTouched[place] = true
        touched.append(place)
    }

    private mutating func touch(_ source: AlarmInstance.Source) {
        switch source {
        case .rule: break
        case .branch(let branch): touch(place(ofBranch: branch))
        case .unit(let unit): touch(place(ofUnit: unit))
        case .own(let own): touch(instances.count + watch.branches.count + watch.units.count + own)
        }
    }

    func place(ofBranch branch: Int) -> Int { instances.count + branch }

    func place(ofUnit unit: Int) -> Int { instances.count + watch.branches.count + unit }

    /// Decides one alarm anew; its lifecycle hears of it if the verdict is another one.
    private mutating func evaluate(_ place: Int, _ draft: inout DecisionDraft) {
        let verdict = verdict(place, &draft)
        let last = alarms[place].verdict
        alarms[place].verdict = verdict
        see(verdict, after: last, at: place, draft.now)
        let isSame = last?.agrees(with: verdict) == true && causes.deferred[place] == nil
        let isLetOut = causes.held[place] != nil || verdict.active == .yes && last?.active != .yes
        // What is over in the moment in which it is let out ends first: nobody need hear that it was.
        let isEnding = isLetOut && !isSame && verdict.when != .yes && verdict.clear == .yes
        if isEnding { followCondition(verdict, at: place, &draft) }
        if causes.held[place] != nil { review(place, verdict, &draft) }
        if isSame { return }
        if verdict.active != last?.active {
            switch verdict.active {
            case .yes: apply(.unsuppress(reason: AlarmNote.inactive), to: place, &draft)
            case .no: apply(.suppress(reason: AlarmNote.inactive), to: place, &draft)
            case .unknown: break
            }
        }
        if let level = verdict.level, let levels = definition(place)?.levels, levels.indices.contains(level) {
            apply(.level(levels[level].priority), to: place, &draft)
        }
        if !isEnding { followCondition(verdict, at: place, &draft) }
    }

    private mutating func followCondition(
        _ verdict: RuleVerdict, at place: Int, _ draft: inout DecisionDraft
    ) {
        follow(.condition(raise: verdict.when.flag, clear: verdict.clear.flag), at: place, &draft)
    }

    private mutating func verdict(_ place: Int, _ draft: inout DecisionDraft) -> RuleVerdict {
        switch alarms[place].source {
        case .rule:
            let verdict = instances[place].evaluate(
                table, slots: &alarms[place].slots, scratch: &scratch, at: draft.now)
            if scratch.hasNewProgress { draft.rules.insert(place) }
            if scratch.hasNewWindows { keepWindows(place, &draft) }
            return verdict
        case .branch(let branch):
            let found = watch.isDown(branch: branch, at: draft.now)
            return RuleVerdict(found.down, recheck: found.recheckUptimeMilliseconds)
        case .unit(let unit):
            let found = watch.isSilent(unit: unit, at: draft.now)
            return RuleVerdict(found.silent, recheck: found.recheckUptimeMilliseconds)
        case .own(let own):
            let condition = ownConditions[own]
            return RuleVerdict(
                when: Truth(condition?.raise), clear: Truth(condition?.clear), active: .yes,
                recheckUptimeMilliseconds: nil)
        }
    }

    // MARK: The first step

    /// Whether its rule says otherwise than before in a way that only it can put right, or its asset is out of
    /// service and it is not: its rule is new.
    private func isMisplaced(_ place: Int) -> Bool {
        let lifecycle = alarms[place].lifecycle
        let isOtherMode = lifecycle.memory.occurrence.flatMap { occurrences[$0] }
            .map { $0.isShadow != lifecycle.policy.isShadow }
        return isOtherMode == true || isQuietByFormerRule(lifecycle)
            || lifecycle.memory.outOfService == nil && orderOfRemoval[lifecycle.memory.key.asset] != nil
    }

    /// Whether it is quiet for want of data, though its rule no longer says so.
    private func isQuietByFormerRule(_ lifecycle: borrowing AlarmLifecycle) -> Bool {
        lifecycle.policy.whileUnknown != .suppress
            && lifecycle.memory.suppressedBy.contains(AlarmNote.quietWithoutData)
    }

    private mutating func putInPlace(_ draft: inout DecisionDraft) {
        for place in misplaced {
            let lifecycle = alarms[place].lifecycle
            let open = lifecycle.memory.occurrence.flatMap { occurrences[$0] }
            if let open, open.isShadow != lifecycle.policy.isShadow {
                apply(.renew(reason: AlarmNote.modeChanged), to: place, &draft)
            }
            if isQuietByFormerRule(lifecycle) {
                apply(.unsuppress(reason: AlarmNote.quietWithoutData), to: place, &draft)
            }
            if lifecycle.memory.outOfService == nil, let order = orderOfRemoval[lifecycle.memory.key.asset] {
                apply(.remove(order: order, withAsset: true, person: nil), to: place, &draft)
            }
        }
        misplaced = []
    }

    /// Notes that windows are kept, unless that was lately: values come by the second, and the history has
    /// them all. Each alarm has a time of its own, so that not all are written in one step.
    private mutating func keepWindows(_ place: Int, _ draft: inout DecisionDraft) {
        guard let pause = instances[place].keepingMilliseconds else { return }
        let number = (draft.now.uptimeMilliseconds + Int64(place) * 7919) / pause
        guard number != alarms[place].windowsKept else { return }
        let isFirst = alarms[place].windowsKept == nil
        alarms[place].windowsKept = number
        if !isFirst { draft.rules.insert(place) }
    }

    // MARK: Timers

    /// Takes every deadline that has come: its alarm is touched, its announcement waits to be taken on.
    private mutating func takeDueDeadlines(_ draft: inout DecisionDraft) {
        func isDue(_ entry: DeadlineHeap.Entry) -> Bool {
            entry.uptimeMilliseconds <= draft.now.uptimeMilliseconds
        }
        // What is looked at may be due again at once.
        while let next = deadlines.first, isDue(next) {
            var unmeasured: [Int] = []
            while let first = deadlines.first, isDue(first) {
                _ = deadlines.removeFirst()
                guard counts(first) else { continue }
                switch first.target {
                case .alarm(let place):
                    alarms[place].queued = nil
                    if alarms[place].verdict == nil, !isTouched[place] {
                        unmeasured.append(place)
                    } else {
                        touch(place)
                    }
                case .announcement(let id):
                    queuedAnnouncements[id] = nil
                    draft.waitingAnnouncements.insert(id)
                }
            }
            // In the order of the list, so that the outcome does not depend on when a deadline was set.
            for place in unmeasured.sorted() { apply(.tickUnmeasured, to: place, &draft) }
        }
    }

    /// Looks at every touched alarm, causes before what they explain, so that the outcome does not depend on why
    /// an alarm was touched: samples first, then what is due.
    private mutating func decideTouched(_ draft: inout DecisionDraft) {
        var index = 0
        var sorted = 0
        while index < touched.count {
            // A cause that changed touches what it explains, which always comes after it.
            if sorted < touched.count {
                if touched.count - index > 1 {
                    let ranks = causes.ranks
                    touched[index...].sort { ranks[$0] < ranks[$1] }
                }
                sorted = touched.count
            }
            decide(touched[index], &draft)
            index += 1
        }
        touched.removeAll(keepingCapacity: true)
    }

    private mutating func decide(_ place: Int, _ draft: inout DecisionDraft) {
        isTouched[place] = false
        let before = Standing(alarms[place].lifecycle.memory)
        evaluate(place, &draft)
        if let deadline = alarms[place].deadline, deadline <= draft.now.uptimeMilliseconds {
            follow(.tick, at: place, &draft)
        } else {
            queue(place, draft.now)
        }
        spread(from: place, before, &draft)
    }

    /// Sees that an alarm is looked at when its time comes.
    mutating func queue(_ place: Int, _ now: Moment) {
        let deadline = alarms[place].deadline
        guard deadline != alarms[place].queued else { return }
        alarms[place].queued = deadline
        if let deadline {
            deadlines.insert(.init(uptimeMilliseconds: deadline, target: .alarm(place)))
        }
    }

    /// Sees that an occurrence's route goes on when its time comes; a quiet occurrence waits.
    mutating func queueAnnouncement(_ id: OccurrenceID) {
        let isQuiet = occurrences[id].flatMap { places[$0.key] }.map { alarms[$0].lifecycle.isQuiet } ?? true
        let deadline = isQuiet ? nil : planner.nextStepUptimeMilliseconds(id)
        guard deadline != queuedAnnouncements[id] else { return }
        queuedAnnouncements[id] = deadline
        if let deadline {
            deadlines.insert(.init(uptimeMilliseconds: deadline, target: .announcement(id)))
        }
    }

    private func counts(_ entry: DeadlineHeap.Entry) -> Bool {
        switch entry.target {
        case .alarm(let place): alarms[place].queued == entry.uptimeMilliseconds
        case .announcement(let id): queuedAnnouncements[id] == entry.uptimeMilliseconds
        }
    }

    /// Entries that no longer count are dropped from the top at once, and everywhere before they pile up.
    private mutating func forgetStaleDeadlines() {
        while let first = deadlines.first, !counts(first) { _ = deadlines.removeFirst() }
        guard deadlines.count > 4 * (alarms.count + queuedAnnouncements.count) + 64 else { return }
        let alarms = self.alarms
        let queued = queuedAnnouncements
        deadlines.compact { entry in
            switch entry.target {
            case .alarm(let place): alarms[place].queued == entry.uptimeMilliseconds
            case .announcement(let id): queued[id] == entry.uptimeMilliseconds
            }
        }
    }

    // MARK: Building

    private mutating func addAlarms(_ memory: EngineMemory) {
        let known = Dictionary(memory.alarms.map { ($0.key, $0) }, uniquingKeysWith: { _, last in last })
        let slots = Dictionary(
            memory.rules.map { (AlarmKey(rule: $0.rule, asset: $0.asset), $0) },
            uniquingKeysWith: { _, last in last })
        for (ruleIndex, rule) in rules.rules.enumerated() {
            let policy = AlarmPolicy(rule.definition)
            for instance in rule.instances {
                let key = AlarmKey(rule: instance.rule, asset: instance.asset)
                for point in Set(instance.points) {
                    readers[Int(point.index)].append(Int32(instances.count))
                }
                for bound in instance.ageBounds {
                    ageReaders[Int(bound.point.index), default: []]
                        .append((instances.count, bound.milliseconds))
                }
                instances.append(instance)
                let remembered = slots[key].map {
                    instance.resumed($0, unwatchedSince: outage.unwatchedSince)
                }
                if outage.isLong, remembered != nil { outage.interrupted.append(alarms.count) }
                add(.rule(ruleIndex), key, policy, known[key], slots: remembered ?? instance.emptySlots)
            }
        }
        for (index, branch) in watch.branches.enumerated() {
            let key = SystemAlarm.key(of: branch.subject)
            add(.branch(index), key, SystemAlarm.policy, known[key], slots: [])
        }
        for (index, unit) in watch.units.enumerated() {
            let key = SystemAlarm.key(ofUnit: unit.asset)
            add(.unit(index), key, SystemAlarm.policy, known[key], slots: [])
        }
        for (index, alarm) in SelfAlarm.all.enumerated() {
            var policy = alarm.policy
            policy.priority = alarm.priority
            add(.own(index), alarm.key, policy, known[alarm.key], slots: [])
        }
    }

    private mutating func add(
        _ source: AlarmInstance.Source, _ key: AlarmKey, _ policy: AlarmPolicy, _ memory: AlarmMemory?,
        slots: [RuleMemory.Slot]
    ) {
        places[key] = alarms.count
        let credited = outage.credit(memory ?? AlarmMemory(key: key))
        if let memory, credited != memory { outage.uncredited.append(alarms.count) }
        let lifecycle = AlarmLifecycle(policy: policy, memory: credited)
        var alarm = AlarmInstance(source, lifecycle)
        alarm.slots = slots
        alarms.append(alarm)
    }

    private mutating func retireOrphans(_ draft: inout DecisionDraft) {
        for memory in orphans {
            let isRuleKnown =
                rules.definition(memory.key.rule) != nil || SystemAlarm.isSystem(memory.key.rule)
            var lifecycle = AlarmLifecycle(policy: AlarmPolicy(), memory: memory)
            let outcome = lifecycle.handle(
                .retire(reason: isRuleKnown ? AlarmNote.assetGone : AlarmNote.ruleGone), at: draft.now,
                numbering: &occurrenceNumbering)
            draft.goneAlarms.append(lifecycle.memory)
            for action in outcome.actions { perform(action, lifecycle, definition: nil, &draft) }
        }
        orphans = []
    }
}

extension RuleVerdict {
    /// The verdict about a plain condition; nil is unknown.
    fileprivate init(_ flag: Bool?, recheck: Int64?) {
        self.init(
            when: Truth(flag), clear: !Truth(flag), active: .yes, recheckUptimeMilliseconds: recheck)
    }
}

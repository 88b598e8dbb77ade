import Alarms
import Facility
import Rules

/// Which alarm explains which: what the rules and the topology say, and what stands at the moment.
struct CauseBook: Sendable {
    /// How long what a rule's alarm explained stays quiet after the end of it, milliseconds.
    static let settleMilliseconds: Int64 = 10_000
    /// What was raised so shortly before its cause began is explained by it all the same, milliseconds.
    static let attachMilliseconds: Int64 = 10_000
    /// How long after the start it counts that not everything was tried, milliseconds.
    static let startMilliseconds: Int64 = 300_000
    /// How long an alarm without data waits at most for its silence to be told, milliseconds: after that it is
    /// raised, explained or not. What may cost a life waits as long as the silence of a link that came back once
    /// takes to be told; anything else as long as a link may come and go before that is its own trouble.
    static func patienceMilliseconds(_ urgency: Priority?) -> Int64 {
        urgency == .p1
            ? CommunicationWatch.settleMilliseconds + 2 * SystemAlarm.delayMilliseconds : 300_000
    }

    /// The alarms that may explain each alarm, by its place: those at the same asset first, then upwards.
    private(set) var causes: [Int: [Int]] = [:]
    /// The alarms each alarm may explain, by its place.
    private(set) var effects: [Int: [Int]] = [:]
    /// In which order alarms are decided, by their place: causes before what they explain.
    private(set) var ranks: [Int32] = []

    /// The alarms that are suppressed by a cause.
    private(set) var held: [Int: Set<OccurrenceID>] = [:]
    /// Causes that are over, while what they explained settles.
    private(set) var ended: [OccurrenceID: EndedCause] = [:]
    /// The alarms about silences that hold.
    var silences: Set<Int> = []
    /// Alarms without data that wait for their silence to be told, and until when.
    var deferred: [Int: Int64] = [:]

    /// A book of nothing.
    init() {}

    /// Reads off who may explain whom.
    init(
        site: Site, rules: RuleSet, watch: CommunicationWatch, places: [AlarmKey: Int],
        sources: [AlarmInstance.Source]
    ) {
        let silences = NamedSilences(watch)
        var place = 0
        for rule in rules.rules {
            for instance in rule.instances {
                defer { place += 1 }
                // A life is in danger whatever else has failed: only a loss of communication may keep such an
                // alarm quiet, and only while it has no data.
                guard !rule.definition.causes.isEmpty, rule.definition.mostUrgent > .p1 else { continue }
                let found = site.lineage(of: instance.asset).flatMap { asset in
                    rule.definition.causes.flatMap {
                        silences.keys(of: $0, at: asset, site) ?? [AlarmKey(rule: $0, asset: asset)]
                    }
                }.compactMap { places[$0] }.filter { $0 != place }
                guard !found.isEmpty else { continue }
                causes[place] = found
                for cause in found { effects[cause, default: []].append(place) }
            }
        }
        ranks = Self.ranks(sources, watch, causes)
    }

    /// Branches and units come first, the widest first; then the rules, each after its causes. Rules that
    /// explain each other in a ring, which the loader refuses, come in the order of the files.
    private static func ranks(
        _ sources: [AlarmInstance.Source], _ watch: CommunicationWatch, _ causes: [Int: [Int]]
    ) -> [Int32] {
        var ranks = [Int32](repeating: -1, count: sources.count)
        var next: Int32 = 0
        func give(_ place: Int) {
            guard ranks[place] < 0 else { return }
            // Marked before its causes are: a ring ends here.
            ranks[place] = .max
            for cause in causes[place] ?? [] { give(cause) }
            ranks[place] = next
            next += 1
        }
        let width = sources.map { source -> Int in
            switch source {
            case .branch(let branch): watch.branches[branch].units.count + 1
            case .unit: 1
            case .rule, .own: 0
            }
        }
        let links = sources.indices.filter { width[$0] > 0 }
        for place in links.sorted(by: { (width[$1], $0) < (width[$0], $1) }) { give(place) }
        for place in sources.indices { give(place) }
        return ranks
    }

    // MARK: What stands

    /// Whether nothing is explained by a silence at the moment, and no cause settles.
    var isIdle: Bool {
        held.isEmpty && ended.isEmpty && deferred.isEmpty && silences.isEmpty
    }

    /// Notes for which causes an alarm is suppressed.
    mutating func note(_ place: Int, suppressedBy reasons: Set<String>) {
        let found = Set(reasons.compactMap(AlarmNote.cause(ofReason:)))
        if found.isEmpty { held[place] = nil } else { held[place] = found }
    }

    /// The alarms an occurrence keeps quiet.
    func held(by cause: OccurrenceID) -> [Int] {
        held.filter { $0.value.contains(cause) }.map(\.key).sorted()
    }

    /// Notes that a cause is over.
    mutating func end(_ cause: EndedCause) { ended[cause.occurrence] = cause }

    /// The causes that are over and keep nothing any more.
    func settled(at now: Moment) -> [OccurrenceID] {
        guard !ended.isEmpty else { return [] }
        let keeping = held.values.reduce(into: Set<OccurrenceID>()) { $0.formUnion($1) }
        return ended.values.filter { now.uptimeMilliseconds >= $0.settledUptimeMilliseconds }
            .map(\.occurrence).filter { !keeping.contains($0) }.sorted()
    }

    /// Forgets a cause that is over.
    mutating func forget(_ cause: OccurrenceID) { ended[cause] = nil }
}

extension EndedCause {
    /// Until when what it explained stays quiet in any case, on the uptime clock.
    var settledUptimeMilliseconds: Int64 {
        let settle =
            SystemAlarm.isSystem(key.rule)
            ? CommunicationWatch.settleMilliseconds : CauseBook.settleMilliseconds
        return ended.uptimeMilliseconds + settle
    }
}

extension RuleDefinition {
    /// The most urgent an alarm of the rule can be.
    var mostUrgent: Priority { levels.map(\.priority).reduce(priority, min) }
}

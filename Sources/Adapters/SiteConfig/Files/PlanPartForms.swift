internal import Facility
internal import Maintenance

/// Which assets a plan is for.
struct PlanMatchShape: Shape {
    struct Match: Sendable {
        let assetClass: AssetClass?
        let asset: Located<String>?
        let labels: [String: String]
        let isOnce: Bool
    }

    static let title = "plan-match"
    static let example = "{class: lift}"
    static let form = Form<Match>.section(Self.self) { section in
        if section.node.entries?.isEmpty == true {
            section.problems.add(at: section.position, Message("config.match-empty"))
        }
        let labels = section(\.labels) ?? []
        let match = Match(
            assetClass: section(\.assetClass), asset: section(\.asset),
            labels: Dictionary(labels.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
            isOnce: section(\.once) ?? false)
        return section.isSound ? match : nil
    }

    let assetClass = Key("class", Form<AssetClass>.choice("class"))
    let asset = Key("asset", Form<String>.name(.word).located)
    let labels = Key("labels", Form.table(.word, of: Form<String>.text(maximum: 128)))
    let once = Key("once", Form<Bool>.truth)
}

/// What every so manieth date asks for.
struct PlanLevelShape: Shape {
    struct Entry: Sendable {
        let id: String
        let every: Int
        let job: Located<String>
        let position: SourcePosition
    }

    static let title = "plan-level"
    static let form = Form<Entry>.section(Self.self) { section in
        let id = section(\.id)
        let every = section(\.every)
        let job = section(\.job)
        guard let id, let every, let job else { return nil }
        return Entry(id: id, every: every, job: job, position: section.position)
    }

    let id = Key("id", Form<String>.name(.word), required: true)
    let every = Key("every", Form<Int>.integer(1...10_000), required: true)
    let job = Key("job", Form<String>.name(.word).located, required: true)
}

/// In which years of its service something is due.
struct PlanAgesShape: Shape {
    struct Ages: Sendable {
        let years: [Int]
        let then: Int
    }

    static let title = "plan-ages"
    static let example = "{years: [1, 4, 7], then: 1}"
    static let form = Form<Ages>.section(Self.self) { section in
        let years = section(\.years)
        let then = section(\.then)
        guard let years, let then else { return nil }
        return Ages(years: years, then: then)
    }

    let years = Key(
        "years", Form<[Int]>.list(of: Form<Int>.integer(1...100), count: 1...50), required: true)
    let then = Key("then", Form<Int>.integer(1...100), required: true)
}

/// When work counts as in time.
struct PlanWindowShape: Shape {
    struct Window: Sendable {
        let early: Int?
        let late: Int?
    }

    static let title = "plan-window"
    static let example = "{early: 3d, late: 0d}"
    static let form = Form<Window>.section(Self.self) { Window(early: $0(\.early), late: $0(\.late)) }

    let early = Key("early", PlanForms.days(0...366))
    let late = Key("late", PlanForms.days(0...366))
}

/// What counts towards the next time.
struct PlanMeterShape: Shape {
    enum Basis: String, CaseIterable, Sendable {
        case fixed, floating
    }

    static let title = "plan-meter"
    static let example = "{point: run_hours, step: 2000}"
    static let form = Form<Plan.Meter>.section(Self.self) { section in
        let point = section(\.point)
        let step = section(\.step)
        let kind = section(\.kind) ?? .counter
        let basis = section(\.basis) ?? .floating
        let rollover = section(\.rollover)
        let fastest = section(\.fastest)
        guard let point, let step else { return nil }
        return Plan.Meter(
            point: point, kind: kind, step: step, isFixed: basis == .fixed, rollover: rollover,
            fastest: fastest)
    }

    let point = Key("point", Form<String>.name(.identifier), required: true)
    let kind = Key("kind", Form<Plan.Meter.Kind>.choice("meter-kind"))
    let step = Key("step", Form<Double>.number(0.001...1e12), required: true)
    let basis = Key("basis", Form<Basis>.choice("meter-basis"))
    let rollover = Key("rollover", Form<Double>.number(1...1e15))
    let fastest = Key("fastest", Form<Double>.number(0.001...1e12))
}

/// Which alarm asks for the work.
struct PlanConditionShape: Shape {
    static let title = "plan-condition"
    static let example = "{rule: hvac.filter_clogged, hold: 2h}"
    static let form = Form<Plan.Condition>.section(Self.self) { section in
        let rule = section(\.rule)
        let hold = section(\.hold) ?? 0
        return rule.map { Plan.Condition(rule: RuleID($0), holdMilliseconds: hold) }
    }

    let rule = Key("rule", Form<String>.name(.dotted), required: true)
    let hold = Key("hold", Form<Int64>.duration(0...366 * 86_400_000))
}

/// Which other plan's work covers this one's, and how near it has to be.
struct PlanAbsorbShape: Shape {
    struct Absorb: Sendable {
        let plan: Located<String>
        let days: Int
    }

    static let title = "plan-absorb"
    static let example = "{plan: pump-year, within: 45d}"
    static let form = Form<Absorb>.section(Self.self) { section in
        let plan = section(\.plan)
        let within = section(\.within)
        guard let plan, let within else { return nil }
        return Absorb(plan: plan, days: within)
    }

    let plan = Key("plan", Form<String>.name(.word).located, required: true)
    let within = Key("within", PlanForms.days(0...366), required: true)
}

/// The notations of plans.
enum PlanForms {
    /// The kinds of work that come back: nothing breaks by plan.
    static let types = OrderType.allCases.filter { $0 != .corrective }

    /// `FREQ=MONTHLY;BYDAY=1MO`
    static let rule = Form<RecurrenceRule>.notation(
        pattern: "^[A-Za-z0-9=;,:+-]{1,2000}$", expected: Message("config.form.rrule")
    ) { text in
        do throws(RecurrenceProblem) {
            return .success(try RecurrenceRule(parsing: text))
        } catch {
            return .failure(Refusal(error.message))
        }
    }

    /// `15d`, `2w`, `3M`, `1y`
    static let span = Form<CivilSpan>.notation(
        pattern: "^[0-9]{1,5}[dwMy]$", expected: Message("config.form.civil-span")
    ) { text in CivilSpan(text).map { .success($0) } }

    /// A number of days: `7d`, `2w`.
    static func days(_ range: ClosedRange<Int>) -> Form<Int> {
        Form<Int>.notation(pattern: "^[0-9]{1,5}[dw]$", expected: Message("config.form.days-span")) { text in
            guard let last = text.last, last == "d" || last == "w", let count = Int(text.dropLast()),
                count >= 0, !text.hasPrefix("+")
            else { return nil }
            let days = last == "w" ? count * 7 : count
            guard range.contains(days) else {
                return .failure(.outside(text, "\(range.lowerBound)d", "\(range.upperBound)d"))
            }
            return .success(days)
        }
    }

    /// A part of every year: `04-15..10-31`.
    static let yearSpan = Form<YearSpan>.notation(
        pattern: "^[0-9]{2}-[0-9]{2}[.][.][0-9]{2}-[0-9]{2}$", expected: Message("config.form.year-span")
    ) { text in
        let numbers = text.split { !$0.isASCII || !$0.isNumber }.compactMap { Int($0) }
        guard text.utf8.count == 12, numbers.count == 4,
            let span = YearSpan(from: (numbers[0], numbers[1]), to: (numbers[2], numbers[3]))
        else { return nil }
        return .success(span)
    }
}

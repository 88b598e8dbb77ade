internal import Alarms
internal import Engine
internal import Facility
internal import Notices
internal import Rules

/// An asset of a story; its class may have to come from the profile it names.
struct RuleTestActor: Sendable {
    let assetClass: AssetClass?
    let profile: Located<String>?
    let parent: Located<String>?

    static func read<S: Shape>(
        _ section: Section<S>, _ assetClass: KeyPath<S, Key<AssetClass>>,
        _ profile: KeyPath<S, Key<Located<String>>>, _ parent: KeyPath<S, Key<Located<String>>>
    ) -> RuleTestActor {
        if !section.has(assetClass), !section.has(profile) {
            section.problems.add(at: section.position, Message("config.test-class-or-profile"))
        }
        return RuleTestActor(
            assetClass: section(assetClass), profile: section(profile), parent: section(parent))
    }
}

/// One story of a `*.test.yaml` file.
struct RuleTestEntry: Sendable {
    let name: String
    let position: SourcePosition
    let rule: Located<String>
    let subject: RuleTestActor
    let others: [Named<RuleTestActor>]
    let startWallMilliseconds: Int64
    let inputs: [RuleTestCase.Input]
    let expectations: [Located<RuleTestCase.Expectation>]
    let notices: [RuleTestCase.NoticeExpectation]?
    let injections: [RuleTestCase.Injection]
    let also: RuleTestCase.Others?

    /// The story, told of assets whose classes are known.
    func test(assetClass: AssetClass, others: [RuleTestCase.Actor]) -> RuleTestCase {
        RuleTestCase(
            name: name, position: position, rule: RuleID(rule.value), assetClass: assetClass,
            profile: subject.profile?.value, parent: subject.parent.map { AssetID($0.value) }, others: others,
            startWallMilliseconds: startWallMilliseconds, inputs: inputs,
            expectations: expectations.map(\.value), notices: notices, injections: injections, also: also)
    }

    static let form = Form<RuleTestEntry>.section(RuleTestShape.self) { section in
        let name = section(\.name)
        let rule = section(\.rule)
        let subject = RuleTestActor.read(section, \.assetClass, \.profile, \.parent)
        let others = section(\.assets) ?? []
        let start = section(\.start)
        let inputs = section(\.inputs)
        let expect = section(\.expect)
        let notices = section(\.expectNotices)
        let inject = section(\.inject) ?? []
        let also = section(\.also)
        guard let name, let rule, let start, let inputs, let expect else { return nil }
        return RuleTestEntry(
            name: name, position: section.position, rule: rule, subject: subject, others: others,
            startWallMilliseconds: start, inputs: inputs.map { .init(point: $0.name, timeline: $0.value) },
            expectations: expect, notices: notices, injections: inject, also: also)
    }
}

/// One `*.test.yaml` file.
struct RuleTestsShape: Shape {
    static let title = "rule-tests"
    let tests = Key("tests", Form.list(of: RuleTestEntry.form))
}

struct RuleTestShape: Shape {
    static let title = "rule-test"
    let name = Key("name", Form<String>.text(maximum: 200), required: true)
    let rule = Key("rule", Form<String>.name(.dotted).located, required: true)
    let assetClass = Key("class", Form<AssetClass>.choice("class"))
    let profile = Key("profile", Form<String>.name(.file).located)
    let parent = Key("parent", Form<String>.name(.word).located)
    let assets = Key("assets", Form.table(.word, of: TestAssetShape.form))
    let start = Key("start", Instants.form, required: true)
    let inputs = Key(
        "inputs", Form.table(pointName, pattern: pointPattern, of: timeline), required: true)
    let expect = Key("expect", Form.list(of: ExpectationShape.form), required: true)
    let expectNotices = Key("expect_notices", Form.list(of: NoticeExpectationShape.form))
    let inject = Key("inject", Form.list(of: InjectionShape.form))
    let also = Key("also", Form<RuleTestCase.Others>.choice("also"))

    /// A point of the story's asset, or with the asset's name in front of another one's.
    private static let pointPattern = "^([A-Za-z0-9][A-Za-z0-9_-]*[.])?[a-z][a-z0-9_]*$"
    private static let pointName = Form<String>.text(
        pattern: pointPattern, expected: Message("config.form.name")
    ) { text in
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let point = parts.last, NameStyle.identifier.accepts(point) else { return false }
        return parts.count == 1 || parts.count == 2 && NameStyle.word.accepts(parts[0])
    }

    private static let timeline = Form<String>.text(maximum: 20_000).located.map { text in
        .success(ExpressionText(text.value, at: text.textPosition))
    }
}

struct TestAssetShape: Shape {
    static let title = "rule-test-asset"
    static let form = Form<RuleTestActor>.section(Self.self) { section in
        .read(section, \.assetClass, \.profile, \.parent)
    }

    let assetClass = Key("class", Form<AssetClass>.choice("class"))
    let profile = Key("profile", Form<String>.name(.file).located)
    let parent = Key("parent", Form<String>.name(.word).located)
}

/// How long after its start something is in a story.
private enum StoryTimes {
    static let form = Form<Int64>.duration(0...400 * 86_400_000)
}

struct ExpectationShape: Shape {
    static let title = "expectation"
    static let form = Form<Located<RuleTestCase.Expectation>>.section(Self.self) { section in
        let time = section(\.at)
        let (state, quality, priority) = (section(\.state), section(\.quality), section(\.priority))
        let (rule, asset) = (section(\.rule), section(\.asset))
        if section.keys.isDisjoint(with: ["state", "quality", "priority"]) {
            section.problems.add(at: section.position, Message("config.test-expects-nothing"))
        }
        guard let time else { return nil }
        let expectation = RuleTestCase.Expectation(
            atMilliseconds: time, state: state, quality: quality, priority: priority,
            rule: rule.map { RuleID($0) }, asset: asset.map { AssetID($0) }, position: section.position)
        return Located(expectation, at: section.position)
    }

    let at = Key("at", StoryTimes.form, required: true)
    let state = Key("state", Form<AlarmState>.choice("alarm-state"))
    let quality = Key("quality", Form<RuleTestCase.Expectation.Knowledge>.choice("quality"))
    let priority = Key(
        "priority", Form<Priority>.choice("priority", Priority.allCases.map { ($0.name, $0) }))
    let rule = Key("rule", Form<String>.name(.dotted))
    let asset = Key("asset", Form<String>.name(.word))
}

struct NoticeExpectationShape: Shape {
    static let title = "notice-expectation"
    static let form = Form<RuleTestCase.NoticeExpectation>.section(Self.self) { section in
        let time = section(\.at)
        let kind = section(\.kind)
        let route = section(\.route)
        guard let time, let kind else { return nil }
        return .init(atMilliseconds: time, kind: kind, route: route, position: section.position)
    }

    let at = Key("at", StoryTimes.form, required: true)
    let kind = Key("kind", Form<Notice.Kind>.choice("notice-kind"), required: true)
    let route = Key("route", Form<String>.name(.word))
}

struct InjectionShape: Shape {
    static let title = "injection"
    static let form = Form<RuleTestCase.Injection>.section(Self.self) { section in
        let time = section(\.at)
        let span = section(\.span)
        if section.has(\.span), !section.has(\.restart), !section.has(\.shelve) {
            section.report(\.span, Message("config.test-span-needs-restart"))
        }
        let actions: [RuleTestCase.Injection.Action?] = [
            section(\.restart).map { .restart($0, downMilliseconds: span ?? 0) },
            section(\.ack).map { .acknowledge(person: $0) },
            section(\.reset).map { .reset(person: $0) },
            section(\.shelve).map { .shelve(person: $0, milliseconds: span) },
            section(\.unshelve).map { .unshelve(person: $0) },
            section(\.outOfService).map { .takeOutOfService(person: $0) },
            section(\.return).map { .return(person: $0) },
            section(\.finish).map { .finishOrder(person: $0) },
        ]
        let given = actions.compactMap { $0 }
        let names = Set([
            "restart", "ack", "reset", "shelve", "unshelve", "out_of_service", "return", "finish",
        ])
        guard section.keys.intersection(names).count == 1 else {
            section.problems.add(at: section.position, Message("config.test-one-injection"))
            return nil
        }
        guard let action = given.first else { return nil }
        return time.map { .init(atMilliseconds: $0, action: action) }
    }

    let at = Key("at", StoryTimes.form, required: true)
    let restart = Key("restart", Form<RuleTestCase.Injection.Ending>.choice("restart"))
    let span = Key("for", StoryTimes.form)
    let ack = Key("ack", Form<String>.name(.word))
    let reset = Key("reset", Form<String>.name(.word))
    let shelve = Key("shelve", Form<String>.name(.word))
    let unshelve = Key("unshelve", Form<String>.name(.word))
    let outOfService = Key("out_of_service", Form<String>.name(.word))
    let `return` = Key("return", Form<String>.name(.word))
    let finish = Key("finish", Form<String>.name(.word))
}

/// Instants as files write them: `"2026-03-01T08:00:00+08:00"`.
enum Instants {
    static let form = Form<Int64>.notation(
        pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$",
        expected: Message("config.form.instant")
    ) { text in
        milliseconds(text).map { .success($0) }
    }

    /// Milliseconds since 1970 of an instant with its offset; nil for anything else.
    static func milliseconds(_ text: String) -> Int64? {
        guard text.utf8.count >= 20, let date = CivilDate(text.prefix(10)) else { return nil }
        let rest = Array(text.utf8.dropFirst(10))
        guard rest[0] == UInt8(ascii: "T"), let clock = clock(rest[1..<9]) else { return nil }
        let zone = rest[9...]
        var offset: Int64 = 0
        if zone.elementsEqual("Z".utf8) {
            offset = 0
        } else if zone.count == 6, let sign = zone.first, sign == 0x2B || sign == 0x2D,
            let span = Self.clock(zone.dropFirst() + Array(":00".utf8))
        {
            offset = sign == 0x2D ? -span : span
        } else {
            return nil
        }
        return Int64(date.dayNumber) * 86_400_000 + clock - offset
    }

    /// The milliseconds of `08:30:00`.
    private static func clock(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(bytes)
        guard bytes.count == 8, bytes[2] == UInt8(ascii: ":"), bytes[5] == UInt8(ascii: ":") else {
            return nil
        }
        let digits = [0, 1, 3, 4, 6, 7].map { Int64(bytes[$0]) - 48 }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let (hour, minute, second) = (
            digits[0] * 10 + digits[1], digits[2] * 10 + digits[3], digits[4] * 10 + digits[5]
        )
        guard hour < 24, minute < 60, second < 60 else { return nil }
        return ((hour * 60 + minute) * 60 + second) * 1000
    }
}

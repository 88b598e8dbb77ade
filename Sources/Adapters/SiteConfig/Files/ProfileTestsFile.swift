internal import Acquisition
internal import Facility

/// One `NAME.test.yaml` file beside a profile: what a device says, and what must be read from it.
struct ProfileTestsShape: Shape {
    static let title = "profile-tests"
    static let form = Form<[ProfileTestCase]>.section(Self.self) { $0(\.cases) ?? [] }

    let cases = Key("cases", Form.list(of: ProfileTestShape.form, count: 1...1000), required: true)
}

struct ProfileTestShape: Shape {
    static let title = "profile-test"
    static let form = Form<ProfileTestCase>.section(Self.self) { section in
        let name = section(\.name)
        let registers = section(\.registers) ?? []
        let bits = section(\.bits) ?? []
        let payload = section(\.payload)
        let expect = section(\.expect)
        let images =
            registers.compactMap { image($0, ofBits: false, section.problems) }
            + bits.compactMap { image($0, ofBits: true, section.problems) }
        guard let name, let expect, section.isSound else { return nil }
        return ProfileTestCase(
            name: name, position: section.position, images: images, payload: payload,
            expectations: expect.map { .init(point: $0.name, expected: $0.value, position: $0.position) })
    }

    let name = Key("name", Form<String>.text(maximum: 200), required: true)
    let registers = Key("registers", images(Form<Int>.integer(0...0xFFFF)))
    let bits = Key("bits", images(Form<Int>.integer(0...1)))
    let payload = Key("payload", Form<String>.anyText)
    let expect = Key("expect", Form.table(.identifier, of: ExpectedValues.form), required: true)

    /// Where words start, and the words.
    private static func images(_ word: Form<Int>) -> Form<[Named<[Int]>]> {
        Form.table(
            Form<String>.text(pattern: RegisterReference.pattern, expected: Message("config.form.register")) {
                RegisterReference.address($0) != nil
            }, pattern: RegisterReference.pattern, of: .list(of: word, count: 1...65_536))
    }

    private static func image(
        _ entry: Named<[Int]>, ofBits isBits: Bool, _ problems: ProblemList
    ) -> ProfileTestCase.Image? {
        guard let first = RegisterReference.address(entry.name) else { return nil }
        guard first.area.isBits == isBits else {
            problems.add(
                at: entry.position,
                Message(
                    isBits ? "config.test-bits" : "config.test-registers",
                    ["area": .text(first.area.rawValue)]))
            return nil
        }
        return .init(first: first, words: entry.value.map { UInt16($0) }, position: entry.position)
    }
}

/// What must become of a point: `230.5`, `true`, `auto`, `"A12"` or `{bad: sensor_fault}`.
private enum ExpectedValues {
    static let form = Form<ProfileTestCase.Expected>(
        schema: .either([
            Form<Double>.number().schema, Form<Bool>.truth.schema, Form<String>.anyText.schema,
            BadValueShape.form.schema,
        ])
    ) { node, problems in
        guard case .scalar(let text, let isPlain) = node.content else {
            return BadValueShape.form.read(node, problems)
        }
        guard isPlain else { return .text(text) }
        return switch PlainMeaning(text) {
        case .number: Form<Double>.number().read(node, problems).map { .number($0) }
        case .truth: Form<Bool>.truth.read(node, problems).map { .flag($0) }
        case .text, .nothing, .time, .date: Form<String>.text().read(node, problems).map { .text($0) }
        }
    }
}

struct BadValueShape: Shape {
    static let title = "bad-value"
    static let form = Form<ProfileTestCase.Expected>.section(Self.self) { section in
        section(\.bad).map { .bad($0) }
    }

    /// Every fault a decoder can find or a device can answer with.
    private static let faults = (UInt8.min...UInt8.max).compactMap { Fault(code: $0)?.word }

    let bad = Key("bad", Form<String>.choice("fault", faults.map { ($0, $0) }), required: true)
}

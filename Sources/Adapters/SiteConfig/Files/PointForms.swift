internal import Acquisition
internal import Facility

/// What points of both kinds of profile say about their meaning and scale.
struct PointMeaningEntry: Sendable {
    let scale: Double?
    let offset: Double?
    let unit: MeasurementUnit?
    let kind: Located<Point.Kind>?
    let range: ClosedRange<Double>?
    let bad: [Located<Sentinel>]
    let badAbove: Double?
    let badBelow: Double?
    let deadband: Located<DeadbandForm.Band>?
    let heartbeat: Located<Int64>?
    let states: [Point.State]?
    let label: Bilingual?
    let conditioning: ConditioningEntry
    /// Where keys stand that only numbers have.
    let numberPositions: [(key: String, position: SourcePosition)]
    /// Where the named states stand.
    let statesPosition: SourcePosition
}

/// The forms that both kinds of points use.
enum PointForms {
    static let unit = Form<MeasurementUnit>(
        schema: .choice(MeasurementUnit.all.map(\.symbol))
    ) { node, problems in
        guard case .scalar(let symbol, let isPlain) = node.content else {
            problems.add(expected: Message("config.form.unit"), found: node)
            return nil
        }
        guard !isPlain || PlainMeaning(symbol) == .text else {
            _ = Form<String>.text().read(node, problems)
            return nil
        }
        guard let unit = MeasurementUnit(symbol: symbol) else {
            problems.add(
                at: node.position, .unknown("unit", symbol, among: MeasurementUnit.all.map(\.symbol)))
            return nil
        }
        return unit
    }

    static let range = Form<[Double]>.list(of: Form<Double>.number(), count: 2...2).map {
        bounds -> Result<ClosedRange<Double>, Refusal> in
        guard bounds.count == 2, bounds[0] < bounds[1] else { return .failure(Refusal("config.range")) }
        return .success(bounds[0]...bounds[1])
    }

    static let positive = Form<Double>.number(0...Double.greatestFiniteMagnitude)

    static let scale = Form<Double>.number().map { scale -> Result<Double, Refusal> in
        scale == 0 ? .failure(Refusal("config.scale-zero")) : .success(scale)
    }

    /// Codes with the names of states: `{0: stop, 1: auto}`.
    static let states = Form<[Named<String>]>.table(
        .text(pattern: statePattern, expected: Message("config.form.state-code")) { text in
            WholeNumber(text).flatMap { Int64(exactly: $0.signed) } != nil
        }, pattern: statePattern, of: .name(.identifier))
    private static let statePattern = "^(-?[0-9]+|0x[0-9A-Fa-f]+)$"

    static let labels = Form.table(.identifier, of: BilingualShape.label)

    /// Puts codes, names and what people read together.
    static func states(
        _ codes: [Named<String>]?, labels: [Named<Bilingual>]?, labelsAt place: SourcePosition,
        problems: ProblemList
    ) -> [Point.State]? {
        guard let codes else {
            if labels != nil { problems.add(at: place, Message("config.labels-without-states")) }
            return nil
        }
        var seenCodes: Set<Int64> = []
        var seenNames: Set<String> = []
        for code in codes {
            guard let number = WholeNumber(code.name).flatMap({ Int64(exactly: $0.signed) }) else { continue }
            if !seenCodes.insert(number).inserted || !seenNames.insert(code.value).inserted {
                problems.add(at: code.position, Message("config.state-twice", ["name": .text(code.value)]))
            }
        }
        for label in labels ?? [] where !seenNames.contains(label.name) {
            problems.add(
                at: label.position, .unknown("state", label.name, among: codes.map(\.value)))
        }
        let texts = Dictionary(
            (labels ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        return codes.compactMap { code in
            guard let number = WholeNumber(code.name).flatMap({ Int64(exactly: $0.signed) }) else {
                return nil
            }
            let label = texts[code.value] ?? Bilingual(zh: code.value, en: code.value)
            return Point.State(code: number, name: code.value, label: label)
        }
    }
}

extension PointMeaningEntry {
    /// What a point means, checked against what its numbers can be.
    func meaning(
        _ name: String, content: PointContent, resolution: Double?, expectedMilliseconds: Int64?,
        problems: ProblemList
    ) -> PointMeaning {
        if content != .number {
            for (key, position) in numberPositions {
                problems.add(
                    at: position,
                    Message(
                        "config.only-numbers",
                        [
                            "key": .text(key),
                            "content": .message(Message("config.content.\(content.rawValue)")),
                        ]))
            }
        }
        let kind =
            self.kind?.value
            ?? (conditioning.counter != nil && content == .number && states == nil
                ? .counter : content.kind(hasStates: states != nil))
        if let written = self.kind, !content.allows(written.value, hasStates: states != nil) {
            problems.add(
                at: written.position,
                Message(
                    "config.kind-does-not-fit",
                    [
                        "kind": .text(written.value.rawValue),
                        "content": .message(
                            Message(
                                states == nil ? "config.content.\(content.rawValue)" : "config.content.states"
                            )),
                    ]))
        }
        if states != nil, content == .number, unit != nil || scale != nil || offset != nil {
            problems.add(at: statesPosition, Message("config.states-are-no-numbers"))
        }
        return PointMeaning(
            name: name, label: label ?? Bilingual(zh: name, en: name), kind: kind, unit: unit,
            resolution: resolution, states: states ?? [], expectedMilliseconds: expectedMilliseconds,
            deadband: band(problems), heartbeatMilliseconds: heartbeat?.value,
            conditioning: conditioning.conditioning(
                kind, content, unit: unit, resolution: resolution, problems: problems))
    }

    /// How much a value must move to be stored at once, in the point's unit.
    private func band(_ problems: ProblemList) -> Double? {
        if let heartbeat, deadband == nil {
            problems.add(at: heartbeat.position, Message("config.heartbeat-alone"))
        }
        guard let deadband else { return nil }
        switch deadband.value {
        case .number(let number): return number
        case .share(let share):
            guard let range else {
                problems.add(at: deadband.position, Message("config.deadband-of-range"))
                return nil
            }
            return share * (range.upperBound - range.lowerBound)
        }
    }

    /// How the raw number becomes a measurement.
    func scaling(sentinels: [ClosedRange<UInt64>]) -> Scaling {
        Scaling(
            scale: scale ?? 1, offset: offset ?? 0, range: range, sentinels: sentinels, badAbove: badAbove,
            badBelow: badBelow)
    }
}

/// What a point's raw value is.
enum PointContent: String {
    /// A number.
    case number
    /// A contact.
    case flag
    /// Characters.
    case text

    /// How values behave where the file does not say.
    func kind(hasStates: Bool) -> Point.Kind {
        switch self {
        case .number: hasStates ? .state : .gauge
        case .flag: .state
        case .text: .text
        }
    }

    /// Whether values can behave so.
    func allows(_ kind: Point.Kind, hasStates: Bool) -> Bool {
        switch (self, kind) {
        case (.number, .gauge), (.number, .counter): !hasStates
        case (.number, .state), (.flag, .state), (.text, .text): true
        case (.number, .text), (.flag, .gauge), (.flag, .counter), (.flag, .text), (.text, .gauge),
            (.text, .counter), (.text, .state):
            false
        }
    }
}

internal import Acquisition
internal import Facility

/// What a point says about how its readings may follow each other.
struct ConditioningEntry: Sendable {
    let counter: Located<CounterShape.Meter>?
    let maximumRate: Located<RateText>?
    let hold: Located<Int64>?

    /// Nothing is said.
    static let none = ConditioningEntry(counter: nil, maximumRate: nil, hold: nil)

    /// Makes a description of it, checked against what the point is.
    ///
    /// - Parameter resolution: the step of a whole number after scaling; nil for other values.
    func conditioning(
        _ kind: Point.Kind, _ content: PointContent, unit: MeasurementUnit?, resolution: Double?,
        problems: ProblemList
    ) -> Conditioning? {
        if let hold, content != .flag {
            problems.add(at: hold.position, Message("config.hold-of-numbers"))
        }
        if let counter, kind != .counter {
            problems.add(
                at: counter.position, Message("config.counter-kind", ["kind": .text(kind.rawValue)]))
        }
        if let maximumRate, kind != .gauge, content == .number {
            problems.add(
                at: maximumRate.position,
                Message(kind == .counter ? "config.rate-of-counter" : "config.rate-of-state"))
        }
        if let counter { return .counter(counter.value.counter(unit, resolution: resolution, problems)) }
        if let maximumRate, let perHour = maximumRate.value.perHour(of: unit, at: maximumRate, problems) {
            return .limited(perHour: perHour)
        }
        return hold.map { .held(milliseconds: $0.value) }
    }
}

enum ConditioningForms {
    /// How long a pulse lasts at least.
    static let hold = Form<Int64>.duration(1000...86_400_000).located
    static let counter = CounterShape.form.located
    static let maximumRate = RateText.form.located
}

/// How fast something can change, as written: `100/h`, `2 MWh/h`, `5 °C/min`.
struct RateText: Sendable {
    let amount: Double
    let unit: MeasurementUnit?
    let perHour: Double

    static let form = Form<RateText>.notation(
        pattern: "^[0-9]+([.][0-9]+)?( [^ ]+)?/(s|min|h|d)$", expected: Message("config.form.rate")
    ) { text in
        guard let slash = text.lastIndex(of: "/"),
            let times = times[String(text[text.index(after: slash)...])]
        else { return nil }
        let parts = text[..<slash].split(separator: " ", omittingEmptySubsequences: false)
        guard let number = parts.first, number.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            number.first != ".", number.last != ".", let amount = Double(number), amount.isFinite,
            parts.count <= 2
        else { return nil }
        guard amount > 0 else { return .failure(Refusal("config.rate-zero")) }
        guard parts.count == 2 else {
            return .success(RateText(amount: amount, unit: nil, perHour: times))
        }
        let symbol = String(parts[1])
        guard let unit = MeasurementUnit(symbol: symbol) else {
            return .failure(Refusal(.unknown("unit", symbol, among: MeasurementUnit.all.map(\.symbol))))
        }
        return .success(RateText(amount: amount, unit: unit, perHour: times))
    }

    /// How often each span fits into an hour.
    private static let times: [String: Double] = ["s": 3600, "min": 60, "h": 1, "d": 1.0 / 24]

    /// The rate in a point's unit per hour; nil, with a problem, if it measures something else.
    func perHour(
        of pointUnit: MeasurementUnit?, at place: Located<RateText>, _ problems: ProblemList
    ) -> Double? {
        guard let unit else { return amount * perHour }
        guard let pointUnit, pointUnit.dimension == unit.dimension else {
            problems.add(
                at: place.position,
                Message(
                    "config.rate-unit",
                    ["unit": .text(unit.symbol), "point": .text(pointUnit?.symbol ?? "–")]))
            return nil
        }
        // A difference has no offset.
        return amount * perHour * (unit.factor / pointUnit.factor)
    }
}

/// What is known of a meter.
struct CounterShape: Shape {
    struct Meter: Sendable {
        let maximumRate: Located<RateText>?
        let width: Located<Int>?
        let wrapsAt: Located<Double>?

        /// The meter in the point's unit.
        func counter(
            _ unit: MeasurementUnit?, resolution: Double?, _ problems: ProblemList
        ) -> Conditioning.Counter {
            if let width, resolution == nil {
                problems.add(at: width.position, Message("config.width-of-fraction"))
            }
            let span = wrapsAt?.value ?? width.map { Self.power(of: $0.value) * (resolution ?? 1) }
            return Conditioning.Counter(
                maximumPerHour: maximumRate.flatMap { $0.value.perHour(of: unit, at: $0, problems) },
                span: span)
        }

        private static func power(of exponent: Int) -> Double {
            (0..<exponent).reduce(1.0) { power, _ in 2 * power }
        }
    }

    static let title = "counter"
    static let example = "{maximum_rate: 100/h, width: 32}"
    static let form = Form<Meter>.section(Self.self) { section in
        let meter = Meter(
            maximumRate: section(\.maximumRate), width: section(\.width), wrapsAt: section(\.wrapsAt))
        if let width = meter.width, let wrapsAt = meter.wrapsAt {
            let later = max(width.position, wrapsAt.position)
            section.problems.add(at: later, Message("config.width-and-wraps-at"))
        } else if let wrap = meter.width?.position ?? meter.wrapsAt?.position, !section.has(\.maximumRate) {
            section.problems.add(at: wrap, Message("config.wrap-needs-rate"))
        }
        return meter
    }

    let maximumRate = Key("maximum_rate", ConditioningForms.maximumRate)
    let width = Key("width", Form<Int>.integer(8...64).located)
    let wrapsAt = Key("wraps_at", Form<Double>.number(0.001...1e15).located)
}

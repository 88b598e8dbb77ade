/// A point of the same unit that says how another one is scaled: a decimals register, a PT or CT ratio.
public struct ScaleSource: Hashable, Sendable {
    /// What its value does.
    public enum Use: String, Hashable, Sendable, CaseIterable {
        /// The power of ten the value is multiplied by: SunSpec's scale factors.
        case exponent
        /// The digits behind the decimal point.
        case decimals
        /// What the value is multiplied by: a PT or CT ratio.
        case factor
        /// What the value is divided by.
        case divisor
    }

    /// The name of the point within the map.
    public let point: String
    /// What its value does.
    public let use: Use

    /// Names a source.
    public init(_ point: String, _ use: Use) {
        self.point = point
        self.use = use
    }
}

/// A scale that other points of the unit say, as far as they have said it.
struct LiveScale: Sendable {
    /// One source: whose value, and what it does.
    struct Source: Sendable {
        let field: Int
        let use: ScaleSource.Use
        var value: Double?
    }

    private let scale: Double
    private let offset: Double
    private var sources: [Source]
    /// The scale; nil as long as a source has said nothing, or nothing that can be a scale.
    private(set) var current: DecimalScale?

    init(scale: Double, offset: Double, sources: [Source]) {
        self.scale = scale
        self.offset = offset
        self.sources = sources
    }

    /// Takes what a point said; nil if it has no value.
    mutating func learn(_ value: Double?, from field: Int) {
        for index in sources.indices where sources[index].field == field && sources[index].value != value {
            sources[index].value = value
            current = computed
        }
    }

    private var computed: DecimalScale? {
        var exponent = 0
        var factor = scale
        for source in sources {
            guard let value = source.value else { return nil }
            switch source.use {
            case .exponent, .decimals:
                guard let power = Int(exactly: value), (-10...10).contains(power) else { return nil }
                guard source.use == .exponent || power >= 0 else { return nil }
                exponent += source.use == .exponent ? power : -power
            case .factor: factor *= value
            case .divisor: factor /= value
            }
        }
        // A ratio of 0 was never set: no measurement is 0 because of it.
        guard factor.isFinite, factor != 0, (-20...20).contains(exponent) else { return nil }
        return DecimalScale(scale: factor, offset: offset, exponent: exponent)
    }
}

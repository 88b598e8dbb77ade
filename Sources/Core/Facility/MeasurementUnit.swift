/// What a number measures: its dimension and its size beside the dimension's base unit.
///
/// A value in the base unit is `value * factor + offset`. Only units of one dimension can be compared.
public struct MeasurementUnit: Hashable, Sendable {
    /// The kinds of quantity equipment reports.
    public enum Dimension: String, Hashable, Sendable, CaseIterable {
        /// Pressure, base Pa.
        case pressure
        /// Temperature, base °C.
        case temperature
        /// A difference of temperatures, base K.
        case temperatureDifference
        /// Electric current, base A.
        case current
        /// Voltage, base V.
        case voltage
        /// Active power, base W.
        case power
        /// Reactive power, base var.
        case reactivePower
        /// Apparent power, base VA.
        case apparentPower
        /// Energy, base Wh.
        case energy
        /// Reactive energy, base varh.
        case reactiveEnergy
        /// Apparent energy, base VAh.
        case apparentEnergy
        /// Frequency, base Hz.
        case frequency
        /// Volume flow, base m³/h.
        case flow
        /// Volume, base m³.
        case volume
        /// Length and level, base m.
        case length
        /// Speed, base m/s.
        case speed
        /// Rotation, base rpm.
        case rotation
        /// Time, base s.
        case time
        /// A ratio, base 1.
        case ratio
        /// Concentration of a gas, base ppm.
        case concentration
        /// Illuminance, base lx.
        case illuminance
        /// Acceleration, base m/s².
        case acceleration
        /// Resistance, base Ω.
        case resistance
        /// Signal strength, base dBm.
        case signal
        /// Mass, base kg.
        case mass
        /// Angle, base °.
        case angle
    }

    /// The unit as written: `MPa`.
    public let symbol: String
    /// What it measures.
    public let dimension: Dimension
    /// How many base units one of it is.
    public let factor: Double
    /// What is added after the factor; only temperatures have one.
    public let offset: Double

    /// Describes a unit.
    public init(_ symbol: String, _ dimension: Dimension, factor: Double = 1, offset: Double = 0) {
        self.symbol = symbol
        self.dimension = dimension
        self.factor = factor
        self.offset = offset
    }

    /// The unit with a symbol of the files; nil if there is none.
    public init?(symbol: String) {
        guard let found = Self.bySymbol[symbol] else { return nil }
        self = found
    }

    /// A number of this unit, said in another unit of the same dimension; nil across dimensions.
    public func convert(_ number: Double, to other: MeasurementUnit) -> Double? {
        guard dimension == other.dimension else { return nil }
        guard self != other else { return number }
        return (number * factor + offset - other.offset) / other.factor
    }

    /// Every unit the files may name. One line per unit; aliases that people type stand beside the symbol.
    public static let all: [MeasurementUnit] = [
        .init("Pa", .pressure), .init("kPa", .pressure, factor: 1e3), .init("MPa", .pressure, factor: 1e6),
        .init("hPa", .pressure, factor: 100), .init("mbar", .pressure, factor: 100),
        .init("bar", .pressure, factor: 1e5), .init("psi", .pressure, factor: 6894.757293168),
        .init("mH2O", .pressure, factor: 9806.65),
        .init("°C", .temperature), .init("℃", .temperature),
        .init("°F", .temperature, factor: 5.0 / 9.0, offset: -160.0 / 9.0),
        .init("K", .temperatureDifference),
        .init("A", .current), .init("mA", .current, factor: 1e-3), .init("kA", .current, factor: 1e3),
        .init("V", .voltage), .init("mV", .voltage, factor: 1e-3), .init("kV", .voltage, factor: 1e3),
        .init("W", .power), .init("kW", .power, factor: 1e3), .init("MW", .power, factor: 1e6),
        .init("var", .reactivePower), .init("kvar", .reactivePower, factor: 1e3),
        .init("VA", .apparentPower), .init("kVA", .apparentPower, factor: 1e3),
        .init("Wh", .energy), .init("kWh", .energy, factor: 1e3), .init("MWh", .energy, factor: 1e6),
        .init("varh", .reactiveEnergy), .init("kvarh", .reactiveEnergy, factor: 1e3),
        .init("VAh", .apparentEnergy), .init("kVAh", .apparentEnergy, factor: 1e3),
        .init("Hz", .frequency), .init("kHz", .frequency, factor: 1e3),
        .init("m³/h", .flow), .init("m3/h", .flow), .init("L/s", .flow, factor: 3.6),
        .init("L/min", .flow, factor: 0.06), .init("L/h", .flow, factor: 1e-3),
        .init("m³", .volume), .init("m3", .volume), .init("L", .volume, factor: 1e-3),
        .init("m", .length), .init("cm", .length, factor: 1e-2), .init("mm", .length, factor: 1e-3),
        .init("m/s", .speed), .init("km/h", .speed, factor: 1 / 3.6),
        .init("rpm", .rotation), .init("r/min", .rotation),
        .init("ms", .time, factor: 1e-3), .init("s", .time), .init("min", .time, factor: 60),
        .init("h", .time, factor: 3600), .init("d", .time, factor: 86400),
        .init("1", .ratio), .init("%", .ratio, factor: 1e-2), .init("%RH", .ratio, factor: 1e-2),
        .init("%LEL", .ratio, factor: 1e-2),
        .init("ppm", .concentration), .init("ppb", .concentration, factor: 1e-3),
        .init("lx", .illuminance),
        .init("m/s²", .acceleration), .init("g", .acceleration, factor: 9.80665),
        .init("Ω", .resistance), .init("kΩ", .resistance, factor: 1e3), .init("MΩ", .resistance, factor: 1e6),
        .init("dBm", .signal), .init("kg", .mass), .init("°", .angle),
    ]

    private static let bySymbol = Dictionary(
        all.map { ($0.symbol, $0) }, uniquingKeysWith: { first, _ in first })
}

import Facility

/// Which quantity is the rate of which: kW of kWh, m³/h of m³.
enum RateUnits {
    private struct Pair {
        let total: MeasurementUnit.Dimension
        let totalSymbol: String
        let rate: MeasurementUnit.Dimension
        let rateSymbol: String
        /// How many seconds the rate is per.
        let seconds: Double
    }

    /// One line per pair.
    private static let pairs: [Pair] = [
        .init(total: .energy, totalSymbol: "Wh", rate: .power, rateSymbol: "W", seconds: 3600),
        .init(
            total: .reactiveEnergy, totalSymbol: "varh", rate: .reactivePower, rateSymbol: "var",
            seconds: 3600
        ),
        .init(
            total: .apparentEnergy, totalSymbol: "VAh", rate: .apparentPower, rateSymbol: "VA", seconds: 3600),
        .init(total: .volume, totalSymbol: "m³", rate: .flow, rateSymbol: "m³/h", seconds: 3600),
        .init(total: .length, totalSymbol: "m", rate: .speed, rateSymbol: "m/s", seconds: 1),
        .init(total: .speed, totalSymbol: "m/s", rate: .acceleration, rateSymbol: "m/s²", seconds: 1),
        .init(total: .time, totalSymbol: "s", rate: .ratio, rateSymbol: "1", seconds: 1),
    ]

    /// What a rate adds up to, and how much of it a second of one unit of the rate is.
    static func total(of rate: MeasurementUnit) -> (unit: MeasurementUnit, factor: Double)? {
        guard let pair = pairs.first(where: { $0.rate == rate.dimension }),
            let unit = MeasurementUnit(symbol: pair.totalSymbol)
        else { return nil }
        return (unit, rate.factor / pair.seconds)
    }

    /// The rate of a total, and how much of it one unit of the total per second is.
    static func rate(of total: MeasurementUnit) -> (unit: MeasurementUnit, factor: Double)? {
        guard let pair = pairs.first(where: { $0.total == total.dimension }),
            let unit = MeasurementUnit(symbol: pair.rateSymbol)
        else { return nil }
        return (unit, total.factor * pair.seconds)
    }
}

/// What the equipment of one site shares: the grid, the weather, the water, a fire.
///
/// Every model adds its part, then every model sees the sum: a mains failure at the generator darkens the meter.
public struct Surroundings: Hashable, Sendable {
    /// Seconds since local midnight.
    public var secondOfDay: Double
    /// Whether the public grid supplies the site.
    public var hasMains = true
    /// Whether a generator carries the emergency bus.
    public var hasEmergencySupply = false
    /// Whether the fire panel has confirmed a fire.
    public var hasFireAlarm = false
    /// Whether hydrants or sprinklers draw water.
    public var drawsFireWater = false
    /// Water drawn from the domestic tank, cubic metres per hour.
    public var tankDrawCubicMetresPerHour = 0.0
    /// Level of the domestic tank, nothing where the site has no such tank.
    public var tankLevelMetres: Double?

    /// The surroundings before any equipment has had its say.
    public init(secondOfDay: Double) {
        self.secondOfDay = secondOfDay
    }

    /// Whether essential consumers have power from anywhere.
    public var hasPower: Bool { hasMains || hasEmergencySupply }
}

/// A figure that follows the hours of a day, straight lines between the full hours.
struct DayCurve: Hashable, Sendable {
    let hourly: [Double]

    init(_ hourly: [Double]) {
        precondition(hourly.count == 24, "a day has 24 hours, not \(hourly.count)")
        self.hourly = hourly
    }

    func value(atSecond second: Double) -> Double {
        let hours = (second / 3600).truncatingRemainder(dividingBy: 24)
        let hour = Int(hours) % 24
        let share = hours - hours.rounded(.down)
        return hourly[hour] * (1 - share) + hourly[(hour + 1) % 24] * share
    }

    /// Domestic water use of a residential compound: a morning and an evening peak.
    static let water = DayCurve([
        0.18, 0.12, 0.10, 0.10, 0.14, 0.35, 0.75, 1.00, 0.85, 0.60, 0.52, 0.60,
        0.68, 0.55, 0.45, 0.42, 0.50, 0.70, 0.92, 1.00, 0.95, 0.80, 0.55, 0.32,
    ])
    /// Electrical load of a residential compound.
    static let power = DayCurve([
        0.42, 0.36, 0.33, 0.32, 0.33, 0.38, 0.50, 0.62, 0.60, 0.55, 0.56, 0.62,
        0.66, 0.60, 0.57, 0.58, 0.64, 0.78, 0.92, 1.00, 0.97, 0.88, 0.72, 0.54,
    ])
    /// Lift calls per lift and hour.
    static let lifts = DayCurve([
        6, 3, 2, 2, 3, 10, 40, 90, 80, 45, 40, 55,
        60, 45, 35, 38, 50, 80, 95, 80, 60, 45, 28, 14,
    ])
    /// Indoor temperature swing around the mean.
    static let warmth = DayCurve([
        -0.6, -0.7, -0.8, -0.9, -1.0, -0.9, -0.7, -0.4, -0.1, 0.2, 0.4, 0.6,
        0.8, 0.9, 1.0, 1.0, 0.9, 0.7, 0.5, 0.3, 0.1, -0.1, -0.3, -0.5,
    ])
}

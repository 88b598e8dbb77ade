/// A feeder breaker with the monitor of its residual current and cable temperature.
struct FeederBreaker: ModbusEquipment {
    static let model = "feeder-breaker"
    static let faults = [
        FaultDescription("trip", "a short circuit behind it; the breaker trips"),
        FaultDescription("overload", "the feeder draws 12 % more than it is rated for"),
        FaultDescription("earth-leakage", "620 mA leak to earth"),
        FaultDescription("hot-joint", "a loose joint heats the cable up to 105 °C"),
        FaultDescription("spring", "the spring is not charged any more"),
    ]

    private static let rating = 250.0

    var state: EquipmentState
    private var amperes = 90.0
    private var celsius = 35.0
    private var operations: UInt32

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
        operations = UInt32(state.random.whole(in: 50...2_000))
    }

    mutating func react(toFault fault: String, isActive: Bool, part: Int) {
        if fault == "trip" { operations &+= 1 }
    }

    mutating func tick() {
        let step = EquipmentState.tickSeconds
        let day = DayCurve.power.value(atSecond: state.surroundings.secondOfDay)
        let wanted = state.has("overload") ? Self.rating * 1.12 : 40 + 100 * day
        amperes.approach(isClosed && isLive ? wanted : 0, timeConstant: 2, over: step)
        let warm = state.has("hot-joint") ? 105 : 30 + amperes * 0.06
        celsius.approach(warm, timeConstant: 240, over: step)
    }

    private var isLive: Bool { state.surroundings.hasPower }
    private var isClosed: Bool { !state.has("trip") }
    private var leak: Double { isLive && isClosed ? (state.has("earth-leakage") ? 620 : 86) : 0 }

    private var flags: [(String, Bool)] {
        [
            ("closed", isClosed), ("tripped", state.has("trip")), ("spring_charged", !state.has("spring")),
            ("voltage_present", isLive), ("residual_alarm", leak > 500),
        ]
    }

    func truth(part: Int) -> [String: JSONValue] {
        var values: [String: JSONValue] = [
            "current_l1": .rounded(amperes, places: 1),
            "current_l2": .rounded(amperes * 0.97, places: 1),
            "current_l3": .rounded(amperes * 1.01, places: 1),
            "rated_current": .rounded(Self.rating, places: 0),
            "residual_current": .rounded(leak, places: 0),
            "cable_temp": .rounded(celsius, places: 1),
            "operations": .integer(Int(operations)),
        ]
        for (name, flag) in flags { values[name] = .bool(flag) }
        return values
    }

    func registers(part: Int) -> RegisterImage {
        var image = RegisterImage()
        image.set(.holding, 0, flags: flags.map(\.1))
        for (phase, share) in [1, 0.97, 1.01].enumerated() {
            image.set(.holding, 1 + phase, unsigned: amperes * share, per: 10)
        }
        image.set(.holding, 4, unsigned: Self.rating)
        image.set(.holding, 5, unsigned: leak)
        image.set(.holding, 6, signed: celsius, per: 10)
        image.set(.holding, 8, bits32: operations)
        return image
    }
}

/// A circuit of garden lights that is lit from dusk to dawn.
struct LightingCircuit: ModbusEquipment {
    static let model = "lighting-circuit"
    static let faults = [
        FaultDescription("lamps-out", "a third of the lamps is dark"),
        FaultDescription("contactor-welded", "the contactor does not open any more"),
        FaultDescription("breaker-open", "the breaker trips"),
        FaultDescription("leakage", "water in a lamp: 180 mA leak to earth"),
    ]

    private static let reference = 7.6
    /// Daylight from 06:00 to 18:30.
    private static let dawn = 6.0 * 3600
    private static let dusk = 18.5 * 3600

    var state: EquipmentState
    private var current = 0.0
    private var runSeconds: Double
    private var kilowattHours: Double

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
        runSeconds = state.random.value(in: 1_000...20_000) * 3600
        kilowattHours = runSeconds / 3600 * 1.6
    }

    mutating func tick() {
        let step = EquipmentState.tickSeconds
        let share = state.has("lamps-out") ? 0.66 : 1.0
        current.approach(isLit ? Self.reference * share : 0, timeConstant: 0.5, over: step)
        if isLit { runSeconds += step }
        kilowattHours += volts * current / 1000 * step / 3600
    }

    private var second: Double { state.surroundings.secondOfDay.truncatingRemainder(dividingBy: 86_400) }
    private var isDay: Bool { second >= Self.dawn && second < Self.dusk }
    private var isPowered: Bool { state.surroundings.hasPower }
    private var isClosed: Bool { !state.has("breaker-open") }
    private var isWanted: Bool { !isDay }
    private var isOn: Bool { isPowered && (isWanted || state.has("contactor-welded")) }
    private var isLit: Bool { isOn && isClosed }
    private var volts: Double { isPowered ? 229.4 : 0 }
    private var lux: Double { isDay ? 9000 : 0 }
    private var leak: Double { state.has("leakage") ? 180 : 18 }

    private var flags: [(String, Bool)] {
        [
            ("commanded", isWanted), ("switched_on", isOn), ("breaker_closed", isClosed),
            ("auto_mode", true), ("power_ok", isPowered),
        ]
    }

    func truth(part: Int) -> [String: JSONValue] {
        var values: [String: JSONValue] = [
            "current": .rounded(current, places: 2),
            "reference_current": .rounded(Self.reference, places: 2),
            "power": .rounded(volts * current, places: 0),
            "voltage": .rounded(volts, places: 1),
            "illuminance": .rounded(lux, places: 0),
            "residual_current": .rounded(leak, places: 0),
            "run_seconds": .integer(Int(runSeconds)),
            "energy_total": .rounded(kilowattHours, places: 1),
        ]
        for (name, flag) in flags { values[name] = .bool(flag) }
        return values
    }

    func registers(part: Int) -> RegisterImage {
        var image = RegisterImage()
        image.set(.holding, 0, flags: flags.map(\.1))
        image.set(.holding, 1, unsigned: current, per: 100)
        image.set(.holding, 2, unsigned: Self.reference, per: 100)
        image.set(.holding, 3, unsigned: volts * current)
        image.set(.holding, 4, unsigned: volts, per: 10)
        image.set(.holding, 5, unsigned: lux)
        image.set(.holding, 6, unsigned: leak)
        image.set(.holding, 8, bits32: UInt32(runSeconds))
        image.set(.holding, 10, bits32: UInt32((kilowattHours * 10).rounded()))
        return image
    }
}

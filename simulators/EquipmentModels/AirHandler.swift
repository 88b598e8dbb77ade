/// An air handling unit for a lobby, with coil, filter and fan.
struct AirHandler: ModbusEquipment {
    static let model = "air-handler"
    static let faults = [
        FaultDescription("motor-fault", "the fan's relay trips"),
        FaultDescription("belt-broken", "the fan turns, but moves no air"),
        FaultDescription("filter-dirty", "the filter is clogged"),
        FaultDescription("frost", "the coil gets as cold as 1 °C"),
        FaultDescription("fire-damper", "the fire damper falls shut"),
    ]

    private static let setPoint = 25.0

    var state: EquipmentState
    private var room = 25.0
    private var coil = 13.0
    private var carbonDioxide = 600.0
    private var current = 0.0
    private var runSeconds: Double

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
        runSeconds = state.random.value(in: 1_000...20_000) * 3600
    }

    mutating func tick() {
        let step = EquipmentState.tickSeconds
        let warmth = DayCurve.warmth.value(atSecond: state.surroundings.secondOfDay)
        room.approach(movesAir ? Self.setPoint + 0.5 * warmth : 27 + warmth, timeConstant: 1800, over: step)
        coil.approach(state.has("frost") ? 1 : 13, timeConstant: 60, over: step)
        carbonDioxide.approach(movesAir ? 600 : 1100, timeConstant: 3600, over: step)
        let load = isRunning ? (movesAir ? 11.8 : 5.0) : 0
        current.approach(load, timeConstant: 0.5, over: step)
        if isRunning { runSeconds += step }
    }

    private var isPowered: Bool { state.surroundings.hasPower }
    private var isClosed: Bool { state.has("fire-damper") }
    private var isWanted: Bool { isPowered && !isClosed && !state.surroundings.hasFireAlarm }
    private var isRunning: Bool { isWanted && !state.has("motor-fault") }
    private var movesAir: Bool { isRunning && !state.has("belt-broken") }
    private var filterPascal: Double { movesAir ? (state.has("filter-dirty") ? 280 : 118) : 0 }

    private var flags: [(String, Bool)] {
        [
            ("commanded", isWanted), ("running", isRunning), ("air_flow_ok", movesAir),
            ("fault", state.has("motor-fault")), ("filter_dirty", filterPascal > 250),
            ("frost_alarm", coil < 4), ("fire_damper_closed", isClosed), ("auto_mode", true),
            ("power_ok", isPowered),
        ]
    }

    func truth(part: Int) -> [String: JSONValue] {
        var values: [String: JSONValue] = [
            "supply_temp": .rounded(coil + 1, places: 1),
            "return_temp": .rounded(room, places: 1),
            "setpoint": .rounded(Self.setPoint, places: 1),
            "coil_temp": .rounded(coil, places: 1),
            "humidity": .rounded(55, places: 1),
            "co2": .rounded(carbonDioxide, places: 0),
            "filter_pressure": .rounded(filterPascal, places: 0),
            "valve_position": .rounded(35.5, places: 1),
            "motor_current": .rounded(current, places: 1),
            "run_seconds": .integer(Int(runSeconds)),
        ]
        for (name, flag) in flags { values[name] = .bool(flag) }
        return values
    }

    func registers(part: Int) -> RegisterImage {
        var image = RegisterImage()
        image.set(.holding, 0, flags: flags.map(\.1))
        for (offset, value) in [coil + 1, room, Self.setPoint, coil].enumerated() {
            image.set(.holding, 1 + offset, signed: value, per: 10)
        }
        image.set(.holding, 5, unsigned: 55, per: 10)
        image.set(.holding, 6, unsigned: carbonDioxide)
        image.set(.holding, 7, unsigned: filterPascal)
        image.set(.holding, 8, unsigned: 35.5, per: 10)
        image.set(.holding, 9, unsigned: current, per: 10)
        image.set(.holding, 10, bits32: UInt32(runSeconds))
        return image
    }
}

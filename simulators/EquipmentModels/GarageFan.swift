/// An exhaust fan of the garage that extracts smoke in a fire.
struct GarageFan: ModbusEquipment {
    static let model = "garage-fan"
    static let faults = [
        FaultDescription("motor-fault", "the fan's relay trips"),
        FaultDescription("belt-broken", "the fan turns, but moves no air"),
        FaultDescription("manual", "somebody leaves the selector switch in manual"),
        FaultDescription("carbon-monoxide", "cars with running engines: carbon monoxide rises to 110 ppm"),
    ]

    var state: EquipmentState
    private var carbonMonoxide = 4.0
    private var current = 0.0
    private var runSeconds: Double
    private let starts: UInt32

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
        runSeconds = state.random.value(in: 1_000...9_000) * 3600
        starts = UInt32(state.random.whole(in: 400...4_000))
    }

    mutating func tick() {
        let step = EquipmentState.tickSeconds
        carbonMonoxide.approach(state.has("carbon-monoxide") ? 110 : 4, timeConstant: 120, over: step)
        let load = isRunning ? (movesAir ? 8.7 : 4.0) : 0
        current.approach(load, timeConstant: 0.5, over: step)
        if isRunning { runSeconds += step }
    }

    private var isPowered: Bool { state.surroundings.hasPower }
    private var isAutomatic: Bool { !state.has("manual") }
    private var isFireStarted: Bool { isPowered && state.surroundings.hasFireAlarm }
    private var isWanted: Bool { isPowered && isAutomatic }
    private var isRunning: Bool { (isWanted || isFireStarted) && !state.has("motor-fault") }
    private var movesAir: Bool { isRunning && !state.has("belt-broken") }

    private var flags: [(String, Bool)] {
        [
            ("commanded", isWanted), ("running", isRunning), ("fault", state.has("motor-fault")),
            ("auto_mode", isAutomatic), ("power_ok", isPowered), ("air_flow_ok", movesAir),
            ("fire_start", isFireStarted),
        ]
    }

    func truth(part: Int) -> [String: JSONValue] {
        var values: [String: JSONValue] = [
            "motor_current": .rounded(current, places: 1),
            "carbon_monoxide": .rounded(carbonMonoxide, places: 1),
            "run_seconds": .integer(Int(runSeconds)),
            "starts": .integer(Int(starts)),
        ]
        for (name, flag) in flags { values[name] = .bool(flag) }
        return values
    }

    func registers(part: Int) -> RegisterImage {
        var image = RegisterImage()
        image.set(.holding, 0, flags: flags.map(\.1))
        image.set(.holding, 1, unsigned: current, per: 10)
        image.set(.holding, 2, unsigned: carbonMonoxide, per: 10)
        image.set(.holding, 4, bits32: UInt32(runSeconds))
        image.set(.holding, 6, bits32: starts)
        return image
    }
}

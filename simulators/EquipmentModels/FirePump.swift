/// A hydrant pump with its jockey pump and the fire water tank.
struct FirePump: ModbusEquipment {
    static let model = "fire-pump"
    static let faults = [
        FaultDescription("fail-to-start", "the pump does not start when it is wanted"),
        FaultDescription("pressure-leak", "the pipes leak; the jockey pump cannot hold the pressure"),
        FaultDescription("tank-low", "the fire water tank has sunk to 1.1 m"),
        FaultDescription(
            "selector-off", "the selector switch is left off: the pump will not start by itself"),
    ]

    var state: EquipmentState
    private var pressure = 0.62
    private var isRunning = false
    private var isJockeyRunning = false
    private var wantedSeconds = 0.0
    private var tankLevel: Double
    private var runSeconds: Double
    private var starts: Int
    private var current = 0.0

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
        tankLevel = state.random.value(in: 3.3...3.6)
        runSeconds = state.random.value(in: 20...80) * 3600
        starts = state.random.whole(in: 60...240)
    }

    mutating func tick() {
        let step = EquipmentState.tickSeconds
        let powered = state.surroundings.hasPower
        let isWanted = isAutomatic && powered && (pressure < 0.45 || state.surroundings.hasFireAlarm)
        wantedSeconds = isWanted || isRunning ? wantedSeconds + step : 0
        let mayRun = powered && isAutomatic && !state.has("fail-to-start")
        if isWanted, mayRun, !isRunning {
            isRunning = true
            starts += 1
        } else if isRunning, !mayRun || !isWanted && pressure > 0.8 && !state.surroundings.hasFireAlarm {
            isRunning = false
        }
        move(step, powered: powered)
    }

    private mutating func move(_ step: Double, powered: Bool) {
        if pressure < 0.55 { isJockeyRunning = powered && isAutomatic }
        if pressure > 0.65 || !powered { isJockeyRunning = false }
        var drift = -0.0004
        if isJockeyRunning { drift += 0.004 }
        if state.has("pressure-leak") { drift -= 0.012 }
        if state.surroundings.drawsFireWater { drift -= 0.05 }
        pressure += drift * step
        if isRunning { pressure.approach(0.95, timeConstant: 4, over: step) }
        pressure = pressure.clamped(0.02...1.0)
        current.approach(isRunning ? 84 : 0, timeConstant: 0.5, over: step)
        if isRunning { runSeconds += step }
        if state.surroundings.drawsFireWater, isRunning { tankLevel = max(0, tankLevel - 0.0002 * step) }
    }

    private var isAutomatic: Bool { !state.has("selector-off") }
    private var hasFailedToStart: Bool {
        state.has("fail-to-start") && wantedSeconds > 5 && !isRunning
    }
    private var shownTank: Double { state.has("tank-low") ? min(tankLevel, 1.1) : tankLevel }

    private var flags: [(String, Bool)] {
        [
            ("running", isRunning),
            ("fail_to_start", hasFailedToStart),
            ("auto_mode", isAutomatic),
            ("power_ok", state.surroundings.hasPower),
            ("jockey_running", isJockeyRunning),
            ("low_pressure", pressure < 0.45),
        ]
    }

    func truth(part: Int) -> [String: JSONValue] {
        var values: [String: JSONValue] = [
            "outlet_pressure": .rounded(pressure, places: 3),
            "tank_level": .rounded(shownTank, places: 3),
            "motor_current": .rounded(current, places: 1),
            "run_seconds": .integer(Int(runSeconds)),
            "starts": .integer(starts),
        ]
        for (name, flag) in flags { values[name] = .bool(flag) }
        return values
    }

    func registers(part: Int) -> RegisterImage {
        var image = RegisterImage()
        image.set(.input, 0, flags: flags.map(\.1))
        image.set(.input, 1, unsigned: pressure, per: 1000)
        image.set(.input, 2, unsigned: shownTank, per: 1000)
        image.set(.input, 3, unsigned: current, per: 10)
        image.set(.input, 4, bits32: UInt32(runSeconds))
        image.set(.input, 6, unsigned: Double(starts))
        return image
    }
}

/// A standby generator behind a Deep Sea controller, in a subset of the published GenComm map.
struct Generator: ModbusEquipment {
    static let model = "generator"
    static let faults = [
        FaultDescription("mains-failure", "the grid fails; the generator starts and takes the load"),
        FaultDescription(
            "fail-to-start", "when it is wanted: three cranking attempts without success, then shutdown"),
        FaultDescription("low-fuel", "the day tank is down to 12 %"),
        FaultDescription("low-battery", "the starter battery is down to 21 V"),
        FaultDescription("overheating", "when it runs: the engine gets hot and shuts down at 105 °C"),
        FaultDescription("oil-sender", "the oil pressure sender fails; its register reads a sentinel"),
        FaultDescription("stop-mode", "somebody leaves the controller in stop; it will not start"),
    ]

    /// GenComm's words for the state of the engine.
    private enum Engine: Int {
        case stopped = 0
        case preStart = 1
        case warmUp = 2
        case running = 3
        case coolDown = 4
        case postRun = 6
    }

    /// GenComm's words for one alarm.
    private enum Alarm: UInt16 {
        case inactive = 1
        case warning = 2
        case shutdown = 3
    }

    private static let crankSeconds = 5.0
    private static let restSeconds = 5.0
    private static let attempts = 3
    private static let essentialWatts = 52_000.0
    private static let transducerFault: UInt16 = 0xFFFC

    var state: EquipmentState
    private var engine = Engine.stopped
    private var engineSeconds = 0.0
    private var cranks = 0
    private var hasFailedToStart = false
    private var hasOverheated = false
    private var rpm = 0.0
    private var coolant = 38.0
    private var fuel: Double
    private var battery = 27.2
    private var mainsVolts = 230.0
    private var mainsBackSeconds = 0.0
    private var mainsLostSeconds = 0.0
    private var watts = 0.0
    private var runSeconds: Double
    private var kilowattHours: Double
    private var starts: UInt32
    private let serial: UInt32

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
        fuel = state.random.value(in: 72...94)
        runSeconds = state.random.value(in: 90...400) * 3600
        kilowattHours = runSeconds / 3600 * 41
        starts = UInt32(state.random.whole(in: 80...300))
        serial = UInt32(state.random.whole(in: 10_000_000...99_999_999))
    }

    mutating func react(toFault fault: String, isActive: Bool, part: Int) {
        guard !isActive else { return }
        if fault == "fail-to-start" { hasFailedToStart = false }
        if fault == "overheating" { hasOverheated = false }
    }

    // MARK: - Time

    mutating func tick() {
        let step = EquipmentState.tickSeconds
        engineSeconds += step
        senseMains(step)
        switch engine {
        case .stopped, .postRun: if isWanted { enter(.preStart) }
        case .preStart: crank()
        case .warmUp: if engineSeconds > 3 { enter(.running) }
        case .running: carryLoad()
        case .coolDown: coolDown()
        }
        turn(step)
    }

    private mutating func senseMains(_ step: Double) {
        let target = state.surroundings.hasMains ? 230 + state.random.noise(0.8) : 0
        mainsVolts = target
        mainsLostSeconds = state.surroundings.hasMains ? 0 : mainsLostSeconds + step
        mainsBackSeconds = state.surroundings.hasMains ? mainsBackSeconds + step : 0
    }

    private var isMainsFailed: Bool { mainsLostSeconds > 1 }
    private var isLocked: Bool { hasFailedToStart || hasOverheated || state.has("stop-mode") }
    private var isWanted: Bool { mainsLostSeconds > 3 && !isLocked }

    private mutating func enter(_ next: Engine) {
        engine = next
        engineSeconds = 0
        if next == .preStart { cranks = 0 }
        if next == .warmUp { starts &+= 1 }
    }

    private mutating func crank() {
        guard engineSeconds > Self.crankSeconds else { return }
        if state.has("fail-to-start") {
            guard engineSeconds > Self.crankSeconds + Self.restSeconds else { return }
            cranks += 1
            engineSeconds = 0
            guard cranks >= Self.attempts else { return }
            hasFailedToStart = true
            enter(.stopped)
        } else {
            enter(.warmUp)
        }
    }

    private mutating func carryLoad() {
        if coolant > 105 {
            hasOverheated = true
            enter(.stopped)
        } else if state.has("stop-mode") {
            enter(.stopped)
        } else if mainsBackSeconds > 10 {
            enter(.coolDown)
        }
    }

    private mutating func coolDown() {
        if isMainsFailed {
            enter(.running)
        } else if engineSeconds > 30 {
            enter(.postRun)
        }
    }

    private mutating func turn(_ step: Double) {
        let turns = engine == .warmUp || engine == .running || engine == .coolDown
        let isCranking = engine == .preStart && engineSeconds < Self.crankSeconds
        rpm.approach(turns ? 1500 : isCranking ? 180 : 0, timeConstant: turns ? 0.6 : 1.5, over: step)
        watts.approach(engine == .running ? Self.essentialWatts : 0, timeConstant: 1, over: step)
        let heat = turns ? (state.has("overheating") ? 125.0 : 84) : 38
        coolant.approach(heat, timeConstant: state.has("overheating") ? 25 : 120, over: step)
        let charge = state.has("low-battery") ? 21 : isCranking ? 22.5 : 27.2
        battery.approach(charge, timeConstant: 4, over: step)
        guard turns else { return }
        runSeconds += step
        kilowattHours += watts / 1000 * step / 3600
        fuel = max(0, fuel - 14 / 3600 * step)
    }

    func contribute(to surroundings: inout Surroundings) {
        if state.has("mains-failure") { surroundings.hasMains = false }
        if engine == .running { surroundings.hasEmergencySupply = true }
    }

    // MARK: - What is seen from outside

    private var isRunning: Bool { engine == .running }
    private var turnsUnderOil: Bool { rpm > 600 }
    private var shownFuel: Double { state.has("low-fuel") ? min(fuel, 12) : fuel }
    private var volts: Double { rpm > 1200 ? rpm / 1500 * 230.5 : 0 }
    private var amperes: Double { volts > 100 ? watts / 3 / volts / 0.9 : 0 }
    private var mode: Int { state.has("stop-mode") ? 0 : 1 }

    private var failToStart: Alarm { hasFailedToStart ? .shutdown : .inactive }
    private var highCoolant: Alarm { hasOverheated ? .shutdown : coolant > 98 ? .warning : .inactive }
    private var lowFuel: Alarm { shownFuel < 20 ? .warning : .inactive }
    private var lowBattery: Alarm { battery < 23 && engine != .preStart ? .warning : .inactive }
    private var mainsFailed: Alarm { isMainsFailed ? .warning : .inactive }

    func truth(part: Int) -> [String: JSONValue] {
        [
            "running": .bool(isRunning),
            "engine_state": .integer(engine.rawValue),
            "mode": .integer(mode),
            "oil_pressure": state.has("oil-sender") ? .null : .integer(turnsUnderOil ? 410 : 0),
            "coolant_temp": .integer(Int(coolant.rounded())),
            "fuel_level": .integer(Int(shownFuel.rounded())),
            "battery_voltage": .rounded(battery, places: 1),
            "rpm": .integer(Int(rpm.rounded())),
            "frequency": .rounded(rpm / 30, places: 1),
            "voltage_l1": .rounded(volts, places: 1),
            "voltage_l2": .rounded(volts, places: 1),
            "voltage_l3": .rounded(volts, places: 1),
            "current_l1": .rounded(amperes, places: 1),
            "current_l2": .rounded(amperes, places: 1),
            "current_l3": .rounded(amperes, places: 1),
            "mains_voltage_l1": .rounded(mainsVolts, places: 1),
            "mains_voltage_l2": .rounded(mainsVolts, places: 1),
            "mains_voltage_l3": .rounded(mainsVolts, places: 1),
            "power": .integer(Int(watts.rounded())),
            "run_seconds": .integer(Int(runSeconds)),
            "energy_total": .rounded(kilowattHours, places: 1),
            "starts": .integer(Int(starts)),
            "serial_number": .integer(Int(serial)),
            "fail_to_start": .bool(failToStart != .inactive),
            "high_coolant_temp": .bool(highCoolant != .inactive),
            "low_fuel": .bool(lowFuel != .inactive),
            "low_battery": .bool(lowBattery != .inactive),
            "mains_failed": .bool(mainsFailed != .inactive),
            "oil_pressure_alarm": .integer(Int(Alarm.inactive.rawValue)),
        ]
    }

    func registers(part: Int) -> RegisterImage {
        var image = RegisterImage()
        fillStatus(&image)
        fillInstruments(&image)
        fillAlarms(&image)
        return image
    }

    private func fillStatus(_ image: inout RegisterImage) {
        image.set(.holding, 768, word: 1)
        image.set(.holding, 769, word: 0x1CE8)
        image.set(.holding, 770, bits32: serial)
        image.set(.holding, 772, word: UInt16(mode))
        image.set(.holding, 1408, word: UInt16(engine.rawValue))
        image.set(.holding, 1536, bits32: UInt32(watts.rounded()))
        image.set(.holding, 1558, signed: watts / 80_000 * 100, per: 10)
        image.set(.holding, 1798, bits32: UInt32(runSeconds))
        image.set(.holding, 1800, bits32: UInt32((kilowattHours * 10).rounded()))
        image.set(.holding, 1808, bits32: starts)
        // The first register of the user-configurable page carries the flags the site asked for.
        image.set(.holding, 42496, flags: [isRunning, mode == 1])
    }

    private func fillInstruments(_ image: inout RegisterImage) {
        let oil = state.has("oil-sender") ? Self.transducerFault : turnsUnderOil ? 410 : 0
        image.set(.holding, 1024, word: oil)
        image.set(.holding, 1025, signed: coolant)
        // No oil thermometer is fitted: the sentinel for "not implemented".
        image.set(.holding, 1026, word: 0x7FFF)
        image.set(.holding, 1027, unsigned: shownFuel)
        image.set(.holding, 1028, unsigned: rpm > 1200 ? 27.8 : 0, per: 10)
        image.set(.holding, 1029, unsigned: battery, per: 10)
        image.set(.holding, 1030, unsigned: rpm)
        image.set(.holding, 1031, unsigned: rpm / 30, per: 10)
        for phase in 0..<3 {
            image.set(.holding, 1032 + phase * 2, bits32: UInt32((volts * 10).rounded()))
            image.set(.holding, 1044 + phase * 2, bits32: UInt32((amperes * 10).rounded()))
            image.set(.holding, 1052 + phase * 2, bits32: UInt32((watts / 3).rounded()))
            image.set(.holding, 1060 + phase * 2, bits32: UInt32((max(0, mainsVolts) * 10).rounded()))
        }
        image.set(.holding, 1059, unsigned: state.surroundings.hasMains ? 50 : 0, per: 10)
    }

    /// Four alarms per register, the first in the high nibble.
    private func fillAlarms(_ image: inout RegisterImage) {
        let named: [Int: Alarm] = [
            3: highCoolant, 7: failToStart, 25: lowBattery, 27: lowFuel, 39: mainsFailed,
        ]
        image.set(.holding, 39424, word: 40)
        for register in 0..<10 {
            var word: UInt16 = 0
            for nibble in 1...4 {
                word = word << 4 | (named[register * 4 + nibble] ?? .inactive).rawValue
            }
            image.set(.holding, 39425 + register, word: word)
        }
    }
}

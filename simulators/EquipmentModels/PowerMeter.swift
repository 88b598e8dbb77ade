/// The incoming three-phase meter: an Eastron SDM630 with its published register map.
struct PowerMeter: ModbusEquipment {
    static let model = "power-meter"
    static let faults = [
        FaultDescription("phase-loss", "the fuse of phase 2 blows"),
        FaultDescription("undervoltage", "the grid sags to 85 %"),
        FaultDescription("unbalance", "phase 3 carries three times its share"),
        FaultDescription("energy-reset", "the meter is exchanged; its counters start again at zero"),
    ]

    private static let nominalVolts = 231.0
    private static let peakWatts = 118_000.0

    var state: EquipmentState
    private var volts = [231.0, 231.0, 231.0]
    private var watts = [20_000.0, 20_000.0, 20_000.0]
    private var importKilowattHours: [Double]
    private var importKilovarHours: [Double]
    private var hertz = 50.0
    private var swing = 0.0
    private var distortion = 2.4

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
        importKilowattHours = []
        for _ in 0..<3 { importKilowattHours.append(state.random.value(in: 60_000...90_000)) }
        importKilovarHours = importKilowattHours.map { $0 * 0.31 }
    }

    mutating func react(toFault fault: String, isActive: Bool, part: Int) {
        guard fault == "energy-reset", isActive else { return }
        importKilowattHours = [0, 0, 0]
        importKilovarHours = [0, 0, 0]
    }

    mutating func tick() {
        let step = EquipmentState.tickSeconds
        let powered = state.surroundings.hasPower
        // On the generator only the essential third of the load is connected.
        let share = state.surroundings.hasMains ? 1 : powered ? 0.33 : 0
        swing = (swing + state.random.noise(0.01)).clamped(-0.08...0.08)
        let day = DayCurve.power.value(atSecond: state.surroundings.secondOfDay)
        hertz = powered ? 50 + state.random.noise(0.02) : 0
        distortion = (distortion + state.random.noise(0.01)).clamped(1.5...4)
        for phase in 0..<3 {
            var target = powered ? Self.nominalVolts + state.random.noise(0.8) - 4 * day : 0
            if state.has("undervoltage") { target *= 0.85 }
            if phase == 1, state.has("phase-loss") { target = 0 }
            volts[phase] = target
            let isLive = target > 50
            let unbalance = phase == 2 && state.has("unbalance") ? 3 : [1.02, 0.97, 1.01][phase]
            let wanted = isLive ? Self.peakWatts / 3 * max(0.05, day + swing) * share * unbalance : 0
            if isLive {
                watts[phase].approach(wanted, timeConstant: 2, over: step)
            } else {
                watts[phase] = 0
            }
            importKilowattHours[phase] += watts[phase] / 1000 * step / 3600
            importKilovarHours[phase] += vars(phase) / 1000 * step / 3600
        }
    }

    private func powerFactor(_ phase: Int) -> Double { watts[phase] > 0 ? [0.955, 0.948, 0.961][phase] : 1 }
    private func voltAmperes(_ phase: Int) -> Double { watts[phase] / powerFactor(phase) }
    private func vars(_ phase: Int) -> Double {
        let apparent = voltAmperes(phase)
        return max(0, apparent * apparent - watts[phase] * watts[phase]).squareRoot()
    }
    private func amperes(_ phase: Int) -> Double { volts[phase] > 1 ? voltAmperes(phase) / volts[phase] : 0 }
    private func total(_ figure: (Int) -> Double) -> Double { (0..<3).reduce(0) { $0 + figure($1) } }

    /// Every parameter this meter has: point name, address, value.
    private var parameters: [(String, Int, Double)] {
        let allWatts = total { watts[$0] }
        let allVoltAmperes = total(voltAmperes)
        var rows: [(String, Int, Double)] = []
        for phase in 0..<3 {
            let line = phase + 1
            let offset = phase * 2
            rows += [
                ("voltage_l\(line)", offset, volts[phase]),
                ("current_l\(line)", 6 + offset, amperes(phase)),
                ("power_l\(line)", 12 + offset, watts[phase]),
                ("apparent_power_l\(line)", 18 + offset, voltAmperes(phase)),
                ("reactive_power_l\(line)", 24 + offset, vars(phase)),
                ("power_factor_l\(line)", 30 + offset, powerFactor(phase)),
                ("voltage_thd_l\(line)", 234 + offset, volts[phase] > 1 ? distortion : 0),
                ("energy_import_l\(line)", 346 + offset, importKilowattHours[phase]),
            ]
        }
        rows += [
            ("power", 52, allWatts),
            ("apparent_power", 56, allVoltAmperes),
            ("reactive_power", 60, total(vars)),
            ("power_factor", 62, allVoltAmperes > 0 ? allWatts / allVoltAmperes : 1),
            ("frequency", 70, hertz),
            ("energy_import", 72, importKilowattHours.reduce(0, +)),
            ("energy_export", 74, 0),
            ("reactive_energy_import", 76, importKilovarHours.reduce(0, +)),
            ("energy_total", 342, importKilowattHours.reduce(0, +)),
            ("reactive_energy_total", 344, importKilovarHours.reduce(0, +)),
        ]
        return rows
    }

    func truth(part: Int) -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        for (name, _, value) in parameters {
            // The meter's own resolution is a 32-bit float; anything finer is not there to be read.
            values[name] = .number(Double(Float(value)))
        }
        return values
    }

    func registers(part: Int) -> RegisterImage {
        var image = RegisterImage()
        for (_, address, value) in parameters {
            image.set(.input, address, float32: value)
        }
        return image
    }
}

/// A drainage sump with two submersible pumps, a level transmitter and a high-level float.
struct SumpPit: ModbusEquipment {
    static let model = "sump-pit"
    static let faults = [
        FaultDescription("rainstorm", "more water comes in than both pumps can lift; the pit floods"),
        FaultDescription("pump-1-fault", "the motor protection of pump 1 trips"),
        FaultDescription("pump-2-fault", "the motor protection of pump 2 trips"),
        FaultDescription("level-sensor", "the level transmitter fails; its register reads 0x7FFF"),
        FaultDescription("float-stuck", "the high-level float hangs low and never reports"),
    ]

    private struct Pump: Hashable, Sendable {
        var isRunning = false
        var runSeconds: Double
        var starts: Int
    }

    private static let areaSquareMetres = 4.0
    private static let pumpCubicMetresPerHour = 30.0
    private static let startLevels = [1.2, 1.6]
    private static let stopLevel = 0.5
    private static let highLevel = 1.8
    private static let floodLevel = 2.3
    private static let rimLevel = 2.6

    var state: EquipmentState
    private var level: Double
    private var inflow = 2.0
    private var pumps: [Pump] = []
    private var lead = 0

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
        level = state.random.value(in: 0.6...1.0)
        for _ in 0..<2 {
            pumps.append(
                Pump(
                    runSeconds: state.random.value(in: 300...3_000) * 3600,
                    starts: state.random.whole(in: 2_000...20_000)))
        }
    }

    // MARK: - Time

    mutating func tick() {
        let step = EquipmentState.tickSeconds
        let usual = 1 + 3 * DayCurve.water.value(atSecond: state.surroundings.secondOfDay)
        inflow.approach(state.has("rainstorm") ? 220 : usual, timeConstant: 20, over: step)
        control()
        let lifted = Double(pumps.count { $0.isRunning }) * Self.pumpCubicMetresPerHour
        level += (inflow - lifted) / 3600 * step / Self.areaSquareMetres
        level = level.clamped(0...Self.rimLevel)
        for index in pumps.indices where pumps[index].isRunning {
            pumps[index].runSeconds += step
        }
    }

    private mutating func control() {
        let powered = state.surroundings.hasPower
        for index in pumps.indices {
            let rank = index == lead || hasFault(lead) ? 0 : 1
            let starts = level >= Self.startLevels[rank]
            let keepsOn = pumps[index].isRunning && level > Self.stopLevel
            let wanted = powered && !hasFault(index) && (starts || keepsOn)
            if wanted, !pumps[index].isRunning { pumps[index].starts += 1 }
            // The pumps take turns in leading, so that both wear alike.
            if !wanted, pumps[index].isRunning, index == lead { lead = 1 - lead }
            pumps[index].isRunning = wanted
        }
    }

    private func hasFault(_ index: Int) -> Bool { state.has("pump-\(index + 1)-fault") }

    // MARK: - What is seen from outside

    private func current(_ index: Int) -> Double { pumps[index].isRunning ? 9.4 + 0.6 * level : 0 }

    private var flags: [Bool] {
        [
            pumps[0].isRunning, pumps[1].isRunning, level > Self.highLevel && !state.has("float-stuck"),
            level > Self.floodLevel, hasFault(0), hasFault(1), true, state.surroundings.hasPower,
        ]
    }

    func truth(part: Int) -> [String: JSONValue] {
        let flags = flags
        return [
            "level": state.has("level-sensor") ? .null : .rounded(level, places: 3),
            "pump_1_current": .rounded(current(0), places: 1),
            "pump_2_current": .rounded(current(1), places: 1),
            "pump_1_run_seconds": .integer(Int(pumps[0].runSeconds)),
            "pump_2_run_seconds": .integer(Int(pumps[1].runSeconds)),
            "pump_1_starts": .integer(pumps[0].starts),
            "pump_2_starts": .integer(pumps[1].starts),
            "pump_1_running": .bool(flags[0]),
            "pump_2_running": .bool(flags[1]),
            "high_level": .bool(flags[2]),
            "flooded": .bool(flags[3]),
            "pump_1_fault": .bool(flags[4]),
            "pump_2_fault": .bool(flags[5]),
            "auto_mode": .bool(flags[6]),
            "power_ok": .bool(flags[7]),
        ]
    }

    func registers(part: Int) -> RegisterImage {
        var image = RegisterImage()
        if state.has("level-sensor") {
            image.set(.input, 0, word: 0x7FFF)
        } else {
            image.set(.input, 0, unsigned: level, per: 1000)
        }
        image.set(.input, 1, unsigned: current(0), per: 10)
        image.set(.input, 2, unsigned: current(1), per: 10)
        image.set(.input, 4, bits32: UInt32(pumps[0].runSeconds))
        image.set(.input, 6, bits32: UInt32(pumps[1].runSeconds))
        image.set(.input, 8, unsigned: Double(pumps[0].starts))
        image.set(.input, 9, unsigned: Double(pumps[1].starts))
        for (address, flag) in flags.enumerated() {
            image.set(.discrete, address, bit: flag)
        }
        return image
    }
}

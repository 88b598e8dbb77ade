/// Two domestic water pumps with frequency drives: one on duty, one standing by, one common header.
struct PumpSet: ModbusEquipment {
    static let model = "pump-set"
    static let partCount = 2
    static let faults = [
        FaultDescription("discharge-low", "the pump runs, but its discharge pressure falls below 0.1 MPa"),
        FaultDescription("dry-run", "no water at the suction side; the protection stops the pump after 10 s"),
        FaultDescription("over-current", "the motor draws half as much again; the drive trips after 30 s"),
        FaultDescription("fail-to-start", "the drive trips whenever it should start"),
        FaultDescription("current-sensor", "the current transmitter fails; its register reads 0xFFFF"),
        FaultDescription("manual", "somebody leaves the selector switch in manual"),
    ]

    private enum FaultCode: Int {
        case none = 0
        case overCurrent = 1
        case dryRun = 5
        case failToStart = 12
    }

    private enum Mode: Int {
        case automatic = 1
        case manual = 2
    }

    /// One pump with its drive.
    private struct Pump: Hashable, Sendable {
        var isRunning = false
        var frequency = 0.0
        var dischargePressure = 0.3
        var flow = 0.0
        var current = 0.0
        var power = 0.0
        var driveTemperature = 30.0
        var runSeconds: Double
        var starts: UInt32
        var faultSeconds = 0.0
        var tripped = FaultCode.none
    }

    private static let setPoint = 0.45
    private static let shutOffHead = 0.75
    private static let changeOverSeconds = 8.0 * 3600
    private static let peakDemand = 42.0

    var state: EquipmentState
    private var pumps: [Pump]
    private var duty = 0
    private var secondsOnDuty = 0.0
    private var lowHeaderSeconds = 0.0
    private var headerPressure = 0.45
    private var suctionPressure = 0.05
    private var demand = 20.0
    private var demandSwing = 0.0

    init(seed: UInt64) {
        state = EquipmentState(seed: seed, parts: Self.partCount)
        pumps = []
        for _ in 0..<Self.partCount {
            let hours = state.random.value(in: 4_000...22_000)
            pumps.append(Pump(runSeconds: hours * 3600, starts: UInt32(state.random.whole(in: 900...9_000))))
        }
        secondsOnDuty = state.random.value(in: 0...(4 * 3600))
    }

    /// A fault of an idle pump would not be seen, so the pump that gets one is put on duty.
    mutating func react(toFault fault: String, isActive: Bool, part: Int) {
        pumps[part].faultSeconds = 0
        guard isActive else {
            pumps[part].tripped = .none
            return
        }
        duty = part
        secondsOnDuty = 0
        if fault == "fail-to-start" { stop(part) }
    }

    // MARK: - Time

    mutating func tick() {
        let step = EquipmentState.tickSeconds
        senseWater(step)
        control(step)
        for index in pumps.indices {
            protect(index, step)
            run(index, step)
        }
        let best = pumps.filter(\.isRunning).map(\.dischargePressure).max() ?? 0.12
        headerPressure.approach(best, timeConstant: 1.5, over: step)
    }

    private mutating func senseWater(_ step: Double) {
        demandSwing = (demandSwing + state.random.noise(0.02)).clamped(-0.15...0.15)
        let share = DayCurve.water.value(atSecond: state.surroundings.secondOfDay) + demandSwing
        demand.approach(max(0.05, share) * Self.peakDemand, timeConstant: 5, over: step)
        let level = state.surroundings.tankLevelMetres ?? 2.4
        suctionPressure = max(0, level * 0.0098 + 0.02)
    }

    private mutating func control(_ step: Double) {
        secondsOnDuty += step
        if secondsOnDuty > Self.changeOverSeconds {
            duty = 1 - duty
            secondsOnDuty = 0
        }
        lowHeaderSeconds = headerPressure < 0.30 ? lowHeaderSeconds + step : 0
        let powered = state.surroundings.hasPower
        setRunning(duty, powered && pumps[duty].tripped == .none)
        let standby = 1 - duty
        let isHelpNeeded = pumps[duty].tripped != .none || lowHeaderSeconds > 15
        let isStillHelping = pumps[standby].isRunning && isImpaired(duty)
        setRunning(standby, powered && pumps[standby].tripped == .none && (isHelpNeeded || isStillHelping))
    }

    private func isImpaired(_ index: Int) -> Bool {
        pumps[index].tripped != .none || state.has("discharge-low", part: index)
    }

    private mutating func setRunning(_ index: Int, _ wanted: Bool) {
        if wanted, !pumps[index].isRunning {
            guard !state.has("fail-to-start", part: index) else {
                pumps[index].tripped = .failToStart
                return
            }
            pumps[index].isRunning = true
            pumps[index].starts &+= 1
        } else if !wanted, pumps[index].isRunning {
            stop(index)
        }
    }

    private mutating func stop(_ index: Int) {
        pumps[index].isRunning = false
        pumps[index].frequency = 0
    }

    private mutating func protect(_ index: Int, _ step: Double) {
        guard pumps[index].isRunning else { return }
        let isDry = isDry(index)
        guard isDry || state.has("over-current", part: index) else {
            pumps[index].faultSeconds = 0
            return
        }
        pumps[index].faultSeconds += step
        if isDry, pumps[index].faultSeconds > 10 {
            pumps[index].tripped = .dryRun
            stop(index)
        } else if pumps[index].faultSeconds > 30 {
            pumps[index].tripped = .overCurrent
            stop(index)
        }
    }

    private func isDry(_ index: Int) -> Bool {
        state.has("dry-run", part: index) || (state.surroundings.tankLevelMetres ?? 1) < 0.1
    }

    private mutating func run(_ index: Int, _ step: Double) {
        var pump = pumps[index]
        let runners = Double(max(1, pumps.count { $0.isRunning }))
        let flow = pump.isRunning ? demand / runners : 0
        let wanted = pump.isRunning ? wantedFrequency(flow: flow) : 0
        pump.frequency += (wanted - pump.frequency).clamped(-10 * step...5 * step)
        if !pump.isRunning { pump.frequency = 0 }
        let isWet = !isDry(index)
        pump.flow.approach(isWet ? flow : 0, timeConstant: 1, over: step)
        pump.dischargePressure.approach(
            pressure(of: index, pump, isWet: isWet), timeConstant: 0.8, over: step)
        let load =
            pump.isRunning ? (pump.frequency / 50) * (isWet ? 0.55 + 0.45 * flow / Self.peakDemand : 0.4) : 0
        pump.power = 15 * load
        pump.current.approach(
            28 * load * (state.has("over-current", part: index) ? 1.6 : 1), timeConstant: 0.3, over: step)
        pump.driveTemperature.approach(28 + 25 * load, timeConstant: 300, over: step)
        if pump.isRunning { pump.runSeconds += step }
        pumps[index] = pump
    }

    /// The affinity laws: pressure grows with the square of the speed, and falls with the flow.
    private func wantedFrequency(flow: Double) -> Double {
        let head = Self.setPoint - suctionPressure + 0.0001 * flow * flow
        return 50 * (max(0.1, head) / Self.shutOffHead).squareRoot().clamped(0.4...1)
    }

    private func pressure(of index: Int, _ pump: Pump, isWet: Bool) -> Double {
        // A stopped pump's gauge sits before the check valve and shows the suction side.
        guard pump.isRunning else { return suctionPressure }
        guard isWet else { return 0.01 }
        if state.has("discharge-low", part: index) { return suctionPressure + 0.02 }
        let ratio = pump.frequency / 50
        return max(0, suctionPressure + Self.shutOffHead * ratio * ratio - 0.0001 * pump.flow * pump.flow)
    }

    func contribute(to surroundings: inout Surroundings) {
        surroundings.tankDrawCubicMetresPerHour += pumps.reduce(0) { $0 + $1.flow }
    }

    // MARK: - What is seen from outside

    private func faultCode(_ part: Int) -> FaultCode { pumps[part].tripped }

    private func mode(_ part: Int) -> Mode { state.has("manual", part: part) ? .manual : .automatic }

    private func suction(_ part: Int) -> Double { isDry(part) ? 0 : suctionPressure }

    private func flags(_ part: Int) -> [Bool] {
        let pump = pumps[part]
        return [
            pump.isRunning,
            pump.tripped != .none,
            pump.isRunning && isDry(part) || pump.tripped == .dryRun,
            pump.current > 30 || pump.tripped == .overCurrent,
            pump.tripped == .failToStart,
            duty == part,
        ]
    }

    func truth(part: Int) -> [String: JSONValue] {
        let pump = pumps[part]
        let flags = flags(part)
        return [
            "running": .bool(flags[0]),
            "fault": .bool(flags[1]),
            "dry_run": .bool(flags[2]),
            "over_current": .bool(flags[3]),
            "fail_to_start": .bool(flags[4]),
            "on_duty": .bool(flags[5]),
            "discharge_pressure": .rounded(pump.dischargePressure, places: 3),
            "suction_pressure": .rounded(suction(part), places: 3),
            "flow": .rounded(pump.flow, places: 1),
            "motor_current": state.has("current-sensor", part: part)
                ? .null : .rounded(pump.current, places: 1),
            "frequency": .rounded(pump.frequency, places: 2),
            "power": .rounded(pump.power, places: 2),
            "drive_temperature": .rounded(pump.driveTemperature, places: 1),
            "run_seconds": .integer(Int(pump.runSeconds)),
            "starts": .integer(Int(pump.starts)),
            "fault_code": .integer(faultCode(part).rawValue),
            "mode": .integer(mode(part).rawValue),
        ]
    }

    func registers(part: Int) -> RegisterImage {
        let pump = pumps[part]
        var image = RegisterImage()
        image.set(.holding, 0, flags: flags(part))
        image.set(.holding, 1, unsigned: pump.dischargePressure, per: 1000)
        image.set(.holding, 2, unsigned: suction(part), per: 1000)
        image.set(.holding, 3, unsigned: pump.flow, per: 10)
        if state.has("current-sensor", part: part) {
            image.set(.holding, 4, word: 0xFFFF)
        } else {
            image.set(.holding, 4, unsigned: pump.current, per: 10)
        }
        image.set(.holding, 5, unsigned: pump.frequency, per: 100)
        image.set(.holding, 6, unsigned: pump.power, per: 100)
        image.set(.holding, 7, signed: pump.driveTemperature, per: 10)
        image.set(.holding, 10, bits32: UInt32(pump.runSeconds), highWordFirst: false)
        image.set(.holding, 12, bits32: pump.starts, highWordFirst: false)
        image.set(.holding, 14, unsigned: Double(faultCode(part).rawValue))
        image.set(.holding, 20, unsigned: Double(mode(part).rawValue))
        return image
    }
}

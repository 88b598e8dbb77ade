/// A dry-type transformer with its temperature controller, in the published register map.
///
/// Temperatures are sent as °C + 40; above 240 the sensor itself has failed.
struct DryTransformer: ModbusEquipment {
    static let model = "dry-transformer"
    static let faults = [
        FaultDescription(
            "overheating", "the windings heat up through alarm (130 °C) to trip (150 °C) in minutes"),
        FaultDescription("fan-failure", "the fans do not start, once they are wanted"),
        FaultDescription("sensor-b", "the sensor of phase B breaks; its register reads 255"),
    ]

    private static let fanOnCelsius = 80.0
    private static let fanOffCelsius = 70.0
    private static let alarmCelsius = 130.0
    private static let tripCelsius = 150.0
    private static let brokenSensor: UInt16 = 255

    var state: EquipmentState
    private var windings: [Double]
    private let roomCelsius: Double
    private var wantsFan = false

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
        roomCelsius = state.random.value(in: 24...32)
        windings = []
        for _ in 0..<3 { windings.append(state.random.value(in: 52...60)) }
    }

    mutating func tick() {
        let step = EquipmentState.tickSeconds
        let day = DayCurve.power.value(atSecond: state.surroundings.secondOfDay)
        let share = state.surroundings.hasMains ? 1 : 0.0
        for phase in 0..<3 {
            var target = roomCelsius + 52 * day * day * share + [0.0, 4, 1.5][phase]
            if state.has("overheating") { target += 150 }
            if isFanOn { target -= 12 }
            let lag = state.has("overheating") ? 60.0 : 900
            windings[phase].approach(target, timeConstant: lag, over: step)
        }
        let hottest = windings.max() ?? 0
        if hottest > Self.fanOnCelsius { wantsFan = true }
        if hottest < Self.fanOffCelsius { wantsFan = false }
    }

    private var isFanOn: Bool { wantsFan && !state.has("fan-failure") }
    private func isBroken(_ phase: Int) -> Bool { phase == 1 && state.has("sensor-b") }
    private var hottestSeen: Double { (0..<3).filter { !isBroken($0) }.map { windings[$0] }.max() ?? 0 }

    private var coils: [(String, Bool)] {
        [
            ("sensor_fault", state.has("sensor-b")),
            ("fan_on", isFanOn),
            ("alarm", hottestSeen >= Self.alarmCelsius),
            ("trip", hottestSeen >= Self.tripCelsius),
        ]
    }

    private func raw(_ phase: Int) -> UInt16 {
        isBroken(phase) ? Self.brokenSensor : UInt16((windings[phase] + 40).rounded().clamped(0...240))
    }

    func truth(part: Int) -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        for (phase, name) in ["winding_temp_a", "winding_temp_b", "winding_temp_c"].enumerated() {
            values[name] = isBroken(phase) ? .null : .integer(Int(raw(phase)) - 40)
        }
        for (name, value) in coils { values[name] = .bool(value) }
        return values
    }

    func registers(part: Int) -> RegisterImage {
        var image = RegisterImage()
        for (address, coil) in coils.enumerated() {
            image.set(.coil, address, bit: coil.1)
        }
        for phase in 0..<3 {
            image.set(.input, phase, word: raw(phase))
        }
        return image
    }
}

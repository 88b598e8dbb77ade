/// The uninterruptible power supply of the control room.
struct BatterySupply: ModbusEquipment {
    static let model = "battery-supply"
    static let faults = [
        FaultDescription("input-lost", "its input breaker is open; it runs on its battery"),
        FaultDescription("battery-worn", "the battery wants to be replaced"),
        FaultDescription("overload", "too much is connected to it"),
        FaultDescription("overheating", "its fan stands still; it heats up to 48 °C"),
        FaultDescription("inverter-fault", "the inverter fails; it changes to bypass"),
    ]

    private static let fullMinutes = 47.0

    var state: EquipmentState
    private var charge = 98.0
    private var celsius = 29.0
    /// What the room draws, percent: screens and recorders come and go.
    private var drawn = 42.5

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
        charge = state.random.value(in: 96...100)
    }

    mutating func tick() {
        let step = EquipmentState.tickSeconds
        let change = isOnBattery ? -100 / (Self.fullMinutes * 60) : 0.01
        charge = (charge + change * step).clamped(0...100)
        drawn.approach(state.random.value(in: 36...49), timeConstant: 120, over: step)
        celsius.approach(state.has("overheating") ? 48 : 29, timeConstant: 180, over: step)
    }

    private var hasInput: Bool { state.surroundings.hasPower && !state.has("input-lost") }
    private var isOnBypass: Bool { state.has("inverter-fault") }
    private var isOnBattery: Bool { !hasInput && !isOnBypass }
    private var load: Double { state.has("overload") ? 104 : drawn }
    private var minutes: Double { Self.fullMinutes * charge / 100 }
    private var input: Double { hasInput ? 231.2 : 0 }
    private var output: Double { isOnBypass ? input : isOnBattery && charge <= 0 ? 0 : 220.3 }

    private var flags: [(String, Bool)] {
        [
            ("on_battery", isOnBattery), ("on_bypass", isOnBypass),
            ("low_battery", isOnBattery && charge < 15), ("replace_battery", state.has("battery-worn")),
            ("overload", load > 100), ("fault", state.has("inverter-fault")),
        ]
    }

    func truth(part: Int) -> [String: JSONValue] {
        var values: [String: JSONValue] = [
            "input_voltage": .rounded(input, places: 1),
            "output_voltage": .rounded(output, places: 1),
            "load": .rounded(load, places: 1),
            "battery_charge": .rounded(charge, places: 1),
            "battery_minutes": .rounded(minutes, places: 0),
            "battery_voltage": .rounded(180 + 0.4 * charge, places: 1),
            "temperature": .rounded(celsius, places: 1),
        ]
        for (name, flag) in flags { values[name] = .bool(flag) }
        return values
    }

    func registers(part: Int) -> RegisterImage {
        var image = RegisterImage()
        image.set(.holding, 0, flags: flags.map(\.1))
        image.set(.holding, 1, unsigned: input, per: 10)
        image.set(.holding, 2, unsigned: output, per: 10)
        image.set(.holding, 3, unsigned: load, per: 10)
        image.set(.holding, 4, unsigned: charge, per: 10)
        image.set(.holding, 5, unsigned: minutes)
        image.set(.holding, 6, unsigned: 180 + 0.4 * charge, per: 10)
        image.set(.holding, 7, signed: celsius, per: 10)
        return image
    }
}

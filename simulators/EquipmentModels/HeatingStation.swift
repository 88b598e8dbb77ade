/// A heat exchanger station: primary heat from the supplier, secondary water to the houses.
struct HeatingStation: ModbusEquipment {
    static let model = "heating-station"
    static let faults = [
        FaultDescription("pump-fault", "the circulation pump trips, the standby pump does not take over"),
        FaultDescription("water-loss", "the system loses water faster than it can be made up"),
        FaultDescription("valve-stuck", "the primary valve sticks at 5 %; the supply gets cold"),
        FaultDescription("makeup-fault", "the make-up pump trips"),
        FaultDescription("floor-leak", "water stands on the floor of the station"),
    ]

    private static let setPoint = 48.0

    var state: EquipmentState
    private var supply = 48.0
    private var returned = 39.0
    private var pressure = 0.30
    private var isMakingUp = false
    private var valve = 46.0
    private var makeupCubicMetres: Double
    private var kilowattHours: Double

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
        makeupCubicMetres = state.random.value(in: 200...900)
        kilowattHours = state.random.value(in: 100_000...900_000)
    }

    mutating func tick() {
        let step = EquipmentState.tickSeconds
        let isStuck = state.has("valve-stuck")
        valve.approach(isStuck ? 5 : 46, timeConstant: 60, over: step)
        let heat = isStuck || !isCirculating ? 30 : Self.setPoint
        supply.approach(heat, timeConstant: 300, over: step)
        returned.approach(isCirculating ? supply - 9 : 32, timeConstant: 600, over: step)
        if pressure < 0.28 { isMakingUp = true }
        if pressure > 0.32 || state.has("makeup-fault") || !isPowered { isMakingUp = false }
        pressure -= (state.has("water-loss") ? 0.0012 : 0.0000008) * step
        if isMakingUp {
            pressure += 0.0004 * step
            makeupCubicMetres += 0.0005 * step
        }
        pressure = pressure.clamped(0...1)
        if isCirculating { kilowattHours += (supply - returned) * 0.05 * step }
    }

    private var isPowered: Bool { state.surroundings.hasPower }
    private var isCirculating: Bool { isPowered && !state.has("pump-fault") }
    private var outdoor: Double { 2 + 5 * DayCurve.warmth.value(atSecond: state.surroundings.secondOfDay) }

    private var flags: [(String, Bool)] {
        [
            ("running", isPowered), ("pump_running", isCirculating), ("pump_fault", state.has("pump-fault")),
            ("makeup_running", isMakingUp), ("makeup_fault", state.has("makeup-fault")),
            ("water_leak", state.has("floor-leak")), ("power_ok", isPowered), ("auto_mode", true),
            ("fault", state.has("pump-fault") || state.has("makeup-fault")),
        ]
    }

    private var supplyPressure: Double { pressure + (isCirculating ? 0.12 : 0) }

    func truth(part: Int) -> [String: JSONValue] {
        var values: [String: JSONValue] = [
            "primary_supply_temp": .rounded(88, places: 1),
            "primary_return_temp": .rounded(returned + 12, places: 1),
            "supply_temp": .rounded(supply, places: 1),
            "return_temp": .rounded(returned, places: 1),
            "supply_setpoint": .rounded(Self.setPoint, places: 1),
            "outdoor_temp": .rounded(outdoor, places: 1),
            "supply_pressure": .rounded(supplyPressure, places: 3),
            "return_pressure": .rounded(pressure, places: 3),
            "valve_position": .rounded(valve, places: 1),
            "makeup_tank_level": .rounded(1.2, places: 3),
            "makeup_volume": .rounded(makeupCubicMetres, places: 2),
            "heat_energy": .rounded(kilowattHours, places: 1),
        ]
        for (name, flag) in flags { values[name] = .bool(flag) }
        return values
    }

    func registers(part: Int) -> RegisterImage {
        var image = RegisterImage()
        image.set(.holding, 0, flags: flags.map(\.1))
        let tenths = [88, returned + 12, supply, returned, Self.setPoint, outdoor]
        for (offset, value) in tenths.enumerated() {
            image.set(.holding, 1 + offset, signed: value, per: 10)
        }
        image.set(.holding, 7, unsigned: supplyPressure, per: 1000)
        image.set(.holding, 8, unsigned: pressure, per: 1000)
        image.set(.holding, 9, unsigned: valve, per: 10)
        image.set(.holding, 10, unsigned: 1.2, per: 1000)
        image.set(.holding, 12, bits32: UInt32((makeupCubicMetres * 100).rounded()))
        image.set(.holding, 14, bits32: UInt32((kilowattHours * 10).rounded()))
        return image
    }
}

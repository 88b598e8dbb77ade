/// A fire alarm panel with six zones, seen through its Modbus gateway.
struct FirePanel: ModbusEquipment {
    static let model = "fire-panel"
    static let zones = 6
    static let faults =
        (1...zones).map {
            FaultDescription("zone-\($0)-alarm", "a smoke detector of zone \($0) reports fire")
        } + [
            FaultDescription("detector-fault", "a detector of zone 3 no longer answers"),
            FaultDescription("disabled-point", "two detectors of zone 4 are switched off"),
            FaultDescription("manual-mode", "the panel is left in manual: nothing starts by itself"),
            FaultDescription("battery-fault", "the standby battery is empty"),
        ]

    private static let notPresent: UInt16 = 0x00FF

    var state: EquipmentState
    private var battery = 27.3

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
    }

    mutating func tick() {
        let target = state.has("battery-fault") ? 19.8 : state.surroundings.hasPower ? 27.3 : 25.4
        battery.approach(target, timeConstant: 10, over: EquipmentState.tickSeconds)
    }

    func contribute(to surroundings: inout Surroundings) {
        // In manual the panel alarms, but moves neither lifts nor pumps.
        guard hasAlarm, !state.has("manual-mode") else { return }
        surroundings.hasFireAlarm = true
        surroundings.drawsFireWater = true
    }

    private func isAlarmed(_ zone: Int) -> Bool { state.has("zone-\(zone)-alarm") }
    private func isTroubled(_ zone: Int) -> Bool { zone == 3 && state.has("detector-fault") }
    private func isDisabled(_ zone: Int) -> Bool { zone == 4 && state.has("disabled-point") }
    private var alarmCount: Int { (1...Self.zones).count { isAlarmed($0) } }
    private var hasAlarm: Bool { alarmCount > 0 }
    private var hasMainsFault: Bool { !state.surroundings.hasPower }
    private var troubleCount: Int {
        (1...Self.zones).count { isTroubled($0) } + (hasMainsFault ? 1 : 0)
            + (state.has("battery-fault") ? 1 : 0)
    }
    private var disabledCount: Int { state.has("disabled-point") ? 2 : 0 }

    private var flags: [(String, Bool)] {
        [
            ("fire_alarm", hasAlarm),
            ("trouble", troubleCount > 0),
            ("disabled", disabledCount > 0),
            ("manual_mode", state.has("manual-mode")),
            ("mains_fault", hasMainsFault),
            ("battery_fault", state.has("battery-fault")),
            ("sounders_on", hasAlarm),
            ("linkage_active", hasAlarm && !state.has("manual-mode")),
        ]
    }

    func truth(part: Int) -> [String: JSONValue] {
        var values: [String: JSONValue] = [
            "alarm_count": .integer(alarmCount),
            "trouble_count": .integer(troubleCount),
            "disabled_count": .integer(disabledCount),
            "battery_voltage": .rounded(battery, places: 1),
        ]
        for (name, flag) in flags { values[name] = .bool(flag) }
        for zone in 1...Self.zones {
            values["zone_\(zone)_alarm"] = .bool(isAlarmed(zone))
            values["zone_\(zone)_trouble"] = .bool(isTroubled(zone))
            values["zone_\(zone)_disabled"] = .bool(isDisabled(zone))
        }
        return values
    }

    func registers(part: Int) -> RegisterImage {
        var image = RegisterImage()
        image.set(.holding, 0, flags: flags.map(\.1))
        image.set(.holding, 1, unsigned: Double(alarmCount))
        image.set(.holding, 2, unsigned: Double(troubleCount))
        image.set(.holding, 3, unsigned: Double(disabledCount))
        image.set(.holding, 4, unsigned: battery, per: 10)
        for zone in 1...8 {
            image.set(.holding, 9 + zone, word: zoneWord(zone))
        }
        return image
    }

    /// One word per zone: bit 13 trouble, 11 alarm, 10 enabled, 9 disabled; low byte 0xFF where there is no zone.
    private func zoneWord(_ zone: Int) -> UInt16 {
        guard zone <= Self.zones else { return Self.notPresent }
        var word: UInt16 = isDisabled(zone) ? 1 << 9 : 1 << 10
        if isAlarmed(zone) { word |= 1 << 11 }
        if isTroubled(zone) { word |= 1 << 13 }
        return word
    }
}

/// A metering plug with the Tasmota firmware, feeding the corridor lighting.
struct SmartPlug: MessagingEquipment {
    static let model = "smart-plug"
    static let faults = [
        FaultDescription("switched-off", "somebody switches the plug off"),
        FaultDescription("overload", "a heater draws 2.6 kW through it"),
    ]

    private static let reportSeconds = 10.0

    var state: EquipmentState
    private var watts = 180.0
    private var volts = 230.0
    private var totalKilowattHours: Double
    private var todayKilowattHours: Double
    private var secondsUntilReport = 0.0

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
        totalKilowattHours = state.random.value(in: 150...900)
        todayKilowattHours = state.random.value(in: 0.2...1.5)
    }

    mutating func tick() {
        let step = EquipmentState.tickSeconds
        let isLive = isOn && state.surroundings.hasPower
        volts = state.surroundings.hasPower ? 230 + state.random.noise(0.8) : 0
        let load = state.has("overload") ? 2_600 : 180.0
        watts = isLive ? load * volts / 230 : 0
        totalKilowattHours += watts / 1000 * step / 3600
        todayKilowattHours += watts / 1000 * step / 3600
        secondsUntilReport -= step
    }

    private var isOn: Bool { !state.has("switched-off") }
    private var amperes: Double { volts > 1 ? watts / volts / 0.95 : 0 }

    func truth(part: Int) -> [String: JSONValue] {
        [
            "switched_on": .bool(isOn),
            "power": .rounded(watts, places: 0),
            "voltage": .rounded(volts, places: 0),
            "current": .rounded(amperes, places: 3),
            "power_factor": .number(watts > 0 ? 0.95 : 0),
            "energy_total": .rounded(totalKilowattHours, places: 3),
            "energy_today": .rounded(todayKilowattHours, places: 3),
        ]
    }

    // MARK: - Messages

    static func session(address: String) -> MessagingSession {
        MessagingSession(
            clientName: "tasmota-\(address)",
            will: Message("tele/\(address)/LWT", "Offline", isRetained: true),
            online: Message("tele/\(address)/LWT", "Online", isRetained: true))
    }

    static func birth(address: String) -> [Message] { [] }

    mutating func takeMessages(address: String, unixSeconds: Int) -> [Message] {
        guard secondsUntilReport <= 0 else { return [] }
        secondsUntilReport = Self.reportSeconds
        let energy = JSONValue.object([
            "Current": .rounded(amperes, places: 3),
            "Factor": .number(watts > 0 ? 0.95 : 0),
            "Power": .rounded(watts, places: 0),
            "Today": .rounded(todayKilowattHours, places: 3),
            "Total": .rounded(totalKilowattHours, places: 3),
            "Voltage": .rounded(volts, places: 0),
        ])
        let sensor = JSONValue.object([
            "ENERGY": energy,
            "Switch1": .text(isOn ? "ON" : "OFF"),
            "Time": .text(CivilTime(unixSeconds: unixSeconds).text),
        ])
        let power = JSONValue.object(["POWER": .text(isOn ? "ON" : "OFF")])
        return [
            Message("tele/\(address)/SENSOR", sensor.json),
            Message("tele/\(address)/STATE", power.json),
        ]
    }
}

/// Date and time as the firmware writes them: no zone, taken as UTC here.
private struct CivilTime {
    let text: String

    init(unixSeconds: Int) {
        let days = unixSeconds / 86_400
        let second = unixSeconds % 86_400
        // Days since 1970 to a date, counting years from March (Hinnant's civil_from_days).
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let date = "\(year)-\(Self.two(month))-\(Self.two(day))"
        text = "\(date)T\(Self.two(second / 3600)):\(Self.two(second / 60 % 60)):\(Self.two(second % 60))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

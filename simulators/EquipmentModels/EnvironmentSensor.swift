/// A battery sensor for temperature, humidity and leaking water, seen through Zigbee2MQTT.
struct EnvironmentSensor: MessagingEquipment {
    static let model = "environment-sensor"
    static let faults = [
        FaultDescription("water-leak", "water stands on the floor"),
        FaultDescription("overheating", "the room heats up to 45 °C"),
        FaultDescription("humid", "the humidity rises to 92 %"),
        FaultDescription("battery-low", "the battery is down to 4 %"),
        FaultDescription("silent", "the sensor sends nothing any more"),
    ]

    private static let reportSeconds = 30.0

    var state: EquipmentState
    private let meanCelsius: Double
    private var celsius: Double
    private var humidity = 56.0
    private let battery: Int
    private var linkQuality = 120
    private var secondsUntilReport: Double

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
        meanCelsius = state.random.value(in: 21...26)
        celsius = meanCelsius
        battery = state.random.whole(in: 55...100)
        secondsUntilReport = state.random.value(in: 0...5)
    }

    /// A leak is reported at once, as such sensors do.
    mutating func react(toFault fault: String, isActive: Bool, part: Int) {
        if fault == "water-leak" { secondsUntilReport = 0 }
    }

    mutating func tick() {
        let step = EquipmentState.tickSeconds
        let swing = 2 * DayCurve.warmth.value(atSecond: state.surroundings.secondOfDay)
        let target = state.has("overheating") ? 45 : meanCelsius + swing
        celsius.approach(target, timeConstant: 60, over: step)
        humidity.approach(state.has("humid") ? 92 : 56 - swing * 3, timeConstant: 60, over: step)
        celsius += state.random.noise(0.002)
        humidity += state.random.noise(0.005)
        secondsUntilReport -= step
    }

    private var shownBattery: Int { state.has("battery-low") ? 4 : battery }
    private var hasLeak: Bool { state.has("water-leak") }

    func truth(part: Int) -> [String: JSONValue] {
        [
            "temperature": .rounded(celsius, places: 2),
            "humidity": .rounded(humidity, places: 2),
            "water_leak": .bool(hasLeak),
            "battery": .integer(shownBattery),
            "link_quality": .integer(linkQuality),
        ]
    }

    // MARK: - Messages

    static func session(address: String) -> MessagingSession {
        MessagingSession(
            clientName: "zigbee2mqtt",
            will: Message("zigbee2mqtt/bridge/state", #"{"state":"offline"}"#, isRetained: true),
            online: Message("zigbee2mqtt/bridge/state", #"{"state":"online"}"#, isRetained: true))
    }

    static func birth(address: String) -> [Message] {
        [Message("zigbee2mqtt/\(address)/availability", #"{"state":"online"}"#, isRetained: true)]
    }

    mutating func takeMessages(address: String, unixSeconds: Int) -> [Message] {
        guard secondsUntilReport <= 0, !state.has("silent") else { return [] }
        secondsUntilReport = Self.reportSeconds
        linkQuality = state.random.whole(in: 80...160)
        let payload = JSONValue.object([
            "battery": .integer(shownBattery),
            "humidity": .rounded(humidity, places: 2),
            "linkquality": .integer(linkQuality),
            "temperature": .rounded(celsius, places: 2),
            "voltage": .integer(2500 + shownBattery * 5),
            "water_leak": .bool(hasLeak),
        ])
        return [Message("zigbee2mqtt/\(address)", payload.json)]
    }
}

/// The domestic water tank with a battery-driven level transmitter that reports over MQTT.
struct WaterTank: MessagingEquipment {
    static let model = "water-tank"
    static let faults = [
        FaultDescription("inlet-closed", "the filling valve stays shut; the pumps empty the tank"),
        FaultDescription("overflow", "the filling valve stays open; the tank runs over"),
        FaultDescription("battery-low", "the battery of the transmitter is nearly empty"),
        FaultDescription("stuck", "the transmitter repeats its last level for ever"),
    ]

    private static let areaSquareMetres = 20.0
    private static let overflowLevel = 3.0
    private static let reportSeconds = 10.0

    var state: EquipmentState
    private var level: Double
    private var isFilling = false
    private let battery = 3.62
    private var shownLevel: Double
    private var secondsUntilReport = 0.0

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
        level = state.random.value(in: 2.1...2.6)
        shownLevel = level
    }

    mutating func tick() {
        let step = EquipmentState.tickSeconds
        if level < 2.0 { isFilling = true }
        if level > 2.7 { isFilling = false }
        let opens = state.has("overflow") || isFilling && !state.has("inlet-closed")
        let net = (opens ? 60 : 0) - state.surroundings.tankDrawCubicMetresPerHour
        level = (level + net / 3600 * step / Self.areaSquareMetres).clamped(0...3.05)
        // A valve that fails open on a residential tank is seen within a minute, not within hours.
        if state.has("overflow") { level.approach(3.05, timeConstant: 20, over: step) }
        if state.has("inlet-closed") { level.approach(0, timeConstant: 120, over: step) }
        if !state.has("stuck") { shownLevel = level }
        secondsUntilReport -= step
    }

    func contribute(to surroundings: inout Surroundings) {
        surroundings.tankLevelMetres = level
    }

    private var shownBattery: Double { state.has("battery-low") ? 2.91 : battery }
    private var isOverflowing: Bool { level >= Self.overflowLevel }

    func truth(part: Int) -> [String: JSONValue] {
        [
            "level": .rounded(shownLevel, places: 3),
            "volume": .rounded(shownLevel * Self.areaSquareMetres, places: 1),
            "overflow": .bool(isOverflowing),
            "battery_voltage": .rounded(shownBattery, places: 2),
        ]
    }

    // MARK: - Messages

    static func session(address: String) -> MessagingSession {
        MessagingSession(
            clientName: "level-\(address)",
            will: Message("level/\(address)/status", "offline", isRetained: true),
            online: Message("level/\(address)/status", "online", isRetained: true))
    }

    static func birth(address: String) -> [Message] { [] }

    mutating func takeMessages(address: String, unixSeconds: Int) -> [Message] {
        guard secondsUntilReport <= 0 else { return [] }
        secondsUntilReport = Self.reportSeconds
        let payload = JSONValue.object([
            "level": .rounded(shownLevel, places: 3),
            "volume": .rounded(shownLevel * Self.areaSquareMetres, places: 1),
            "overflow": .text(isOverflowing ? "ON" : "OFF"),
            "battery": .rounded(shownBattery, places: 2),
            "time": .integer(unixSeconds),
        ])
        return [Message("level/\(address)", payload.json)]
    }
}

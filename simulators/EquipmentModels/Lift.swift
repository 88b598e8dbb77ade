/// A passenger lift of twenty landings behind a lift gateway.
struct Lift: ModbusEquipment {
    static let model = "lift"
    static let faults = [
        FaultDescription("trapped-passenger", "the car stops between two landings with a passenger inside"),
        FaultDescription("door-fault", "the doors stay open; after 10 s the controller reports it"),
        FaultDescription("overspeed", "the car runs 20 % too fast until the safety gear stops it"),
        FaultDescription("controller-fault", "the controller gives up; the lift is out of service"),
        FaultDescription("overload", "too many people board; the doors stay open"),
        FaultDescription("light-out", "the light in the car fails"),
        FaultDescription("hot-machine-room", "the cooling of the machine room fails; it heats up to 46 °C"),
        FaultDescription("maintenance", "a technician switches to inspection mode"),
    ]

    /// What the car is doing.
    enum Phase: Hashable {
        case parked
        case opening
        case open
        case closing
        case travelling
        /// Held by a fault, at a landing or between two.
        case stopped
    }

    private enum FaultCode: Int {
        case none = 0
        case controller = 11
        case door = 21
        case overspeed = 31
        case stoppedBetweenLandings = 41
        case overload = 51
    }

    private enum ServiceMode: Int {
        case normal = 0
        case maintenance = 1
        case fireRecall = 2
        case outOfService = 3
    }

    static let floors = [-2, -1] + Array(1...18)
    private static let storeyMetres = 3.0
    private static let ratedSpeed = 1.75
    private static let inspectionSpeed = 0.3
    private static let acceleration = 0.8
    private static let mainLanding = 2

    var state: EquipmentState
    private(set) var phase = Phase.parked
    private var phaseSeconds = 0.0
    private var position: Double
    private var speed = 0.0
    private var target: Int
    private var passengers = 0
    private var waitingLanding: Int?
    private var tripMetres = 0.0
    private var trips: UInt32
    private var runSeconds: Double
    private var doorCycles: UInt32
    private var distanceKilometres: Double
    private let identity: String
    private var roomCelsius = 28.0
    private var driveCelsius = 38.0

    init(seed: UInt64) {
        state = EquipmentState(seed: seed)
        target = state.random.whole(in: 2...8)
        position = Double(target) * Self.storeyMetres
        trips = UInt32(state.random.whole(in: 80_000...900_000))
        runSeconds = Double(trips) * 14
        doorCycles = trips * 2
        distanceKilometres = Double(trips) * 0.019
        identity = "LG-\(state.random.whole(in: 100_000...999_999))"
    }

    // MARK: - Time

    mutating func tick() {
        phaseSeconds += EquipmentState.tickSeconds
        warm()
        callFromLanding()
        switch phase {
        case .parked: leaveIfWanted()
        case .opening: if phaseSeconds > 2.5 { enter(.open) }
        case .open: closeIfAllowed()
        case .closing: if phaseSeconds > 2.5 { enter(.parked) }
        case .travelling: travel()
        case .stopped: if !isHeld { resume() }
        }
    }

    /// The drive gives its warmth to the machine room, which is kept cool.
    private mutating func warm() {
        let step = EquipmentState.tickSeconds
        let swing = 2 * DayCurve.warmth.value(atSecond: state.surroundings.secondOfDay)
        let room = state.has("hot-machine-room") ? 46 : 28 + swing
        roomCelsius.approach(room, timeConstant: 300, over: step)
        driveCelsius.approach(roomCelsius + (phase == .travelling ? 22 : 8), timeConstant: 240, over: step)
    }

    private mutating func enter(_ next: Phase) {
        phase = next
        phaseSeconds = 0
        if next == .open { doorCycles &+= 1 }
        if next != .travelling { speed = 0 }
    }

    private mutating func callFromLanding() {
        let rate = DayCurve.lifts.value(atSecond: state.surroundings.secondOfDay)
        guard state.random.happens(perHour: rate, within: EquipmentState.tickSeconds) else { return }
        waitingLanding = waitingLanding ?? state.random.whole(in: 0...(Self.floors.count - 1))
    }

    private var isHeld: Bool {
        state.has("controller-fault") || state.has("trapped-passenger") || state.has("overspeed")
    }

    private var mode: ServiceMode {
        if state.has("maintenance") { return .maintenance }
        if state.has("controller-fault") { return .outOfService }
        return state.surroundings.hasFireAlarm ? .fireRecall : .normal
    }

    // MARK: - Standing

    private mutating func leaveIfWanted() {
        if state.has("controller-fault") {
            enter(.stopped)
        } else if state.has("trapped-passenger") || state.has("overspeed") {
            passengers = max(1, passengers)
            start(to: target > Self.floors.count / 2 ? 0 : Self.floors.count - 1)
        } else if state.has("door-fault") || state.has("overload") {
            enter(.opening)
        } else if mode == .maintenance {
            if phaseSeconds > 30 { start(to: target > 0 ? target - 1 : target + 1) }
        } else if mode == .fireRecall {
            recall()
        } else if state.surroundings.hasPower {
            serve()
        }
    }

    private mutating func recall() {
        if target == Self.mainLanding {
            enter(.opening)
        } else {
            start(to: Self.mainLanding)
        }
    }

    private mutating func serve() {
        if passengers > 0 {
            var wanted = state.random.whole(in: 0...(Self.floors.count - 1))
            if wanted == target { wanted = target == Self.mainLanding ? 9 : Self.mainLanding }
            start(to: wanted)
        } else if let landing = waitingLanding {
            if landing == target {
                enter(.opening)
            } else {
                start(to: landing)
            }
        }
    }

    private mutating func start(to landing: Int) {
        target = landing
        trips &+= 1
        tripMetres = 0
        enter(.travelling)
    }

    private mutating func closeIfAllowed() {
        let isRecalled = mode == .fireRecall && target == Self.mainLanding
        let isHeldOpen = state.has("door-fault") || state.has("overload") || isRecalled
        guard phaseSeconds > 4, !isHeldOpen, state.surroundings.hasPower else { return }
        exchangePassengers()
        enter(.closing)
    }

    private mutating func exchangePassengers() {
        passengers = 0
        if waitingLanding == target {
            waitingLanding = nil
            passengers = state.random.whole(in: 1...6)
        }
    }

    private mutating func resume() {
        // After a fault the car levels at the nearest landing and lets people out.
        target = Int((position / Self.storeyMetres).rounded())
        enter(.travelling)
    }

    // MARK: - Moving

    private mutating func travel() {
        let remaining = Double(target) * Self.storeyMetres - position
        let braking = speed * speed / (2 * Self.acceleration)
        var wanted =
            state.surroundings.hasPower && mode != .maintenance ? Self.ratedSpeed : Self.inspectionSpeed
        if state.has("overspeed") { wanted *= 1.2 }
        if remaining.magnitude <= braking + 0.05 {
            wanted = max(0.1, (2 * 0.8 * remaining.magnitude).squareRoot())
        }
        let change = Self.acceleration * EquipmentState.tickSeconds
        speed += (wanted - speed).clamped(-2 * change...change)
        let step = min(speed * EquipmentState.tickSeconds, remaining.magnitude)
        position += remaining < 0 ? -step : step
        tripMetres += step
        distanceKilometres += step / 1000
        runSeconds += EquipmentState.tickSeconds
        if isStoppedByFault {
            enter(.stopped)
        } else if (Double(target) * Self.storeyMetres - position).magnitude < 0.005 {
            position = Double(target) * Self.storeyMetres
            enter(.opening)
        }
    }

    private var isStoppedByFault: Bool {
        if state.has("controller-fault") { return true }
        if state.has("overspeed") { return speed > Self.ratedSpeed * 1.18 }
        let offLanding = (position / Self.storeyMetres - (position / Self.storeyMetres).rounded()).magnitude
        return state.has("trapped-passenger") && tripMetres > 4 && offLanding > 0.3
    }

    // MARK: - What is seen from outside

    private var isTrapping: Bool {
        phase == .stopped && state.has("trapped-passenger") && phaseSeconds >= 5
    }

    private var faultCode: FaultCode {
        if state.has("controller-fault") { return .controller }
        if phase == .stopped && state.has("overspeed") { return .overspeed }
        if isTrapping { return .stoppedBetweenLandings }
        guard phase == .open else { return .none }
        if state.has("overload") { return .overload }
        return state.has("door-fault") && phaseSeconds > 10 ? .door : .none
    }

    private var load: Double {
        state.has("overload") && phase == .open ? 112 : Double(passengers) * 6.5
    }

    private var floor: Int {
        let landing = Int((position / Self.storeyMetres).rounded())
        return Self.floors[min(max(landing, 0), Self.floors.count - 1)]
    }

    private var signedSpeed: Double {
        phase == .travelling ? (Double(target) * Self.storeyMetres < position ? -speed : speed) : 0
    }

    private var doorWord: Int {
        switch phase {
        case .parked, .travelling, .stopped: 0
        case .opening: 1
        case .open: 2
        case .closing: 3
        }
    }

    /// Whether the doors could be opened: the car stands at a landing.
    private var isInDoorZone: Bool { phase != .travelling && phase != .stopped }
    private var isOutOfService: Bool { mode == .outOfService || !state.surroundings.hasPower }
    private var isLit: Bool { !state.has("light-out") && state.surroundings.hasPower }

    func truth(part: Int) -> [String: JSONValue] {
        [
            "moving": .bool(phase == .travelling),
            "up": .bool(signedSpeed > 0),
            "down": .bool(signedSpeed < 0),
            "door_open": .bool(phase == .open),
            "door_closed": .bool(doorWord == 0),
            "in_maintenance": .bool(mode == .maintenance),
            "out_of_service": .bool(isOutOfService),
            "trapped_passenger": .bool(isTrapping),
            "fault": .bool(faultCode != .none),
            "overload": .bool(faultCode == .overload),
            "fire_recall": .bool(mode == .fireRecall),
            "car_light": .bool(isLit),
            "power_ok": .bool(state.surroundings.hasPower),
            "car_occupied": .bool(passengers > 0),
            "door_zone": .bool(isInDoorZone),
            "alarm_button": .bool(isTrapping && passengers > 0),
            "floor": .integer(floor),
            "speed": .rounded(signedSpeed, places: 2),
            "fault_code": .integer(faultCode.rawValue),
            "load": .rounded(load, places: 0),
            "service_mode": .integer(mode.rawValue),
            "door_state": .integer(doorWord),
            "drive_temperature": .rounded(driveCelsius, places: 1),
            "machine_room_temperature": .rounded(roomCelsius, places: 1),
            "trips": .integer(Int(trips)),
            "run_seconds": .integer(Int(runSeconds)),
            "door_cycles": .integer(Int(doorCycles)),
            // The register counts kilometres, people read metres.
            "distance": .number(Double(Float(distanceKilometres)) * 1000),
            "controller_id": .text(identity),
        ]
    }

    func registers(part: Int) -> RegisterImage {
        var image = RegisterImage()
        image.set(
            .input, 0,
            flags: [
                phase == .travelling, signedSpeed > 0, signedSpeed < 0, phase == .open, doorWord == 0,
                mode == .maintenance, isOutOfService, isTrapping, faultCode != .none, faultCode == .overload,
                mode == .fireRecall, isLit, state.surroundings.hasPower, passengers > 0, isInDoorZone,
                isTrapping && passengers > 0,
            ])
        image.set(.input, 1, signed: Double(floor))
        image.set(.input, 2, signed: signedSpeed, per: 100)
        image.set(.input, 3, unsigned: Double(faultCode.rawValue))
        image.set(.input, 4, unsigned: load)
        // Low nibble: doors; next nibble: service mode.
        image.set(.input, 5, word: UInt16(doorWord | mode.rawValue << 4))
        image.set(.input, 6, signed: driveCelsius, per: 10)
        image.set(.input, 7, signed: roomCelsius, per: 10)
        image.set(.input, 10, bits32: trips)
        image.set(.input, 12, bits32: UInt32(runSeconds))
        image.set(.input, 14, bits32: doorCycles)
        image.set(.input, 16, float32: distanceKilometres, highWordFirst: false)
        image.set(.input, 20, text: identity, length: 8)
        return image
    }
}

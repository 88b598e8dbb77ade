/// One fault a model can be given, in the words of its nameplate.
public struct FaultDescription: Hashable, Sendable {
    /// The word of the control commands and scenarios.
    public let name: String
    /// What then happens, for the list shown to people running the simulator.
    public let effect: String

    init(_ name: String, _ effect: String) {
        self.name = name
        self.effect = effect
    }
}

/// Why a fault could not be switched.
public enum FaultError: Error, Hashable, Sendable {
    case unknown(fault: String, known: [String])
    case noSuchPart(Int)
}

/// A seeded piece of equipment: the truth behind the registers and messages a gateway reads.
///
/// Time only passes through `advance(by:)`; the same seed, surroundings and seconds give the same values.
public protocol Equipment: Sendable {
    /// The word of site files.
    static var model: String { get }
    /// How many assets one such model stands for: a pump set has two pumps.
    static var partCount: Int { get }
    /// Every fault it knows.
    static var faults: [FaultDescription] { get }

    /// Equipment in good order, somewhere in its life.
    init(seed: UInt64)

    /// The clock and the faults, kept by every model the same way.
    var state: EquipmentState { get set }

    /// Lets one tenth of a second pass.
    mutating func tick()
    /// Adds what this equipment does to its surroundings.
    func contribute(to surroundings: inout Surroundings)
    /// Called once when a fault comes or goes.
    mutating func react(toFault fault: String, isActive: Bool, part: Int)
    /// The true values of a part, by the point names of the shipped profiles.
    func truth(part: Int) -> [String: JSONValue]
}

/// Equipment read over Modbus.
public protocol ModbusEquipment: Equipment {
    /// The registers of a part as they stand now.
    func registers(part: Int) -> RegisterImage
}

/// Equipment that speaks by itself over MQTT.
public protocol MessagingEquipment: Equipment {
    /// The connection such equipment keeps, shared by all that answer the same client name.
    static func session(address: String) -> MessagingSession
    /// What it sends whenever its connection comes up.
    static func birth(address: String) -> [Message]
    /// What it has to send now; called after time has passed.
    mutating func takeMessages(address: String, unixSeconds: Int) -> [Message]
}

/// One MQTT message.
public struct Message: Hashable, Sendable {
    /// Where it goes.
    public let topic: String
    /// What it says.
    public let payload: String
    /// Whether the broker keeps it for later subscribers.
    public let isRetained: Bool

    init(_ topic: String, _ payload: String, isRetained: Bool = false) {
        self.topic = topic
        self.payload = payload
        self.isRetained = isRetained
    }
}

/// One MQTT connection with its last will.
public struct MessagingSession: Hashable, Sendable {
    /// The MQTT client name.
    public let clientName: String
    /// What the broker announces when the connection is lost.
    public let will: Message
    /// What the equipment announces itself when the connection is up.
    public let online: Message
}

/// The clock and the active faults of one piece of equipment.
public struct EquipmentState: Hashable, Sendable {
    /// How finely models calculate.
    public static let tickSeconds = 0.1
    private static let tickMicroseconds = 100_000

    /// The site around it, as last sensed.
    public var surroundings: Surroundings
    /// Random numbers of its own.
    public var random: SeededRandom
    private var pendingMicroseconds = 0
    private var active: [Set<String>]

    init(seed: UInt64, parts: Int = 1) {
        random = SeededRandom(seed: seed)
        surroundings = Surroundings(secondOfDay: 8 * 3600)
        active = Array(repeating: [], count: parts)
    }

    /// Whether a part has a fault now.
    public func has(_ fault: String, part: Int = 0) -> Bool {
        active[part].contains(fault)
    }

    /// The faults a part has now, in alphabetical order.
    public func faults(part: Int) -> [String] {
        active.indices.contains(part) ? active[part].sorted() : []
    }

    mutating func set(_ fault: String, part: Int, isActive: Bool) {
        if isActive {
            active[part].insert(fault)
        } else {
            active[part].remove(fault)
        }
    }

    /// Whole ticks due after so much more time; the rest is kept, so small steps add up exactly.
    mutating func ticks(for seconds: Double) -> Int {
        pendingMicroseconds += Int((seconds * 1_000_000).rounded())
        let due = pendingMicroseconds / Self.tickMicroseconds
        pendingMicroseconds -= due * Self.tickMicroseconds
        return due
    }
}

extension Equipment {
    /// Most models stand for one asset.
    public static var partCount: Int { 1 }
    /// Most equipment only suffers its surroundings.
    public func contribute(to surroundings: inout Surroundings) {}
    /// Most faults only matter while they last.
    public mutating func react(toFault fault: String, isActive: Bool, part: Int) {}

    /// Takes notice of the rest of the site.
    public mutating func sense(_ surroundings: Surroundings) {
        state.surroundings = surroundings
    }

    /// Lets time pass.
    public mutating func advance(by seconds: Double) {
        precondition(seconds >= 0, "time does not run backwards: \(seconds) s")
        for _ in 0..<state.ticks(for: seconds) {
            tick()
            state.surroundings.secondOfDay += EquipmentState.tickSeconds
        }
    }

    /// Gives a part a fault; giving it twice is the same as once.
    public mutating func inject(fault: String, part: Int = 0) throws(FaultError) {
        try switchFault(fault, part: part, isActive: true)
    }

    /// Takes a fault from a part.
    public mutating func clear(fault: String, part: Int = 0) throws(FaultError) {
        try switchFault(fault, part: part, isActive: false)
    }

    private mutating func switchFault(_ fault: String, part: Int, isActive: Bool) throws(FaultError) {
        guard (0..<Self.partCount).contains(part) else { throw .noSuchPart(part) }
        guard Self.faults.contains(where: { $0.name == fault }) else {
            throw .unknown(fault: fault, known: Self.faults.map(\.name))
        }
        guard state.has(fault, part: part) != isActive else { return }
        state.set(fault, part: part, isActive: isActive)
        react(toFault: fault, isActive: isActive, part: part)
    }
}

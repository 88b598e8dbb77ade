/// What the equipment ledger says of an asset beyond what is needed to watch it.
public struct AssetRecord: Hashable, Sendable {
    /// Who made it.
    public var maker: String?
    /// The maker's name for its kind.
    public var model: String?
    /// Numbers under which it is registered, by the name of the register: `special-equipment`.
    public var registrations: [String: String]
    /// The last day of the warranty.
    public var warrantyUntil: CivilDate?
    /// How long it is expected to last, years.
    public var expectedLifeYears: Int?
    /// What counts its use, by the name of the meter: the point that tells.
    public var meters: [String: String]
    /// How it stands unless somebody says otherwise.
    public var state: AssetState

    /// Describes what is known; nothing by default.
    public init(
        maker: String? = nil, model: String? = nil, registrations: [String: String] = [:],
        warrantyUntil: CivilDate? = nil, expectedLifeYears: Int? = nil, meters: [String: String] = [:],
        state: AssetState = .inService
    ) {
        self.maker = maker
        self.model = model
        self.registrations = registrations
        self.warrantyUntil = warrantyUntil
        self.expectedLifeYears = expectedLifeYears
        self.meters = meters
        self.state = state
    }
}

/// How an asset stands in its life.
public enum AssetState: String, Hashable, Sendable, CaseIterable, Codable {
    /// It is being put into service: its alarms are shown, but nobody is sent.
    case commissioning
    /// It does its work.
    case inService = "in_service"
    /// Somebody works on it: its alarms belong to the order of that work.
    case maintenance
    /// It stands still on purpose.
    case stopped
    /// It is no more: its alarms are shown, but nobody is sent.
    case retired

    /// Whether its alarms open orders.
    public var opensOrders: Bool { self != .commissioning && self != .retired }
}

/// The classes of equipment a site has.
public enum AssetClass: String, Hashable, Sendable, CaseIterable, Codable {
    /// 电梯
    case lift
    /// 水泵
    case pump
    /// 集水坑
    case sump
    /// 水箱
    case tank
    /// 火灾报警控制器
    case firePanel = "fire_panel"
    /// 消防泵
    case firePump = "fire_pump"
    /// 电表
    case meter
    /// 变压器
    case transformer
    /// 发电机
    case generator
    /// 不间断电源
    case ups
    /// 断路器
    case breaker
    /// 空调
    case hvac
    /// 锅炉、换热站
    case boiler
    /// 风机
    case fan
    /// 公共照明
    case lighting
    /// 环境传感器
    case sensor
    /// 摄像机
    case camera
    /// 录像机
    case recorder
    /// 门禁控制器
    case doorController = "door_controller"
    /// 网关
    case gateway
}

/// A piece of equipment as the ledger of equipment knows it.
public struct Asset: Hashable, Sendable {
    /// How much depends on it.
    public enum Criticality: String, Hashable, Sendable, CaseIterable, Codable {
        /// A nuisance when it fails.
        case low
        /// A service suffers when it fails.
        case normal
        /// People or the building are at risk when it fails.
        case high
    }

    /// The name in files and messages.
    public let id: AssetID
    /// What kind of equipment it is.
    public let assetClass: AssetClass
    /// What people call it.
    public let label: Bilingual
    /// Where it stands: `B3/pump-room`.
    public let location: String
    /// What it hangs on for power, water or communication.
    public let parent: AssetID?
    /// How much depends on it.
    public let criticality: Criticality
    /// The device profile it is read with; nil for assets without telemetry.
    public let profile: String?
    /// The bus it is read over; nil for assets without telemetry.
    public let bus: BusID?
    /// The maker's serial number.
    public let serial: String?
    /// The day it went into service.
    public let commissioned: CivilDate?
    /// Who maintains it.
    public let contractor: String?
    /// Free marks that rules and routes can match.
    public let labels: [String: String]
    /// What the equipment ledger says of it beyond that.
    public let record: AssetRecord

    /// Describes an asset.
    public init(
        id: AssetID, assetClass: AssetClass, label: Bilingual, location: String, parent: AssetID? = nil,
        criticality: Criticality = .normal, profile: String? = nil, bus: BusID? = nil,
        serial: String? = nil, commissioned: CivilDate? = nil, contractor: String? = nil,
        labels: [String: String] = [:], record: AssetRecord = AssetRecord()
    ) {
        self.id = id
        self.assetClass = assetClass
        self.label = label
        self.location = location
        self.parent = parent
        self.criticality = criticality
        self.profile = profile
        self.bus = bus
        self.serial = serial
        self.commissioned = commissioned
        self.contractor = contractor
        self.labels = labels
        self.record = record
    }
}

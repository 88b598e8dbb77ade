public import Acquisition
public import Engine
public import Facility
public import Maintenance
public import Notices
public import Rules
public import Trends

/// A whole site as its files describe it, checked: every reference is resolved, every default settled.
public struct Configuration: Sendable {
    /// What stands where and what is measured.
    public let site: Site
    /// The site's own device profiles and the shipped ones that its assets use, by name.
    public let profiles: [String: DeviceProfile]
    /// What is polled.
    public let modbusBuses: [ModbusBus]
    /// What is received.
    public let mqttBuses: [MQTTBus]
    /// The rules as their files say them, in the order of the files.
    public let ruleDefinitions: [RuleDefinition]
    /// The parts of the week that rules ask for.
    public let schedules: [RuleSchedule]
    /// Which days are worked, by the names that rosters, plans and service levels use.
    public let calendars: [WorkCalendar]
    /// Work that comes back, and where.
    public let plans: PlanBook
    /// What is promised about orders, and who is sent where.
    public let orders: OrderSettings
    /// The rules ready to be evaluated.
    public let rules: RuleSet
    /// Who hears of alarms.
    public let routes: [Route]
    /// Who is on duty when.
    public let rosters: [Roster]
    /// What people have asked for, and who is told for a firm.
    public let directory: NoticeDirectory
    /// The ways out to people.
    public let channels: [ChannelDefinition]
    /// The firms that maintain equipment.
    public let contractors: [Contractor]
    /// What concerns the gateway rather than the equipment.
    public let settings: SiteSettings
    /// Every file that was read, as problems name it.
    public let files: [String]

    /// Puts a configuration together.
    public init(
        site: Site, profiles: [String: DeviceProfile], modbusBuses: [ModbusBus], mqttBuses: [MQTTBus],
        ruleDefinitions: [RuleDefinition], rules: RuleSet, routes: [Route], channels: [ChannelDefinition],
        contractors: [Contractor], settings: SiteSettings, files: [String], schedules: [RuleSchedule] = [],
        calendars: [WorkCalendar] = [], rosters: [Roster] = [],
        directory: NoticeDirectory = NoticeDirectory(), plans: PlanBook = PlanBook(),
        orders: OrderSettings = OrderSettings()
    ) {
        self.site = site
        self.schedules = schedules
        self.calendars = calendars
        self.rosters = rosters
        self.directory = directory
        self.plans = plans
        self.orders = orders
        self.profiles = profiles
        self.modbusBuses = modbusBuses
        self.mqttBuses = mqttBuses
        self.ruleDefinitions = ruleDefinitions
        self.rules = rules
        self.routes = routes
        self.channels = channels
        self.contractors = contractors
        self.settings = settings
        self.files = files
    }
}

/// A firm that maintains equipment.
public struct Contractor: Hashable, Sendable {
    /// The name in files.
    public let id: String
    /// What people call it.
    public let label: Bilingual
    /// Its telephone number.
    public let phone: String?

    /// Describes a firm.
    public init(id: String, label: Bilingual, phone: String? = nil) {
        self.id = id
        self.label = label
        self.phone = phone
    }
}

/// What `site.yaml` says about the gateway rather than about the equipment.
public struct SiteSettings: Hashable, Sendable {
    /// How long samples and their roll-ups are kept, and the most the history may take on disk.
    public let retention: RetentionPlan
    /// How much of the disk the history leaves to the ledger, bytes; nil for what suits the disk.
    public let reserveBytes: Int64?
    /// How much of the history a power cut may cost, milliseconds.
    public let syncMilliseconds: Int64
    /// Where the pages and the API are served; nil for nowhere but the socket.
    public let webListen: ListenAddress?
    /// The Unix socket of the API.
    public let socketPath: String
    /// What links in messages start with; nil for messages without links.
    public let publicURL: String?
    /// The daily sign of life of channels; nil for none.
    public let heartbeat: HeartbeatSettings?
    /// The monitor outside that is told that the daemon lives; nil for none.
    public let monitor: MonitorSettings?

    /// Collects the settings.
    public init(
        retention: RetentionPlan, reserveBytes: Int64? = nil, syncMilliseconds: Int64,
        webListen: ListenAddress?, socketPath: String, publicURL: String? = nil,
        heartbeat: HeartbeatSettings? = nil, monitor: MonitorSettings? = nil
    ) {
        self.retention = retention
        self.reserveBytes = reserveBytes
        self.syncMilliseconds = syncMilliseconds
        self.webListen = webListen
        self.socketPath = socketPath
        self.publicURL = publicURL
        self.heartbeat = heartbeat
        self.monitor = monitor
    }
}

/// What came of reading a folder.
public struct LoadResult: Sendable {
    /// The configuration; nil if any problem is an error.
    public let configuration: Configuration?
    /// The configuration as far as it could be built, for those who look for what is wrong with it; nil if it
    /// could not be.
    public let draft: Configuration?
    /// Everything found wrong, in the order of files and lines.
    public let problems: [Problem]
}

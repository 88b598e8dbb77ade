internal import Acquisition
public import Facility
internal import Notices
internal import Rules

/// What differs between two configurations: what a reload has to restart, and what carries on.
public struct ConfigurationChange: Hashable, Sendable {
    /// What happened to the things of one kind.
    public struct Difference<ID: Hashable & Comparable & Sendable>: Hashable, Sendable {
        /// New ones.
        public let added: [ID]
        /// Those that are described differently.
        public let changed: [ID]
        /// Those that are gone.
        public let removed: [ID]

        /// Whether nothing happened.
        public var isEmpty: Bool { added.isEmpty && changed.isEmpty && removed.isEmpty }

        init<Item>(_ old: [ID: Item], _ new: [ID: Item], isSame: (Item, Item) -> Bool) {
            added = new.keys.filter { old[$0] == nil }.sorted()
            removed = old.keys.filter { new[$0] == nil }.sorted()
            changed =
                new.filter { id, item in old[id].map { !isSame($0, item) } ?? false }.map(\.key).sorted()
        }
    }

    /// Modbus and MQTT buses, with everything that is read over them. Point numbers do not count: a bus
    /// whose points were only renumbered is the same bus, see `renumbered`.
    public let buses: Difference<BusID>
    /// Assets, with their points.
    public let assets: Difference<AssetID>
    /// Rules, by what they say; where they stand in their file does not count.
    public let rules: Difference<RuleID>
    /// Routes.
    public let routes: Difference<String>
    /// Channels.
    public let channels: Difference<ChannelID>
    /// People.
    public let people: Difference<PersonID>
    /// Whether anything else of the site changed: its names, zone or language.
    public let hasSiteChanged: Bool
    /// Whether the gateway's own settings changed.
    public let hasSettingsChanged: Bool
    /// Old points to new ones, for every point that both configurations have under the same path and that got
    /// another number.
    public let renumbered: [PointID: PointID]

    /// Compares a configuration with the one that follows it.
    public init(from old: Configuration, to new: Configuration) {
        buses = Difference(Self.buses(old), Self.buses(new), isSame: ==)
        assets = Difference(Self.assets(old), Self.assets(new), isSame: ==)
        rules = Difference(Self.rules(old), Self.rules(new), isSame: ==)
        routes = Difference(Self.byID(old.routes, \.id), Self.byID(new.routes, \.id), isSame: ==)
        channels = Difference(Self.channels(old), Self.channels(new), isSame: ==)
        people = Difference(Self.byID(old.site.people, \.id), Self.byID(new.site.people, \.id), isSame: ==)
        hasSiteChanged =
            old.site.id != new.site.id || old.site.label != new.site.label
            || old.site.language != new.site.language || old.site.zone.name != new.site.zone.name
        hasSettingsChanged = old.settings != new.settings
        renumbered = Dictionary(
            uniqueKeysWithValues: old.site.points.compactMap { point in
                guard let id = new.site.point(point.path), id != point.id else { return nil }
                return (point.id, id)
            })
    }

    /// Whether nothing differs.
    public var isEmpty: Bool {
        buses.isEmpty && assets.isEmpty && rules.isEmpty && routes.isEmpty && channels.isEmpty
            && people.isEmpty && !hasSiteChanged && !hasSettingsChanged
    }

    /// A bus without point numbers.
    private enum BusContent: Hashable {
        case modbus(ModbusBus)
        case mqtt(MQTTBus)
    }

    private static func buses(_ configuration: Configuration) -> [BusID: BusContent] {
        var buses: [BusID: BusContent] = [:]
        for bus in configuration.modbusBuses {
            let units = bus.units.map {
                ModbusUnit(
                    asset: $0.asset, unit: $0.unit, map: $0.map, points: unnumbered($0.points),
                    timeoutMilliseconds: $0.timeoutMilliseconds, weight: $0.weight)
            }
            buses[bus.id] = .modbus(
                ModbusBus(
                    id: bus.id, endpoint: bus.endpoint, timeoutMilliseconds: bus.timeoutMilliseconds,
                    requestDelayMilliseconds: bus.requestDelayMilliseconds,
                    unitChangeDelayMilliseconds: bus.unitChangeDelayMilliseconds, units: units))
        }
        for bus in configuration.mqttBuses {
            let sources = bus.sources.map {
                MQTTSource(
                    asset: $0.asset, topic: $0.topic, availabilityTopic: $0.availabilityTopic, map: $0.map,
                    filters: $0.filters, points: unnumbered($0.points))
            }
            buses[bus.id] = .mqtt(
                MQTTBus(
                    id: bus.id, host: bus.host, port: bus.port, clientID: bus.clientID,
                    username: bus.username, passwordFile: bus.passwordFile, tls: bus.tls, zone: bus.zone,
                    sources: sources))
        }
        return buses
    }

    private static func unnumbered(_ points: [PointID]) -> [PointID] {
        points.indices.map { PointID($0) }
    }

    /// An asset with what is measured at it, without point numbers.
    private struct AssetContent: Hashable {
        let asset: Asset
        let points: [PointMeaning]
    }

    private static func assets(_ configuration: Configuration) -> [AssetID: AssetContent] {
        let points = Dictionary(grouping: configuration.site.points, by: \.asset)
        let contents = configuration.site.assets.map { asset in
            AssetContent(asset: asset, points: (points[asset.id] ?? []).map(meaning))
        }
        return byID(contents, \.asset.id)
    }

    private static func meaning(_ point: Point) -> PointMeaning {
        PointMeaning(
            name: point.name, label: point.label, kind: point.kind, unit: point.unit,
            resolution: point.resolution, states: point.states,
            expectedMilliseconds: point.expectedMilliseconds, deadband: point.deadband,
            heartbeatMilliseconds: point.heartbeatMilliseconds)
    }

    /// A rule, and the parts of the week it may ask for.
    private struct RuleContent: Hashable {
        let definition: RuleDefinition
        let schedules: [RuleSchedule]
    }

    private static func rules(_ configuration: Configuration) -> [RuleID: RuleContent] {
        let contents = configuration.ruleDefinitions.map { rule in
            RuleContent(
                definition: placeless(rule),
                schedules: configuration.schedules.filter { rule.mentions($0.name) })
        }
        return byID(contents, \.definition.id)
    }

    /// A rule without the places of its parts.
    private static func placeless(_ rule: RuleDefinition) -> RuleDefinition {
        let nowhere = SourcePosition(file: "", line: 1, column: 1)
        func placeless(_ expression: ExpressionText) -> ExpressionText {
            ExpressionText(expression.text, at: nowhere)
        }
        var bare = rule
        bare.position = nowhere
        bare.places = [:]
        bare.bindings = rule.bindings.map { .init(name: $0.name, expression: placeless($0.expression)) }
        bare.when = placeless(rule.when)
        bare.clearWhen = rule.clearWhen.map(placeless)
        bare.activeIf = rule.activeIf.map(placeless)
        bare.levels = rule.levels.map { level in
            RuleDefinition.Level(
                priority: level.priority, when: placeless(level.when),
                clearWhen: level.clearWhen.map(placeless), deadband: level.deadband.map(placeless),
                raiseDelayMilliseconds: level.raiseDelayMilliseconds,
                clearDelayMilliseconds: level.clearDelayMilliseconds)
        }
        return bare
    }

    private static func channels(_ configuration: Configuration) -> [ChannelID: ChannelDefinition] {
        let nowhere = SourcePosition(file: "", line: 1, column: 1)
        return byID(
            configuration.channels.map {
                ChannelDefinition(
                    id: $0.id, kind: $0.kind, settings: $0.settings, fallback: $0.fallback, position: nowhere)
            }, \.id)
    }

    private static func byID<ID: Hashable, Item>(_ items: [Item], _ id: (Item) -> ID) -> [ID: Item] {
        Dictionary(items.map { (id($0), $0) }, uniquingKeysWith: { first, _ in first })
    }
}

extension RuleDefinition {
    /// Whether a word occurs in one of its expressions.
    fileprivate func mentions(_ word: String) -> Bool {
        var expressions = bindings.map(\.expression) + [when]
        expressions += [clearWhen, activeIf].compactMap(\.self)
        expressions += levels.flatMap { [$0.when] + [$0.clearWhen].compactMap(\.self) }
        return expressions.contains { $0.text.contains(word) }
    }
}

import EquipmentModels

/// A scripted day: what happens to the site, and when.
struct ScenarioFile: Equatable {
    /// One thing that happens.
    enum Action: Equatable {
        case inject(asset: String, fault: String)
        case clear(asset: String, fault: String)
        case communicate(bus: String, unit: String?, mode: CommunicationMode)
    }

    struct Step: Equatable {
        let seconds: Double
        let action: Action
        /// Where the step stands, for messages about what the site refuses.
        let line: Int
    }

    let name: BilingualName
    /// The alarms a gateway with the shipped rules must raise: `rule@asset`.
    let raises: [String]
    /// The alarms it may raise besides, because they follow from these; `rule@*` for any asset.
    let follows: [String]
    /// In the order they happen.
    let steps: [Step]

    /// Reads a scenario and checks it against the site it is for.
    init(_ document: YAMLDocument, site: SiteFile) throws(FileProblem) {
        let members = try document.members(known: ["name", "raises", "follows", "steps"])
        name = try BilingualName(try members.required("name", in: document))
        raises = try Self.alarms(members["raises"], site: site)
        follows = try Self.alarms(members["follows"], site: site)
        var steps: [Step] = []
        for entry in try members.required("steps", in: document).list() {
            steps += try Self.steps(entry, site: site)
        }
        self.steps = steps.sorted { $0.seconds < $1.seconds }
    }

    private static func alarms(_ list: YAMLDocument?, site: SiteFile) throws(FileProblem) -> [String] {
        var alarms: [String] = []
        for entry in try list?.list() ?? [] {
            let text = try entry.text()
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            let assets = site.models.flatMap { $0.assets.map(\.name) } + ["*"]
            guard parts.count == 2, !parts[0].isEmpty, assets.contains(String(parts[1])) else {
                throw entry.problem("'\(text)' is not an alarm such as pump.discharge_low@P2")
            }
            alarms.append(text)
        }
        return alarms
    }

    private static func steps(_ entry: YAMLDocument, site: SiteFile) throws(FileProblem) -> [Step] {
        let words = ["inject", "clear", "comm", "mqtt"]
        let members = try entry.members(known: ["at"] + words)
        let time = try members.required("at", in: entry).seconds()
        let given = words.compactMap { word in members[word].map { (word, $0) } }
        guard let (word, value) = given.first, given.count == 1 else {
            throw entry.problem("a step has 'at' and exactly one of \(words.joined(separator: ", "))")
        }
        let actions: [Action]
        switch word {
        case "inject":
            let (asset, fault) = try fault(value, site: site)
            actions = [.inject(asset: asset, fault: fault)]
        case "clear":
            let (asset, fault) = try fault(value, site: site)
            actions = [.clear(asset: asset, fault: fault)]
        case "comm": actions = [try communication(value, site: site)]
        default: actions = try messaging(value, site: site)
        }
        return actions.map { Step(seconds: time, action: $0, line: entry.problem("").line) }
    }

    private static func fault(_ entry: YAMLDocument, site: SiteFile) throws(FileProblem) -> (String, String) {
        let members = try entry.members(known: ["asset", "fault"])
        let assetEntry = try members.required("asset", in: entry)
        let asset = try assetEntry.text()
        guard let model = site.models.first(where: { $0.assets.contains { $0.name == asset } }) else {
            throw assetEntry.problem("there is no asset '\(asset)'")
        }
        let faultEntry = try members.required("fault", in: entry)
        let fault = try faultEntry.text()
        guard model.type.faults.contains(where: { $0.name == fault }) else {
            let known = model.type.faults.map(\.name).joined(separator: ", ")
            throw faultEntry.problem("'\(asset)' has no fault '\(fault)'; it has \(known)")
        }
        return (asset, fault)
    }

    private static func communication(_ entry: YAMLDocument, site: SiteFile) throws(FileProblem) -> Action {
        let members = try entry.members(known: ["bus", "unit", "mode"])
        let busEntry = try members.required("bus", in: entry)
        let bus = try busEntry.text()
        guard site.bus(named: bus) != nil else { throw busEntry.problem("there is no bus '\(bus)'") }
        let unit = try members["unit"]?.text()
        if let unit, let unitEntry = members["unit"], !site.hasUnit(unit, on: bus) {
            throw unitEntry.problem("there is no unit '\(unit)' on bus '\(bus)'")
        }
        let mode = try mode(try members.required("mode", in: entry), bus: bus, unit: unit, site: site)
        return .communicate(bus: bus, unit: unit, mode: mode)
    }

    private static func mode(
        _ entry: YAMLDocument, bus: String, unit: String?, site: SiteFile
    ) throws(FileProblem) -> CommunicationMode {
        let words = try entry.text().split(separator: " ").map(String.init)
        let mode: CommunicationMode
        do {
            mode = try CommunicationMode(words: words)
        } catch {
            throw entry.problem(error.description)
        }
        if let objection = site.objection(to: mode, bus: bus, unit: unit) { throw entry.problem(objection) }
        return mode
    }

    private static func messaging(_ entry: YAMLDocument, site: SiteFile) throws(FileProblem) -> [Action] {
        let brokers = site.buses.filter(\.isMessaging)
        guard !brokers.isEmpty else { throw entry.problem("the site has no MQTT bus") }
        var actions: [Action] = []
        for broker in brokers {
            let mode = try mode(entry, bus: broker.name, unit: nil, site: site)
            actions.append(.communicate(bus: broker.name, unit: nil, mode: mode))
        }
        return actions
    }
}

extension SiteFile.Asset {
    /// What commands call it on its bus: the unit number, or its own name on an MQTT bus.
    var unitName: String { unit.map { String($0) } ?? name }
}

extension SiteFile.Bus {
    var isMessaging: Bool {
        if case .mqtt = kind { true } else { false }
    }
}

extension SiteFile {
    /// Whether a bus has such a unit; on an MQTT bus the assets themselves stand for the units.
    func hasUnit(_ unit: String, on bus: String) -> Bool {
        assets.contains { $0.bus == bus && $0.unitName == unit }
    }

    /// Why a mode makes no sense on a bus or unit, if so.
    func objection(to mode: CommunicationMode, bus name: String, unit: String?) -> String? {
        guard let bus = bus(named: name) else { return "there is no bus '\(name)'" }
        if let unit, !hasUnit(unit, on: name) { return "there is no unit '\(unit)' on bus '\(name)'" }
        switch (mode, bus.kind) {
        case (.normal, _), (.silence, _), (.garbage, _), (.disconnect, .mqtt): return nil
        case (_, .mqtt):
            return "'\(mode)' is not possible on an MQTT bus; it knows silence, garbage, disconnect"
        case (.refuse, .tcp): return unit == nil ? nil : "a single unit cannot refuse a connection"
        case (.wrongTransaction, .tcp), (.disconnect, .tcp): return nil
        case (.refuse, .rtu), (.wrongTransaction, .rtu), (.disconnect, .rtu):
            return "'\(mode)' is not possible on a serial line"
        case (_, .tcp), (_, .rtu): return nil
        }
    }
}

/// Who may import whom: the arrows of ARCHITECTURE.md.
///
/// The build checks declared dependencies; this checks that nobody declares an arrow that must not be.
enum Layers {
    /// What each module of the core may use besides the standard library.
    static let core: [String: Set<String>] = [
        "Facility": [],
        "Acquisition": ["Facility"],
        "Rules": ["Facility"],
        "Alarms": ["Facility"],
        "Trends": ["Facility"],
        "Maintenance": ["Facility", "Alarms"],
        "Notices": ["Facility", "Alarms", "Maintenance"],
        "Engine": ["Facility", "Rules", "Alarms", "Maintenance", "Notices"],
    ]

    /// The modules of swift-collections; Facility alone does without.
    static let collections: Set = [
        "Collections", "BitCollections", "DequeModule", "HashTreeCollections", "HeapModule",
        "OrderedCollections",
    ]

    static let adapters: Set = [
        "SiteConfig", "ModbusField", "MQTTField", "Ledger", "Historian", "Delivery", "WebAPI",
        "SystemService", "Spreadsheet",
    ]

    static let app: Set = ["SiteDaemon", "sitewatch"]

    /// Outside technologies, by the first letters of their modules, and the only places that may meet them.
    static let technologies: [(prefix: String, places: [String])] = [
        ("GRDB", ["Sources/Adapters/Ledger", "Sources/Adapters/Historian"]),
        ("Hummingbird", ["Sources/Adapters/WebAPI"]),
        ("NIO", ["Sources/Adapters/WebAPI"]),
        ("HTTPTypes", ["Sources/Adapters/WebAPI"]),
        ("Mustache", ["Sources/Adapters/WebAPI"]),
        ("CModbus", ["Sources/Adapters/ModbusField"]),
        ("CMalloc", ["Sources/Adapters/SystemService"]),
        ("CLinux", ["Sources/Adapters/ModbusField", "Sources/Adapters/SystemService"]),
        ("CMosquitto", ["Sources/Adapters/MQTTField", "simulators"]),
        ("SwiftProtobuf", ["Sources/Adapters/MQTTField"]),
        ("CCurl", ["Sources/Adapters/Delivery"]),
        ("CXlsxWriter", ["Sources/Adapters/Spreadsheet"]),
        ("Yams", ["Sources/Adapters/SiteConfig", "simulators"]),
        ("ArgumentParser", ["Sources/App/sitewatch", "simulators"]),
        ("EquipmentModels", ["simulators"]),
    ]

    /// The imports of a file that its layer does not allow.
    static func findings(in file: SwiftFile) -> [Finding] {
        file.imports.compactMap { module, line in
            reason(against: module, in: file.file).map { Finding(path: file.path, line: line, what: $0) }
        }
    }

    private static func reason(against module: String, in file: SourceFile) -> String? {
        let folders = file.folders
        if file.isIn("Sources/Core"), folders.count > 2 {
            let own = String(folders[2])
            guard let allowed = core[own] else {
                return "\(own) is not in the table of Tests/TidyTests/Layers.swift"
            }
            let isCollection = collections.contains(module) && own != "Facility"
            return allowed.contains(module) || isCollection
                ? nil : "\(own) may import \(names(allowed)), not \(module)"
        }
        if file.isIn("Tests/Core"), adapters.contains(module) || app.contains(module) {
            return "tests of the core never meet an adapter, and this one imports \(module)"
        }
        if file.isIn("Sources/Adapters"), folders.count > 2 {
            if adapters.contains(module), module != String(folders[2]) {
                return "an adapter never imports another adapter, and this one imports \(module)"
            }
            if app.contains(module) { return "an adapter never imports \(module)" }
        }
        if file.isIn("simulators"), core[module] != nil || adapters.contains(module) || app.contains(module) {
            return "simulators are an independent judge and import nothing of ours, not \(module)"
        }
        guard file.isIn("Sources", "simulators") else { return nil }
        guard let technology = technologies.first(where: { module.hasPrefix($0.prefix) }) else { return nil }
        return file.isIn(technology.places)
            ? nil : "only \(technology.places.joined(separator: " and ")) may import \(module)"
    }

    private static func names(_ modules: Set<String>) -> String {
        modules.isEmpty ? "nothing" : modules.sorted().joined(separator: ", ")
    }
}

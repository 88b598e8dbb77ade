import EquipmentModels

/// A simulated site as its file describes it: buses, and the equipment on them.
struct SiteFile {
    /// How a bus is reached.
    enum BusKind: Equatable {
        case tcp(host: String, port: Int)
        case rtu(link: String?, line: SerialLine)
        case mqtt(host: String, port: Int)
    }

    /// The words for the kinds of bus.
    enum KindWord: String, CaseIterable {
        case tcp = "modbus-tcp"
        case rtu = "modbus-rtu"
        case mqtt = "mqtt"
    }

    struct Bus: Equatable {
        let name: String
        var kind: BusKind
        /// How long a device thinks before it answers.
        let turnaround: Double
    }

    /// Where one asset answers.
    struct Asset: Equatable {
        let name: String
        let bus: String
        /// Modbus unit; nothing on an MQTT bus.
        let unit: Int?
        /// Name in MQTT topics.
        let address: String
        let maxRegisters: Int
        let maxBits: Int
    }

    struct Model {
        let type: any Equipment.Type
        let assets: [Asset]
    }

    let name: BilingualName
    let startSecondOfDay: Double
    var buses: [Bus]
    let models: [Model]

    init(_ document: YAMLDocument) throws(FileProblem) {
        let members = try document.members(known: ["name", "starts_at", "buses", "equipment"])
        name = try BilingualName(try members.required("name", in: document))
        startSecondOfDay = try members["starts_at"]?.secondOfDay() ?? 8 * 3600
        buses = []
        for (key, value) in try members.required("buses", in: document).entries() {
            buses.append(try Bus(name: try key.text(), value))
        }
        var models: [Model] = []
        var taken: Set<String> = []
        for entry in try members.required("equipment", in: document).list() {
            let model = try Model(entry, buses: buses)
            for asset in model.assets {
                let places = [asset.name] + (asset.unit.map { ["\(asset.bus)/\($0)"] } ?? [])
                for place in places where !taken.insert(place).inserted {
                    throw entry.problem("'\(place)' is given twice")
                }
            }
            models.append(model)
        }
        self.models = models
    }

    var assets: [Asset] { models.flatMap(\.assets) }

    func bus(named name: String) -> Bus? { buses.first { $0.name == name } }
}

extension SiteFile.Bus {
    fileprivate init(name: String, _ document: YAMLDocument) throws(FileProblem) {
        let known = ["kind", "host", "port", "link", "baud", "parity", "stop_bits", "turnaround"]
        let members = try document.members(known: known)
        self.name = name
        let word = try members.required("kind", in: document).choice(SiteFile.KindWord.self)
        let allowed: [String]
        switch word {
        case .tcp, .mqtt:
            let host = try members["host"]?.text() ?? "127.0.0.1"
            let port = try members.required("port", in: document).whole(in: 0...65535)
            kind = word == .tcp ? .tcp(host: host, port: port) : .mqtt(host: host, port: port)
            allowed = ["kind", "host", "port"] + (word == .tcp ? ["turnaround"] : [])
        case .rtu:
            let line = SerialLine(
                baud: try members["baud"]?.whole(in: 300...921_600) ?? 9600,
                hasParity: try members["parity"]?.choice(Parity.self) ?? .none != .none,
                stopBits: try members["stop_bits"]?.whole(in: 1...2) ?? 1)
            kind = .rtu(link: try members["link"]?.text(), line: line)
            allowed = ["kind", "link", "baud", "parity", "stop_bits", "turnaround"]
        }
        for key in members.keys.sorted() where !allowed.contains(key) {
            throw members[key, default: document].problem(
                "'\(key)' does not belong to a \(word.rawValue) bus")
        }
        turnaround = try members["turnaround"]?.seconds() ?? (word == .rtu ? 0.02 : 0)
    }

    private enum Parity: String, CaseIterable {
        case none, even, odd
    }
}

extension SiteFile.Model {
    fileprivate init(_ document: YAMLDocument, buses: [SiteFile.Bus]) throws(FileProblem) {
        let members = try document.members(known: ["model", "assets"])
        let word = try members.required("model", in: document)
        let name = try word.text()
        guard let type = Models.named(name) else {
            let known = Models.all.map { $0.model }.joined(separator: ", ")
            throw word.problem("unknown model '\(name)'; known are \(known)")
        }
        let list = try members.required("assets", in: document)
        var assets: [SiteFile.Asset] = []
        for (key, value) in try list.entries() {
            assets.append(try SiteFile.Asset(name: try key.text(), value, buses: buses, type: type))
        }
        guard assets.count == type.partCount else {
            throw list.problem("a \(name) stands for \(type.partCount) assets, not \(assets.count)")
        }
        self.type = type
        self.assets = assets
    }
}

extension SiteFile.Asset {
    fileprivate init(
        name: String, _ document: YAMLDocument, buses: [SiteFile.Bus], type: any Equipment.Type
    ) throws(FileProblem) {
        let members = try document.members(known: ["bus", "unit", "address", "max_registers", "max_bits"])
        self.name = name
        let busEntry = try members.required("bus", in: document)
        let busName = try busEntry.text()
        guard let bus = buses.first(where: { $0.name == busName }) else {
            throw busEntry.problem("there is no bus '\(busName)'")
        }
        self.bus = busName
        address = try members["address"]?.text() ?? name
        maxRegisters = try members["max_registers"]?.whole(in: 1...125) ?? 125
        maxBits = try members["max_bits"]?.whole(in: 1...2000) ?? 2000
        if case .mqtt = bus.kind {
            guard type is any MessagingEquipment.Type else {
                throw busEntry.problem("a \(type.model) does not speak MQTT")
            }
            unit = nil
            if let stray = members["unit"] {
                throw stray.problem("MQTT equipment has an address, not a unit")
            }
        } else {
            guard type is any ModbusEquipment.Type else {
                throw busEntry.problem("a \(type.model) does not speak Modbus")
            }
            unit = try members.required("unit", in: document).whole(in: 1...247)
        }
    }
}

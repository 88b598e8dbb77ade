import Acquisition
import Facility
import Foundation
import ModbusField
import Notices
import SiteConfig
import Testing

/// Every register table of the shared data, written as profiles, read over TCP from a server that shares no line
/// with ours, and compared with values that the server's own arithmetic worked out.
@Suite(.serialized) struct RegisterTableTests {
    /// One row of a table, in the words of the profiles.
    private struct Row {
        let unit: UInt8
        let name: String
        let point: String
    }

    /// A value as the server worked it out.
    private struct Served: Decodable {
        let unit: UInt8
        let name: String
        let area: String
        let address: UInt16
        let number: Double?
        let text: String?

        func isSame(as value: Value?) -> Bool {
            switch value {
            case .number(let found): found == number
            case .integer(let found): Double(found) == number
            case .text(let found): found == text
            case .flag, nil: false
            }
        }
    }

    private static let tables = ["mbmd-meters", "evcc-acrel", "sunspec-meters"]
    /// Where a SunSpec model starts on its unit.
    private static let modelStart = 100

    private static func rows(_ table: String) -> [[String: String]]? {
        guard let data = SharedData.file("registers/\(table).csv") else { return nil }
        let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard let head = lines.first else { return nil }
        return lines.dropFirst().map { line in
            Dictionary(zip(head, line), uniquingKeysWith: { first, _ in first })
        }
    }

    /// The devices of all tables in their order, each a unit, with their points as profiles write them.
    private static func devices() -> [(profile: String, unit: UInt8, rows: [Row])]? {
        var devices: [(profile: String, unit: UInt8, rows: [Row])] = []
        for table in tables {
            guard let rows = rows(table) else { return nil }
            for row in rows {
                let device = row["device"] ?? "sunspec-\(row["model"] ?? "")"
                let profile = "table-" + device.lowercased()
                if devices.last?.profile != profile {
                    devices.append((profile, UInt8(devices.count + 1), []))
                }
                let last = devices.count - 1
                let name = (row["name"] ?? row["point"] ?? "").lowercased()
                let point = row["device"] == nil ? sunSpec(row) : meter(row)
                devices[last].rows.append(Row(unit: devices[last].unit, name: name, point: point))
            }
        }
        return devices
    }

    private static func meter(_ row: [String: String]) -> String {
        let area = row["function"] == "4" ? "input" : "holding"
        let order = row["word_order"] == "low_first" ? ", order: CDAB" : ""
        return
            "{register: \"\(area):\(row["address"] ?? "")\", type: \(row["type"] ?? ""), poll: fast, "
            + "scale: \(row["scale"] ?? "")\(order)}"
    }

    private static func sunSpec(_ row: [String: String]) -> String {
        let types = ["acc32": "uint32", "bitfield32": "uint32", "sunssf": "int16", "pad": "uint16"]
        let written = row["type"] ?? ""
        var parts = [
            "register: \"holding:\(modelStart + (Int(row["offset"] ?? "") ?? 0))\"",
            "type: \(types[written] ?? written)", "poll: fast",
        ]
        if written == "string" { parts.append("length: \(row["registers"] ?? "")") }
        if let scale = row["scale_factor_point"], !scale.isEmpty {
            parts.append("scale_from: {exponent: \(scale.lowercased())}")
        }
        return "{" + parts.joined(separator: ", ") + "}"
    }

    /// The profiles of the tables, through files and the loader.
    private static func library() throws -> (library: ProfileLibrary, units: [String: UInt8])? {
        guard let devices = devices() else { return nil }
        let folder = FileManager.default.temporaryDirectory.appending(path: "tables-\(UUID().uuidString)")
        let profiles = folder.appending(path: "profiles")
        try FileManager.default.createDirectory(at: profiles, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var units: [String: UInt8] = [:]
        for device in devices {
            units[device.profile] = device.unit
            let text =
                "profile: \(device.profile)\nclass: meter\nsource: \"a register table of others\"\npoints:\n"
                + device.rows.map { "  \($0.name): \($0.point)\n" }.joined()
            try Data(text.utf8).write(to: profiles.appending(path: "\(device.profile).yaml"))
        }
        var checkout = URL(filePath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<4 { checkout.deleteLastPathComponent() }
        let loader = ConfigurationLoader(
            folder: folder.path, share: ShareFolder(checkout.appending(path: "config").path),
            channelKinds: []
        ) { .fixed($0, hours: 8) }
        return (loader.loadProfiles(), units)
    }

    /// Reads units with their maps until every point has a good value, or until it takes too long.
    private func read(
        _ maps: [(unit: UInt8, map: ModbusMap)], port: Int
    ) async -> (samples: [Int: Sample], isComplete: Bool) {
        var first = 0
        let units = maps.map { unit, map in
            defer { first += map.points.count }
            return ModbusUnit(
                asset: AssetID("A\(unit)"), unit: unit, map: map,
                points: map.points.indices.map { PointID(first + $0) })
        }
        let collector = Collector()
        let poller = collector.poller(
            ModbusBus(
                id: "bus", endpoint: .tcp(host: "127.0.0.1", port: port), timeoutMilliseconds: 2000,
                requestDelayMilliseconds: 0, units: units))
        poller.start()
        let count = first
        let latest = {
            Dictionary(
                collector.samples.map { (Int($0.point.index), $0) }, uniquingKeysWith: { _, last in last })
        }
        var samples: [Int: Sample] = [:]
        let isComplete = await holds(within: 30) {
            samples = latest()
            return samples.count == count && samples.values.allSatisfy { $0.quality == .good }
        }
        poller.stop()
        return (samples, isComplete)
    }

    private func compare(
        _ maps: [(unit: UInt8, map: ModbusMap)], _ served: [Served], port: Int
    ) async -> Int {
        let places = Dictionary(
            served.map { ("\($0.unit)/\($0.area):\($0.address)", $0) },
            uniquingKeysWith: { first, _ in first })
        let (samples, isComplete) = await read(maps, port: port)
        var compared = 0
        var index = 0
        for (unit, map) in maps {
            for point in map.points {
                defer { index += 1 }
                let expected = places["\(unit)/\(point.register)"]
                let sample = samples[index]
                if let expected, expected.isSame(as: sample?.value), sample?.quality == .good {
                    compared += 1
                } else {
                    Issue.record(
                        "unit \(unit) \(point.meaning.name): \(String(describing: sample)) is not \(String(describing: expected))"
                    )
                }
            }
        }
        #expect(isComplete)
        return compared
    }

    /// The server with the tables, and what it serves; nil, said aloud, where something is not here.
    private func server() -> (peer: Peer, port: Int, served: [Served])? {
        guard let python = Peer.pythonWithModbus else { return nil }
        let files = Self.tables.compactMap { SharedData.path("registers/\($0).csv") }
        guard files.count == Self.tables.count else { return nil }
        let port = freePort()
        guard
            let peer = Peer(
                python, ["-c", tableServer, "\(port)", "20261120", "\(Self.modelStart)"] + files),
            let served = try? JSONDecoder().decode([Served].self, from: Data(peer.greeting.utf8))
        else {
            Issue.record("the server of the tables says nothing")
            return nil
        }
        return (peer, port, served)
    }

    @Test func `every value of every register table arrives as it is served`() async throws {
        guard let (peer, port, served) = server(), let (library, units) = try Self.library() else { return }
        defer { peer.stop() }
        #expect(library.problems == [])
        let maps = library.entries.filter { !$0.isShipped }.compactMap { entry in
            switch entry.profile.map {
            case .modbus(let map): units[entry.profile.id].map { (unit: $0, map: map) }
            case .mqtt: nil
            }
        }
        #expect(maps.count == 18)
        #expect(await compare(maps, served, port: port) == 336 + 12 + 359)
    }

    @Test func `the shipped meters read the same values from the same server`() async throws {
        guard let (peer, port, served) = server(), let (library, units) = try Self.library() else { return }
        defer { peer.stop() }
        let models = [
            "eastron-sdm630": "table-sdm", "eastron-sdm120": "table-sdm120",
            "eastron-sdm72": "table-sdm72v2", "janitza-b23": "table-janitza",
            "schneider-iem3000": "table-iem3000", "inepro-pro380": "table-inepro",
            "siemens-pac2200": "table-pac2200", "mpm3pm": "table-mpm3pm", "orno-we516": "table-orno3p",
            "dzg-dvh4013": "table-dzg", "carlo-gavazzi-em330": "table-carlogavazzi-ex3x0",
            "acrel-adw300": "table-acrel-adw300",
        ]
        let maps = models.sorted { $0.key < $1.key }.compactMap { model, table in
            guard case .modbus(let map)? = library[model]?.profile.map, let unit = units[table] else {
                return nil as (unit: UInt8, map: ModbusMap)?
            }
            let points = map.points.map {
                ModbusPoint(
                    meaning: $0.meaning, register: $0.register, length: $0.length, type: $0.type,
                    order: $0.order, bits: $0.bits, scaling: $0.scaling, periodMilliseconds: 1000)
            }
            return (unit, ModbusMap(maximumRegisters: map.maximumRegisters, points: points))
        }
        #expect(maps.count == models.count)
        #expect(await compare(maps, served, port: port) == 336 + 12)
    }
}

/// Serves the tables (pymodbus): `PORT SEED MODEL-START MBMD.csv ACREL.csv SUNSPEC.csv`, one unit per device.
///
/// The registers are seeded and plausible for the unit of each point. The first line is what must be read from
/// them, worked out with fractions and rounded once.
private let tableServer = #"""
    import asyncio, csv, json, random, struct, sys
    from fractions import Fraction
    from pymodbus.datastore import ModbusDeviceContext, ModbusServerContext, ModbusSparseDataBlock
    from pymodbus.server import StartAsyncTcpServer
    port, seed, start, meters, acrel, sunspec = sys.argv[1:7]
    rnd = random.Random(int(seed))
    formats = {"float32": ">f", "float64": ">d", "int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I",
               "int64": ">q", "acc32": ">I", "bitfield32": ">I", "sunssf": ">h", "pad": ">H"}
    spans = {"V": (205, 245), "A": (0, 90), "W": (-40000, 40000), "var": (-9000, 9000), "VA": (0, 45000),
             "Hz": (49, 51), "kWh": (0, 900000), "kvarh": (0, 90000), "%": (0, 9), "°": (-90, 90), "": (0, 1)}
    devices, served = [], []
    def put(device, area, address, data, name, **value):
        words = struct.unpack(f">{len(data) // 2}H", data)
        device[area].update((address + i, w) for i, w in enumerate(words))
        served.append(dict(unit=len(devices), name=name, area=area, address=address, **value))
    def device(key, last=[None]):
        if key != last[0]: devices.append({"input": {}, "holding": {}}); last[0] = key
        return devices[-1]
    for table in (meters, acrel):
        for row in csv.DictReader(open(table)):
            kind, scale = row["type"], Fraction(row["scale"])
            low, high = spans[row["unit"]]
            if kind.startswith("u") or row["unit"] == "": low = max(low, 0)
            value = Fraction(rnd.uniform(low, high)) / scale
            raw = float(value) if kind.startswith("float") else round(value)
            data = struct.pack(formats[kind], raw)
            exact = Fraction(struct.unpack(formats[kind], data)[0]) * scale
            if row["word_order"] == "low_first":
                words = struct.unpack(f">{len(data) // 2}H", data)
                data = struct.pack(f">{len(words)}H", *reversed(words))
            put(device(row["device"]), "input" if row["function"] == "4" else "holding", int(row["address"]), data,
                row["name"], number=float(exact))
    models = {}
    for row in csv.DictReader(open(sunspec)): models.setdefault(row["model"], []).append(row)
    for model, rows in models.items():
        factors = {row["point"]: rnd.randint(-3, 3) for row in rows if row["type"] == "sunssf"}
        for row in rows:
            kind, name, address = row["type"], row["point"], int(start) + int(row["offset"])
            if kind == "string":
                text = "".join(rnd.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789-") for _ in range(rnd.randint(3, 2 * int(row["registers"]))))
                data = text.encode().ljust(2 * int(row["registers"]), b"\0")
                put(device(model), "holding", address, data, name, text=text)
                continue
            if kind == "sunssf": raw = factors[name]
            elif kind == "float32": raw = rnd.uniform(-50000, 50000)
            elif kind == "int16": raw = rnd.randint(-32767, 32767)
            elif kind in ("acc32", "bitfield32"): raw = rnd.randint(0, 2**32 - 2)
            elif kind == "pad": raw = 0x8000
            else: raw = rnd.randint(0, 65534)
            data = struct.pack(formats[kind], raw)
            factor = factors.get(row["scale_factor_point"], 0)
            exact = Fraction(struct.unpack(formats[kind], data)[0]) * Fraction(10) ** factor
            put(device(model), "holding", address, data, name, number=float(exact))
    block = lambda values: ModbusSparseDataBlock(values or {60000: 0})
    context = ModbusServerContext({i + 1: ModbusDeviceContext(
        co=block({}), di=block({}), hr=block(d["holding"]), ir=block(d["input"])) for i, d in enumerate(devices)}, single=False)
    print(json.dumps(served), flush=True)
    asyncio.run(StartAsyncTcpServer(context, address=("127.0.0.1", int(port))))
    """#

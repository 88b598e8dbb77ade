internal import Acquisition
internal import Facility

/// Builds the buses with everything that is read over them.
struct BusBuilder {
    /// The Modbus library cannot use a file descriptor of 1024 or more.
    private static let maximumTCPBuses = 900

    let files: SiteFiles
    let problems: ProblemList
    /// The site's time.
    let zone: SiteZone

    func build(_ readings: [AssetReading]) -> (modbus: [ModbusBus], mqtt: [MQTTBus]) {
        let buses = files.buses ?? []
        checkEndpoints(buses)
        checkCount(buses)
        let byBus = Dictionary(grouping: readings) { $0.bus.value }
        var modbus: [ModbusBus] = []
        var mqtt: [MQTTBus] = []
        for bus in buses {
            let readings = byBus[bus.name] ?? []
            switch bus.value.link {
            case .modbus(let endpoint, let times):
                modbus.append(
                    ModbusBus(
                        id: BusID(bus.name), endpoint: endpoint, timeoutMilliseconds: times.timeout,
                        requestDelayMilliseconds: times.requestDelay,
                        unitChangeDelayMilliseconds: times.unitChangeDelay,
                        units: units(readings, on: endpoint)))
            case .mqtt(let host, let port, let client, let username, let passwordFile, let tls):
                mqtt.append(
                    MQTTBus(
                        id: BusID(bus.name), host: host, port: port,
                        clientID: client ?? "sitewatch-\(files.site?.id ?? "")", username: username,
                        passwordFile: passwordFile, tls: tls, zone: zone, sources: sources(readings)))
            }
        }
        return (modbus, mqtt)
    }

    private func units(_ readings: [AssetReading], on endpoint: ModbusBus.Endpoint) -> [ModbusUnit] {
        var taken: [Int: AssetID] = [:]
        return readings.compactMap { reading in
            guard case .modbus(let map) = reading.profile.map else {
                reportKind(reading, bus: "modbus", profile: "mqtt")
                return nil
            }
            if let address = reading.address {
                problems.add(at: address.position, Message("config.address-on-modbus"))
            }
            guard let unit = reading.unit else {
                if !reading.isUnitGiven {
                    problems.add(at: reading.position, Message("config.missing", ["key": "unit"]))
                }
                return nil
            }
            guard isAllowed(unit.value, on: endpoint) else {
                let key =
                    switch endpoint {
                    case .tcp: "config.unit-tcp"
                    case .serial: "config.unit-rtu"
                    }
                problems.add(at: unit.position, Message(key, ["unit": .text(String(unit.value))]))
                return nil
            }
            if let other = taken[unit.value] {
                problems.add(
                    at: unit.position,
                    Message(
                        "config.unit-twice",
                        [
                            "unit": .text(String(unit.value)), "bus": .text(reading.bus.value),
                            "asset": .text(other.name),
                        ]))
            }
            taken[unit.value] = reading.asset
            return ModbusUnit(
                asset: reading.asset, unit: UInt8(unit.value), map: map, points: reading.points,
                timeoutMilliseconds: reading.timeoutMilliseconds?.value,
                weight: reading.weight?.value ?? Self.weight(reading.criticality))
        }
    }

    /// How many reads in a row the turn of a unit holds where the file does not say: more depends on the one
    /// than on the other.
    private static func weight(_ criticality: Asset.Criticality) -> Int {
        switch criticality {
        case .low: 1
        case .normal: 2
        case .high: 4
        }
    }

    private func isAllowed(_ unit: Int, on endpoint: ModbusBus.Endpoint) -> Bool {
        switch endpoint {
        case .tcp: (0...247).contains(unit) || unit == 255
        case .serial: (1...247).contains(unit)
        }
    }

    private func sources(_ readings: [AssetReading]) -> [MQTTSource] {
        var builder = SourceBuilder(problems: problems)
        return readings.compactMap { reading in
            guard case .mqtt(let map) = reading.profile.map else {
                reportKind(reading, bus: "mqtt", profile: "modbus")
                return nil
            }
            if let unit = reading.unit {
                problems.add(at: unit.position, Message("config.unit-on-mqtt"))
            }
            for (key, place) in [
                ("timeout", reading.timeoutMilliseconds?.position), ("weight", reading.weight?.position),
            ] {
                guard let place else { continue }
                problems.add(at: place, Message("config.only-modbus", ["key": .text(key)]))
            }
            return builder.source(reading, map)
        }
    }

    private func reportKind(_ reading: AssetReading, bus: String, profile: String) {
        problems.add(
            at: reading.bus.position,
            Message(
                "config.bus-does-not-fit",
                [
                    "bus": .text(reading.bus.value), "profile": .text(reading.profile.id),
                    "is": .message(Message("config.speaks-\(bus)")),
                    "needs": .message(Message("config.speaks-\(profile)")),
                ]))
    }

    private func checkEndpoints(_ buses: [Named<BusEntry>]) {
        var taken: [String: String] = [:]
        for bus in buses {
            let endpoint =
                switch bus.value.link {
                case .modbus(.tcp(let host, let port), _), .mqtt(let host, let port, _, _, _, _):
                    "\(host.lowercased()):\(port)"
                case .modbus(.serial(let device, _, _, _), _): device
                }
            if let other = taken[endpoint] {
                problems.add(
                    at: bus.value.endpointPosition,
                    Message("config.endpoint-twice", ["endpoint": .text(endpoint), "bus": .text(other)]))
            } else {
                taken[endpoint] = bus.name
            }
        }
    }

    private func checkCount(_ buses: [Named<BusEntry>]) {
        let tcp = buses.filter { if case .modbus(.tcp, _) = $0.value.link { true } else { false } }
        guard tcp.count > Self.maximumTCPBuses else { return }
        problems.add(
            at: tcp[Self.maximumTCPBuses].position,
            Message(
                "config.too-many-buses",
                ["count": .text(String(tcp.count)), "maximum": .text(String(Self.maximumTCPBuses))]))
    }
}

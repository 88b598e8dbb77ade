internal import Acquisition
internal import Facility

/// One bus as `buses.yaml` describes it.
struct BusEntry {
    /// How it is reached.
    enum Link {
        case modbus(ModbusBus.Endpoint, ModbusTimes)
        case mqtt(
            host: String, port: Int, clientID: String?, username: String?, passwordFile: String?,
            tls: MQTTBus.TLS?)
    }

    let link: Link
    /// Where the host or the device stands.
    let endpointPosition: SourcePosition
    /// The asset without which nothing on the bus answers: a gateway, a switch.
    let parent: Located<String>?
    static let parentForm = Form<String>.name(.word).located

    /// The kinds by name.
    static let kinds = [ModbusTCPShape.kindName, ModbusRTUShape.kindName, MQTTBusShape.kindName]

    /// The form of one bus.
    static func form(credentials: String) -> Form<BusEntry> {
        let forms = [
            ModbusTCPShape.kindName: ModbusTCPShape.form, ModbusRTUShape.kindName: ModbusRTUShape.form,
            MQTTBusShape.kindName: MQTTBusShape.form(credentials: credentials),
        ]
        return Form(schema: .either(kinds.compactMap { forms[$0]?.schema })) { node, problems in
            guard node.entries != nil, let kind = node["kind"] else {
                // Any of the shapes tells what is missing.
                return ModbusTCPShape.form.read(node, problems)
            }
            let choice = Form<String>.choice("bus-kind", kinds.map { ($0, $0) })
            guard let name = choice.read(kind, problems), let form = forms[name] else { return nil }
            return form.read(node, problems)
        }
    }
}

/// All of `buses.yaml`.
struct BusesShape: Shape {
    static let title = "buses"
    let buses: Key<[Named<BusEntry>]>

    init() { self.init(credentials: "") }

    init(credentials: String) {
        buses = Key("buses", Form.table(.word, of: BusEntry.form(credentials: credentials)))
    }
}

/// What a Modbus bus says about time, milliseconds.
struct ModbusTimes {
    static let timeoutForm = Form<Int64>.duration(10...60_000)
    static let delayForm = Form<Int64>.duration(0...10_000)

    let timeout: Int64
    let requestDelay: Int64
    let unitChangeDelay: Int64

    init(timeout: Int64?, requestDelay: Int64?, unitChangeDelay: Int64?) {
        self.timeout = timeout ?? 1000
        self.requestDelay = requestDelay ?? 0
        self.unitChangeDelay = unitChangeDelay ?? 0
    }
}

struct ModbusTCPShape: Shape {
    static let title = "bus"
    static let kindName = "modbus-tcp"
    static let form = Form<BusEntry>.section(Self.self) { section in
        let host = section(\.host)
        let port = section(\.port) ?? 502
        let parent = section(\.parent)
        let times = ModbusTimes(
            timeout: section(\.timeout), requestDelay: section(\.requestDelay),
            unitChangeDelay: section(\.unitChangeDelay))
        guard let host else { return nil }
        return BusEntry(
            link: .modbus(.tcp(host: host, port: port), times),
            endpointPosition: section.position(of: \.host), parent: parent)
    }

    let kind = Key("kind", Form<String>.constant(kindName), required: true)
    let host = Key("host", Hosts.form, required: true)
    let port = Key("port", Form<Int>.integer(1...65_535))
    let timeout = Key("timeout", ModbusTimes.timeoutForm)
    let requestDelay = Key("request_delay", ModbusTimes.delayForm)
    let unitChangeDelay = Key("unit_change_delay", ModbusTimes.delayForm)
    let parent = Key("parent", BusEntry.parentForm)
}

struct ModbusRTUShape: Shape {
    static let title = "bus"
    static let kindName = "modbus-rtu"
    static let form = Form<BusEntry>.section(Self.self) { section in
        let device = section(\.device)
        let baud = section(\.baud)
        let parity = section(\.parity)
        let stopBits = section(\.stopBits) ?? 1
        let parent = section(\.parent)
        let times = ModbusTimes(
            timeout: section(\.timeout), requestDelay: section(\.requestDelay),
            unitChangeDelay: section(\.unitChangeDelay))
        guard let device, let baud, let parity else { return nil }
        let endpoint = ModbusBus.Endpoint.serial(
            device: device, baud: baud, parity: parity, stopBits: stopBits)
        return BusEntry(
            link: .modbus(endpoint, times),
            endpointPosition: section.position(of: \.device), parent: parent)
    }

    /// The rates serial lines of building equipment run at.
    static let bauds = [1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200]

    let kind = Key("kind", Form<String>.constant(kindName), required: true)
    let device = Key("device", Paths.absolute, required: true)
    let baud = Key(
        "baud",
        Form<Int>.integer(1...10_000_000).map { baud -> Result<Int, Refusal> in
            guard bauds.contains(baud) else {
                let known = bauds.map(String.init).joined(separator: ", ")
                return .failure(Refusal("config.baud", ["baud": .text(String(baud)), "known": .text(known)]))
            }
            return .success(baud)
        }, required: true)
    let parity = Key("parity", Form<ModbusBus.Parity>.choice("parity"), required: true)
    let stopBits = Key("stop_bits", Form<Int>.integer(1...2))
    let timeout = Key("timeout", ModbusTimes.timeoutForm)
    let requestDelay = Key("request_delay", ModbusTimes.delayForm)
    let unitChangeDelay = Key("unit_change_delay", ModbusTimes.delayForm)
    let parent = Key("parent", BusEntry.parentForm)
}

struct MQTTBusShape: Shape {
    static let title = "bus"
    static let kindName = "mqtt"

    static func form(credentials: String) -> Form<BusEntry> {
        let secret = Paths.secret(credentials: credentials)
        return .section(Self.self) { section in
            let host = section(\.host)
            let tls =
                section(\.tls) == nil
                ? nil
                : section.node["tls"].flatMap {
                    TLSShape.form(credentials: credentials).read($0, section.problems)
                }
            let port = section(\.port) ?? (section.has(\.tls) ? 8883 : 1883)
            let client = section(\.clientID)
            let parent = section(\.parent)
            let username = section(\.username)
            let password = section(\.passwordFile) == nil ? nil : section.node["password_file"]
            let passwordFile = password.flatMap { secret.read($0, section.problems) }
            if passwordFile != nil, !section.has(\.username) {
                section.report(\.passwordFile, Message("config.password-without-user"))
            }
            guard let host else { return nil }
            return BusEntry(
                link: .mqtt(
                    host: host, port: port, clientID: client, username: username, passwordFile: passwordFile,
                    tls: tls),
                endpointPosition: section.position(of: \.host), parent: parent)
        }
    }

    let kind = Key("kind", Form<String>.constant(kindName), required: true)
    let host = Key("host", Hosts.form, required: true)
    let port = Key("port", Form<Int>.integer(1...65_535))
    let clientID = Key("client_id", Form<String>.text(maximum: 128))
    let username = Key("username", Form<String>.text(maximum: 256))
    let passwordFile = Key("password_file", Paths.secret(credentials: ""))
    let tls = Key("tls", TLSShape.form(credentials: ""))
    let parent = Key("parent", BusEntry.parentForm)
}

/// How the connection to a broker is protected. There is no key that leaves the broker unverified.
struct TLSShape: Shape {
    static let title = "tls"
    static let example = "{ca: /etc/ssl/site-ca.pem}"

    static func form(credentials: String) -> Form<MQTTBus.TLS> {
        let file = Paths.secret(credentials: credentials)
        return .section(Self.self) { section in
            func path(_ key: KeyPath<TLSShape, Key<String>>, _ name: String) -> String? {
                section(key) == nil ? nil : section.node[name].flatMap { file.read($0, section.problems) }
            }
            let authorities = path(\.authorities, "ca")
            let certificate = path(\.certificate, "cert")
            let key = path(\.key, "key")
            let name = section(\.serverName)
            if section.has(\.certificate) != section.has(\.key) {
                section.problems.add(at: section.position, Message("config.tls-pair"))
            }
            return MQTTBus.TLS(
                authoritiesFile: authorities, certificateFile: certificate, keyFile: key, serverName: name)
        }
    }

    let authorities = Key("ca", Paths.secret(credentials: ""))
    let certificate = Key("cert", Paths.secret(credentials: ""))
    let key = Key("key", Paths.secret(credentials: ""))
    let serverName = Key("server_name", Hosts.form)
}

/// Host names and addresses as files write them.
enum Hosts {
    static let form = Form<String>.text(
        pattern: "^[A-Za-z0-9._:-]{1,253}$", expected: Message("config.form.host"), accepts: accepts)

    static func accepts(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || "._:-".utf8.contains(byte)
            }
    }
}

extension Form where Value == String {
    /// Exactly these characters.
    static func constant(_ text: String) -> Form {
        Form(schema: .constant(text)) { node, problems in
            guard case .scalar(text, _) = node.content else {
                problems.add(expected: Message("config.form.choice", ["names": .text(text)]), found: node)
                return nil
            }
            return text
        }
    }
}

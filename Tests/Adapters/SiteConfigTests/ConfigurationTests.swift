import Acquisition
import Facility
import Foundation
import Notices
import Rules
import SiteConfig
import Testing
import Trends

/// The site of the fixtures, with files over it.
private func configuration(_ files: [String: String] = [:]) throws -> Configuration {
    try withTemporaryFolder { folder in
        try overlay("\(Checkout.fixtures)/base", onto: folder)
        for (name, text) in files {
            let file = URL(fileURLWithPath: "\(folder)/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let result = World.loader(folder, share: ShareFolder("\(Checkout.fixtures)/share")).load()
        #expect(rendered(result.problems) == [])
        return try #require(result.configuration)
    }
}

private func base(_ name: String, replacing old: String, with new: String) throws -> String {
    let text = try String(contentsOfFile: "\(Checkout.fixtures)/base/\(name)", encoding: .utf8)
    #expect(text.contains(old))
    return text.replacingOccurrences(of: old, with: new)
}

private let day: Int64 = 86_400_000

@Suite struct `A loaded configuration` {
    @Test func `knows what a bus hangs on`() throws {
        let configuration = try configuration([
            "buses.yaml": try base(
                "buses.yaml", replacing: "timeout: 500ms", with: "timeout: 500ms, parent: T1")
        ])
        #expect(configuration.site.busParents == ["pump-room": "T1"])
    }

    @Test func `keeps points as long as the most particular entry says`() throws {
        let configuration = try configuration([
            "site.yaml": try base(
                "site.yaml", replacing: "id: base",
                with: """
                    id: base
                    retention:
                      raw: 100d
                      1min: 200d
                      classes: {pump: {raw: 30d}}
                      points: {running: {1h: 20000d}, P2.running: {raw: 7d}}
                    """)
        ])
        let plan = configuration.settings.retention
        #expect(plan.keep.reading == 100 * day)
        #expect(plan.keep.minute == 200 * day)
        func shelf(_ path: String) -> String? {
            configuration.site.point(path).map { configuration.site[$0].shelf }
        }
        #expect(shelf("P2.running") == "point-P2.running")
        #expect(shelf("P1.running") == "point-running")
        #expect(shelf("P1.outlet_pressure") == "class-pump")
        #expect(plan.shelves["point-P2.running"]?.reading == 7 * day)
        #expect(plan.shelves["point-running"]?.reading == 100 * day)
        #expect(plan.shelves["point-running"]?.hour == 20_000 * day)
        #expect(plan.shelves["class-pump"]?.reading == 30 * day)
        #expect(plan.shelves["class-pump"]?.quarter == 5 * 366 * day)
    }

    @Test func `has every default settled`() throws {
        let configuration = try configuration()
        #expect(
            configuration.settings
                == SiteSettings(
                    retention: RetentionPlan(
                        keep: .init(
                            reading: 400 * day, minute: 400 * day, quarter: 5 * 366 * day,
                            hour: 10 * 366 * day)),
                    syncMilliseconds: 1000,
                    webListen: ListenAddress(host: "127.0.0.1", port: 8080),
                    socketPath: "/run/sitewatch/sitewatch.socket"))
        #expect(configuration.site.language == .zh)
        #expect(configuration.site.person("wang")?.language == .zh)
        let broker = try #require(configuration.mqttBuses.first)
        #expect(broker.port == 1883)
        #expect(broker.clientID == "sitewatch-base")
        #expect(configuration.modbusBuses.map(\.timeoutMilliseconds) == [500, 1000])
    }

    @Test func `the room left to the ledger is settable`() throws {
        let settings = try configuration([
            "site.yaml": try base(
                "site.yaml", replacing: "id: base",
                with: "id: base\nlimits: {history: 20GB, reserve: 200MB}")
        ]).settings
        #expect(settings.reserveBytes == 200_000_000)
        #expect(settings.retention.limitBytes == 20_000_000_000)
    }

    @Test func `binds every point to its registers`() throws {
        let configuration = try configuration()
        let bus = try #require(configuration.modbusBuses.first)
        #expect(bus.endpoint == .tcp(host: "10.0.3.20", port: 502))
        let unit = try #require(bus.units.first)
        #expect(unit.asset == "P1")
        #expect(unit.unit == 1)
        #expect(unit.points.map { configuration.site[$0].path }.first == "P1.running")
        let map = unit.map
        #expect(map.maximumRegisters == 12)
        #expect(map.forbidden == [RegisterAddress(.holding, 100)...RegisterAddress(.holding, 120)])
        #expect(
            map.points.map(\.register.description) == ["holding:0", "holding:1", "holding:10", "holding:20"])
        #expect(map.points.map(\.type) == [.bool, .uint16, .uint32, .uint16])
        #expect(map.points[0].bits == 0...0)
        #expect(map.points[2].order == .cdab)
        #expect(map.points[2].length == 2)
        #expect(map.points.map(\.periodMilliseconds) == [1000, 1000, 5000, 5000])
    }

    @Test func `knows what every point means`() throws {
        let site = try configuration().site
        func point(_ path: String) throws -> Point { site[try #require(site.point(path))] }
        #expect(try point("P1.running").kind == .state)
        #expect(try point("P1.running").resolution == nil)
        #expect(try point("P1.outlet_pressure").resolution == 0.001)
        #expect(try point("P1.outlet_pressure").unit?.symbol == "MPa")
        #expect(try point("P1.run_seconds").kind == .counter)
        #expect(
            try point("P1.mode").states == [
                .init(code: 0, name: "stop", label: Bilingual(zh: "停止", en: "Stopped")),
                .init(code: 1, name: "auto", label: Bilingual(zh: "auto", en: "auto")),
            ])
        #expect(try point("P1.mode").resolution == nil)
        #expect(try point("E1.temperature").expectedMilliseconds == 600_000)
    }

    @Test func `fills the places of topics with the asset's address`() throws {
        let configuration = try configuration([
            "profiles/plug.yaml": """
            profile: plug
            class: lighting
            source: manual
            topic: "tele/{asset}/{address}"
            expect_every: 5m
            availability: {topic: "tele/{address}/LWT", online: "Online", offline: ""}
            points:
              on: {json: "", map: {ON: true, OFF: false}}
            """,
            "assets/plugs.yaml": """
            assets:
              S1: {class: lighting, name: {zh: 插座, en: Plug}, location: 1F, profile: plug, bus: broker}
            """,
        ])
        let sources = try #require(configuration.mqttBuses.first).sources
        #expect(sources.map(\.topic) == ["zigbee2mqtt/pump-room", "tele/S1/S1"])
        #expect(sources.map(\.availabilityTopic) == [nil, "tele/S1/LWT"])
        #expect(sources.last?.map.points.first?.flags == ["ON": true, "OFF": false])
    }

    @Test func `turns marks for no measurement into the device's own bits`() throws {
        let configuration = try configuration([
            "profiles/odd.yaml": """
            profile: odd
            class: meter
            source: manual
            points:
              a: {register: "input:0", type: int16, bad: [-1, 0x7FFF]}
              b: {register: "input:1", type: uint64, bad: [0xFFFFFFFFFFFFFFFF]}
              c: {register: "input:5", bits: "4-7", bad: [15], poll: once}
              d: {register: "input:6", type: int16, bad: ["0xFFF8..0xFFFF", "-8..-7", "-1..1"]}
              e: {register: "input:7", type: float32, bad: [-1, "0x7F800001..0x7FFFFFFF"]}
              f: {register: "input:9", type: int8, half: high, bad: [-128]}
            """
        ])
        guard case .modbus(let map) = configuration.profiles["odd"]?.map else {
            Issue.record("odd is no Modbus profile")
            return
        }
        let marks: [[ClosedRange<UInt64>]] = [
            [0xFFFF...0xFFFF, 0x7FFF...0x7FFF], [.max ... .max], [15...15],
            [0xFFF8...0xFFFF, 0xFFF8...0xFFF9, 0xFFFF...0xFFFF, 0...1],
            [0xBF80_0000...0xBF80_0000, 0x7F80_0001...0x7FFF_FFFF], [0x80...0x80],
        ]
        #expect(map.points.map(\.scaling.sentinels) == marks)
        #expect(map.points.prefix(3).map(\.periodMilliseconds) == [5000, 5000, nil])
    }

    @Test func `reads halves, texts, times, orders of any length and scales from other points`() throws {
        let configuration = try configuration([
            "profiles/odd.yaml": """
            profile: odd
            class: meter
            source: manual
            points:
              a: {register: "input:0", type: int8, half: high}
              b: {register: "input:1", type: string, length: 8, half: low, encoding: gbk}
              c: {register: "input:9", type: time_iec}
              d: {register: "input:13", type: uint64, order: GHEFCDAB}
              e: {register: "input:17", type: int48, order: EFCDAB, bits: "0-30"}
              f: {register: "input:20", type: mod10k, length: 3, order: CDAB, scale_from: {factor: [pt, ct]}}
              g: {register: "input:23", type: uint32, bit: 31}
              h: {register: "input:25", type: string, length: 2, order: BA}
              pt: {register: "input:27", type: uint16, scale: 0.1}
              ct: {register: "input:28", type: uint16}
              i: {register: "input:29", type: int16, scale: 10, scale_from: {exponent: sf, divisor: ct}}
              sf: {register: "input:30", type: int16, bad: [0x8000]}
            """
        ])
        guard case .modbus(let map) = configuration.profiles["odd"]?.map else {
            Issue.record("odd is no Modbus profile")
            return
        }
        let points = Dictionary(uniqueKeysWithValues: map.points.map { ($0.meaning.name, $0) })
        #expect(points["a"]?.half == .high)
        #expect(points["b"]?.half == .low)
        #expect(points["b"]?.encoding == .gbk)
        #expect(points["c"]?.meaning.kind == .text)
        #expect(points["d"]?.order == .cdab)
        #expect(points["e"]?.order == .cdab)
        #expect(points["e"]?.bits == 0...30)
        #expect(points["f"]?.length == 3)
        #expect(points["f"]?.scaleSources == [ScaleSource("pt", .factor), ScaleSource("ct", .factor)])
        #expect(points["f"]?.meaning.resolution == nil)
        #expect(points["g"]?.bits == 31...31)
        #expect(points["h"]?.order == .badc)
        #expect(points["i"]?.scaleSources == [ScaleSource("sf", .exponent), ScaleSource("ct", .divisor)])
        #expect(points["i"]?.scaling.scale == 10)
    }

    @Test func `uses the shipped packs that fit its assets, or those it names`() throws {
        #expect(try configuration().ruleDefinitions.map(\.id) == ["pump.pressure_low"])
        let lift = ["assets/lift.yaml": "assets:\n  L1: {class: lift, name: {zh: 梯, en: L}, location: 1F}\n"]
        let site = try base("site.yaml", replacing: "id: base", with: "id: base\nrule_packs: [pumps]")
        let named = lift.merging(["site.yaml": site]) { $1 }
        #expect(try configuration(named).ruleDefinitions.map(\.id) == ["pump.pressure_low"])
        let none = try base("site.yaml", replacing: "id: base", with: "id: base\nrule_packs: []")
        #expect(try configuration(["site.yaml": none]).ruleDefinitions.isEmpty)
    }

    @Test func `serves pages nowhere if it is told so`() throws {
        let site = try base("site.yaml", replacing: "id: base", with: "id: base\nweb: {listen: none}")
        let settings = try configuration(["site.yaml": site]).settings
        #expect(settings.webListen == nil)
        #expect(settings.socketPath == "/run/sitewatch/sitewatch.socket")
    }

    @Test func `says where the characters of an expression stand`() throws {
        let configuration = try configuration([
            "rules/own.yaml": """
            rules:
              - id: own
                match: {class: pump}
                let: {busy: running}
                when: "busy && outlet_pressure > 2 MPa"
                clear_when: |
                  outlet_pressure < 1 MPa
                on_unknown: "clear(after: 10m)"
                priority: p4
                ack: {rtn: required}
                text: {zh: 高, en: high}
                work_order: {}
            """
        ])
        let rule = try #require(configuration.ruleDefinitions.first { $0.id == "own" })
        #expect(rule.position.description == "rules/own.yaml:2:5")
        #expect(rule.when.position.description == "rules/own.yaml:5:12")
        #expect(rule.clearWhen?.position.description == "rules/own.yaml:7:7")
        #expect(rule.bindings.first?.expression.position.description == "rules/own.yaml:4:17")
        #expect(rule.onUnknown == .clear(afterMilliseconds: 600_000))
        #expect(rule.acknowledging.isRequiredAfterReturn)
        #expect(rule.order != nil)
    }

    private func notify(secret: String) -> [String: String] {
        [
            "notify.yaml": """
            channels:
              a: {kind: webhook, url: "https://example.org/", secret_file: "credential:hook", timeout: 5s}
              b: {kind: webhook, url: "https://example.org/", secret_file: \(secret)}
            routes: {default: {steps: [{after: 0s, to: [wang], via: [a, b]}]}}
            """
        ]
    }

    @Test func `takes secrets by path and by systemd's name, and durations as milliseconds`() throws {
        try withTemporaryFolder { folder in
            let secret = "\(folder)/hook"
            let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o640]
            #expect(
                FileManager.default.createFile(
                    atPath: secret, contents: Data("s".utf8), attributes: attributes))
            let configuration = try configuration(notify(secret: secret))
            #expect(
                configuration.channels.map(\.settings) == [
                    [
                        "url": "https://example.org/", "timeout": "5000",
                        "secret_file": "/run/credentials/sitewatch.service/hook",
                    ],
                    ["url": "https://example.org/", "secret_file": secret],
                ])
        }
    }

    @Test func `refuses a secret that everybody may read, or that is not there`() throws {
        try withTemporaryFolder { folder in
            try overlay("\(Checkout.fixtures)/base", onto: folder)
            let secret = "\(folder)/hook"
            func told() throws -> [String] {
                for (name, text) in notify(secret: secret) {
                    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
                }
                let result = World.loader(folder, share: ShareFolder("\(Checkout.fixtures)/share")).load()
                return result.problems.map { "\($0.position) \($0.message.key)" }
            }
            #expect(try told() == ["notify.yaml:3:64 config.secret-missing"])
            #expect(
                FileManager.default.createFile(
                    atPath: secret, contents: Data("s".utf8), attributes: [.posixPermissions: 0o644]))
            #expect(try told() == ["notify.yaml:3:64 config.secret-open"])
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret)
            #expect(try told() == [])
        }
    }

    @Test func `is a folder and not one of its files`() throws {
        let result = World.loader("\(Checkout.fixtures)/base/site.yaml").load()
        #expect(result.problems.map(\.message.key) == ["config.file-not-folder"])
    }
}

@Suite struct `The socket of a site` {
    private func socket(_ site: String?, _ others: [String: String] = [:]) throws -> String? {
        try withTemporaryFolder { folder in
            for (name, text) in others.merging(
                site.map { ["site.yaml": $0] } ?? [:], uniquingKeysWith: { $1 })
            {
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            }
            return World.loader(folder).socketPath()
        }
    }

    @Test func `is found whatever else is wrong with the files`() throws {
        let site = """
            id: 12
            timezone: Nowhere/Nothing
            unknown: [1, 2]
            id: again
            web: {listen: nonsense, socket: /run/mine/sitewatch.socket, other: 1}
            """
        #expect(try socket(site) == "/run/mine/sitewatch.socket")
        #expect(try socket(site, ["buses.yaml": "buses: {"]) == "/run/mine/sitewatch.socket")
    }

    @Test func `is the usual one where the file does not name it`() throws {
        for site in ["", "id: x\n", "web: {}\n", "web: none\n", "web: {socket: relative}\n"] {
            #expect(try socket(site) == "/run/sitewatch/sitewatch.socket", "\(site)")
        }
    }

    @Test func `is not known without a file, or where it is no YAML`() throws {
        #expect(try socket(nil) == nil)
        #expect(try socket("web: {socket: /run/x") == nil)
    }
}

@Suite struct `A reload` {
    @Test func `sees nothing where nothing changed`() throws {
        let change = ConfigurationChange(from: try configuration(), to: try configuration())
        #expect(change.isEmpty)
        #expect(change.renumbered.isEmpty)
    }

    @Test func `leaves buses alone whose points were only renumbered`() throws {
        let old = try configuration()
        let more =
            "assets:\n  A0: {class: pump, name: {zh: 泵, en: A}, location: B1, profile: vfd, bus: riser-1, unit: 9}\n"
        let new = try configuration(["assets/a.yaml": more])
        let change = ConfigurationChange(from: old, to: new)
        #expect(change.buses.changed == ["riser-1"])
        #expect(change.assets.added == ["A0"])
        #expect(change.assets.changed.isEmpty)
        let before = try #require(old.site.point("P1.running"))
        #expect(change.renumbered[before] == new.site.point("P1.running"))
        #expect(change.renumbered.count == old.site.points.count)
    }

    @Test func `names what is new, different and gone`() throws {
        let old = try configuration()
        let new = try configuration([
            "buses.yaml": try base("buses.yaml", replacing: "timeout: 500ms", with: "timeout: 600ms")
                + "  spare: {kind: modbus-tcp, host: 10.0.3.21}\n",
            "assets/all.yaml": try base(
                "assets/all.yaml", replacing: "en: Pump 2}, location: B1", with: "en: Pump 2}, location: B2"),
            "people.yaml": try base("people.yaml", replacing: "en: Wang}", with: "en: Engineer Wang}"),
            "site.yaml": try base(
                "site.yaml", replacing: "id: base", with: "id: base\nretention: {raw: 30d}\nrule_packs: []"),
        ])
        let change = ConfigurationChange(from: old, to: new)
        #expect(change.buses.added == ["spare"])
        #expect(change.buses.changed == ["pump-room"])
        #expect(change.assets.changed == ["P2"])
        #expect(change.people.changed == ["wang"])
        #expect(change.rules.removed == ["pump.pressure_low"])
        #expect(change.hasSettingsChanged)
        #expect(!change.hasSiteChanged)
        #expect(ConfigurationChange(from: new, to: old).buses.removed == ["spare"])
    }

    @Test func `does not mind a rule that only moved within its file`() throws {
        let rule =
            "rules:\n  - id: own\n    match: {class: pump}\n    when: \"running\"\n    priority: p4\n    text: {zh: 一, en: one}\n"
        let old = try configuration(["rules/own.yaml": rule])
        #expect(
            ConfigurationChange(from: old, to: try configuration(["rules/own.yaml": "# moved\n\n" + rule]))
                .rules.isEmpty)
        let other = rule.replacingOccurrences(of: "\"running\"", with: "\"!running\"")
        #expect(
            ConfigurationChange(from: old, to: try configuration(["rules/own.yaml": other])).rules.changed
                == ["own"])
    }
}

@Suite struct `The shipped files` {
    private func make(_ folders: [String], in root: String) throws {
        for folder in folders {
            try FileManager.default.createDirectory(
                atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
        }
    }

    @Test func `are found by environment, system, neighbour and checkout, in this order`() throws {
        try withTemporaryFolder { root in
            try make(
                [
                    "env/profiles", "usr/profiles", "opt/bin", "opt/share/sitewatch/profiles",
                    "co/config/profiles", "co/.build/debug",
                ],
                in: root)
            func locate(
                _ executable: String, _ environment: [String: String] = [:], installed: String = "none"
            ) -> String? {
                ShareFolder.locate(
                    executable: "\(root)/\(executable)", environment: environment,
                    installed: "\(root)/\(installed)")?
                    .path.replacingOccurrences(of: root, with: "")
            }
            #expect(
                locate("opt/bin/sitewatch", ["SITEWATCH_SHARE": "\(root)/env"], installed: "usr") == "/env")
            #expect(
                locate("opt/bin/sitewatch", ["SITEWATCH_SHARE": "\(root)/nothing"], installed: "usr") == nil)
            #expect(locate("opt/bin/sitewatch", installed: "usr") == "/usr")
            #expect(locate("opt/bin/sitewatch") == "/opt/share/sitewatch")
            #expect(locate("co/.build/debug/sitewatch") == "/co/config")
            #expect(locate("env/sitewatch") == nil)
        }
    }

    @Test func `of texts tell what is wrong with them`() throws {
        try withTemporaryFolder { root in
            try make(["messages"], in: root)
            try Data("a.one: \"One\"\na.two: [x]\n".utf8).write(
                to: URL(fileURLWithPath: "\(root)/messages/a.en.yaml"))
            try Data("a.one: \"Again\"\n".utf8).write(to: URL(fileURLWithPath: "\(root)/messages/b.en.yaml"))
            let (catalog, problems) = MessageFiles.load(ShareFolder(root))
            #expect(catalog.text(Message("a.one"), in: .zh) == "One")
            #expect(problems.count == 3)
        }
    }
}

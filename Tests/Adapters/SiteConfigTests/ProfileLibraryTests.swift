import Acquisition
import Facility
import Foundation
import SiteConfig
import Testing

@Suite struct `The shipped profiles` {
    static let library = World.loader("/nonexistent").loadProfiles()
    static let names = library.entries.map(\.profile.id)

    @Test func `load without a single problem`() {
        #expect(rendered(Self.library.problems) == [])
        #expect(Self.names.count >= 35)
        #expect(Set(Self.names).count == Self.names.count)
    }

    @Test(arguments: names)
    func `read every point of their golden images as the device means it`(name: String) throws {
        let entry = try #require(Self.library[name])
        #expect(!entry.tests.isEmpty, "there is no \(name).test.yaml beside it")
        for test in entry.tests {
            #expect(rendered(ProfileTestRun.run(test, of: entry.profile)) == [], "\(test.name)")
        }
        #expect(ProfileTestRun.untested(entry.profile, by: entry.tests) == [])
    }

    @Test(arguments: names)
    func `speak both languages and say where they come from`(name: String) throws {
        let profile = try #require(Self.library[name]).profile
        #expect(profile.source.count > 20)
        var labels = [profile.label]
        for meaning in profile.meanings {
            labels.append(meaning.label)
            labels += meaning.states.map(\.label)
        }
        for label in labels {
            // A name nobody gave is the identifier in both languages.
            #expect(label.zh.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }, "\(label)")
            #expect(!label.en.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }, "\(label)")
        }
    }

    @Test(arguments: names)
    func `have points that permitted reads can fetch`(name: String) throws {
        guard case .modbus(let map) = try #require(Self.library[name]).profile.map else { return }
        let line = ModbusBus.Endpoint.serial(device: "", baud: 9600, parity: .none, stopBits: 1)
        let plan = PollPlan(map, cost: BusCost(line))
        #expect(plan.unreadable == [])
        for request in plan.groups.flatMap(\.requests) {
            #expect(request.count <= (request.area.isBits ? map.maximumBits : map.maximumRegisters))
        }
    }

    @Test(arguments: ["en", "zh"])
    func `are listed in the guide, each with its name in the guide's language`(language: String) throws {
        let page = try String(
            contentsOfFile: "\(Checkout.root)/docs/\(language)/profiles.md", encoding: .utf8)
        for entry in Self.library.entries {
            let label = entry.profile.label[language == "zh" ? .zh : .en]
            #expect(page.contains("`\(entry.profile.id)` | \(label) |"))
        }
    }

    @Test func `count both devices sold as DTSU666 right, and take neither for the other`() throws {
        for (name, device, other) in [
            ("chint-dtsu666", "floats that count tenths and hundredths", "caught by its frequency"),
            ("chint-dtsu666-direct", "plain floats", "is caught"),
        ] {
            let entry = try #require(Self.library[name])
            let right = try #require(entry.tests.first { $0.name == device })
            #expect(
                right.expectations.contains { $0.point == "frequency" && $0.expected == .number(50.01) })
            let wrong = try #require(entry.tests.first { $0.name.hasSuffix(other) })
            #expect(
                wrong.expectations.contains { $0.point == "frequency" && $0.expected == .bad("out_of_range") }
            )
        }
        let names = try ["chint-dtsu666", "chint-dtsu666-direct"].map { name in
            try #require(Self.library[name]).profile.meanings.map(\.name)
        }
        // Who changes the profile keeps rules and history.
        #expect(names[0] == names[1])
    }

    @Test func `cost a site nothing that it does not use`() throws {
        let configuration = try #require(World.loader(Checkout.share.example).load().configuration)
        let used = Set(configuration.site.assets.compactMap(\.profile))
        #expect(Set(configuration.profiles.keys) == used)
    }

    @Test func `name points as the rule packs do, so that the rules apply`() {
        let expected: [AssetClass: [String]] = [
            .lift: ["fault", "trapped_passenger", "in_maintenance", "door_open", "moving", "out_of_service"],
            .firePump: ["running", "fail_to_start", "tank_level"],
            .transformer: ["winding_temp_a", "trip", "sensor_fault"],
        ]
        for entry in Self.library.entries {
            let names = Set(entry.profile.meanings.map(\.name))
            for name in expected[entry.profile.assetClass] ?? [] {
                #expect(names.contains(name), "\(entry.profile.id) has no \(name)")
            }
        }
        for name in ["abb-acs580", "danfoss-fc", "siemens-g120x", "generic-vfd-pump"] {
            let names = Set(Self.library[name]?.profile.meanings.map(\.name) ?? [])
            #expect(names.isSuperset(of: ["running", "fault", "frequency"]), "\(name)")
        }
    }
}

@Suite struct `A site's own profiles` {
    private func loader(
        _ folder: String, _ files: [String: String], share: ShareFolder = Checkout.share
    ) throws -> ConfigurationLoader {
        for (name, text) in files {
            let url = URL(fileURLWithPath: "\(folder)/profiles/\(name)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        return World.loader(folder, share: share)
    }

    private let profile = """
        profile: my-meter
        class: meter
        source: "page 7"
        points:
          voltage_l1: {register: "input:0", type: uint16, scale: 0.1, unit: V}
          running: {register: "coil:3"}
        """

    @Test func `are told what is wrong with their situations, with file, line and column`() throws {
        try withTemporaryFolder { folder in
            let library = try loader(
                folder,
                [
                    "my-meter.yaml": profile,
                    "my-meter.test.yaml": """
                    cases:
                      - name: "broken"
                        registers: {"coil:3": [1], "input:0": [65536]}
                        bits: {"coil:3": [2], "nowhere:3": [1]}
                        expected: {}
                        expect: {voltage_l1: {bad: broken}, running: [1]}
                    """,
                    "their-meter.test.yaml": "cases: [{name: a, expect: {}}]\n",
                ]
            ).loadProfiles()
            #expect(
                library.problems.map(\.position.description) == [
                    "profiles/my-meter.test.yaml:3:17", "profiles/my-meter.test.yaml:3:44",
                    "profiles/my-meter.test.yaml:4:23", "profiles/my-meter.test.yaml:4:27",
                    "profiles/my-meter.test.yaml:5:5", "profiles/my-meter.test.yaml:6:32",
                    "profiles/my-meter.test.yaml:6:50", "profiles/their-meter.test.yaml:1:1",
                ], "\(rendered(library.problems))")
            #expect(library["my-meter"]?.tests.isEmpty == true)
        }
    }

    @Test func `are read like the shipped ones, and a difference is shown at its line`() throws {
        try withTemporaryFolder { folder in
            let library = try loader(
                folder,
                [
                    "my-meter.yaml": profile,
                    "my-meter.test.yaml": """
                    cases:
                      - name: "as it is"
                        registers: {"input:0": [2304]}
                        bits: {"coil:3": [1]}
                        expect:
                          voltage_l1: 230.4
                          running: true
                      - name: "otherwise"
                        registers: {"input:0": [2304]}
                        bits: {"coil:3": [1]}
                        expect:
                          voltage_l1: 2304
                          running: {bad: sensor_fault}
                    """,
                ]
            ).loadProfiles()
            #expect(rendered(library.problems) == [])
            let entry = try #require(library["my-meter"])
            #expect(!entry.isShipped && entry.file == "profiles/my-meter.yaml")
            #expect(
                entry.tests.map { rendered(ProfileTestRun.run($0, of: entry.profile)) } == [
                    [],
                    [
                        "profiles/my-meter.test.yaml:12:7: error: voltage_l1 should be 2304, but is 230.4",
                        "profiles/my-meter.test.yaml:13:7: error: running should be bad(sensor_fault), but is true",
                    ],
                ])
        }
    }

    @Test func `stay out of the way of the site: situations are no profiles`() throws {
        try withTemporaryFolder { folder in
            try overlay("\(Checkout.fixtures)/base", onto: folder)
            let own = try loader(
                folder, ["my-meter.yaml": profile, "my-meter.test.yaml": "cases: 3\n"],
                share: ShareFolder("\(Checkout.fixtures)/share"))
            #expect(rendered(own.load().problems).filter { $0.contains("error") } == [])
        }
    }
}

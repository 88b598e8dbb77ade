import EquipmentModels
import Foundation
import Testing

@testable import SiteSimulator

private func demoSite() throws -> SiteFile {
    try SiteFile(try document("simulators/sites/demo.yaml"))
}

private func document(_ path: String) throws -> YAMLDocument {
    let file = ProfileReader.root.appending(path: path)
    return try YAMLDocument(text: String(contentsOf: file, encoding: .utf8), file: path)
}

private func problem(_ work: () throws -> Void) -> String {
    do {
        try work()
        return "no problem"
    } catch {
        return "\(error)"
    }
}

private let head = "name: {zh: 测试, en: test}\n"

@Suite struct `A scenario file` {
    static let shipped = [
        "broker-outage", "dead-unit", "fire-alarm", "garbage-replies", "mains-failure", "pump-discharge-low",
        "quiet-day", "rainstorm-flooded-sump", "slow-bus", "trapped-passenger",
    ]

    @Test(arguments: shipped)
    func `that is shipped fits the demo site`(name: String) throws {
        let scenario = try ScenarioFile(
            try document("simulators/scenarios/\(name).yaml"), site: try demoSite())
        #expect(!scenario.steps.isEmpty)
        #expect(scenario.steps.map(\.seconds) == scenario.steps.map(\.seconds).sorted())
    }

    @Test(arguments: [
        (
            "steps:\n  - {at: 5s, injekt: {asset: P1, fault: dry-run}}\n",
            "day.yaml:3:14: unknown key 'injekt'"
        ),
        (
            "steps:\n  - {at: 5, inject: {asset: P1, fault: dry-run}}\n",
            "day.yaml:3:10: '5' is not a duration"
        ),
        (
            "steps:\n  - {at: 5s, inject: {asset: P9, fault: dry-run}}\n",
            "day.yaml:3:30: there is no asset 'P9'"
        ),
        (
            "steps:\n  - {at: 5s, inject: {asset: P1, fault: rust}}\n",
            "day.yaml:3:41: 'P1' has no fault 'rust'"
        ),
        ("steps:\n  - {at: 5s}\n", "day.yaml:3:5: a step has 'at' and exactly one of"),
        (
            "steps:\n  - {at: 5s, comm: {bus: attic, mode: silence}}\n",
            "day.yaml:3:26: there is no bus 'attic'"
        ),
        ("steps:\n  - {at: 5s, comm: {bus: lifts, unit: 9, mode: silence}}\n", "there is no unit '9'"),
        ("steps:\n  - {at: 5s, comm: {bus: lifts, mode: slow}}\n", "'slow' needs a number"),
        (
            "steps:\n  - {at: 5s, comm: {bus: riser-1, mode: refuse}}\n",
            "'refuse' is not possible on a serial line"
        ),
        ("steps:\n  - {at: 5s, mqtt: drip 20}\n", "not possible on an MQTT bus"),
        ("steps: []\nsteps: []\n", "day.yaml"),
        ("days: []\n", "day.yaml:2:1: unknown key 'days'"),
    ])
    func `with a mistake is refused with file, line and reason`(text: String, expected: String) throws {
        let site = try demoSite()
        let message = problem {
            _ = try ScenarioFile(try YAMLDocument(text: head + text, file: "day.yaml"), site: site)
        }
        #expect(message.contains(expected), "\(message)")
    }
}

@Suite struct `The manual of the simulated site` {
    @Test func `names every model, every fault and every scenario`() throws {
        let file = ProfileReader.root.appending(path: "simulators/README.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        for type in Models.all {
            #expect(text.contains("| `\(type.model)`"), "\(type.model)")
            for fault in type.faults where !fault.name.hasPrefix("zone-") {
                #expect(text.contains("`\(fault.name)`"), "\(type.model) \(fault.name)")
            }
        }
        let folder = ProfileReader.root.appending(path: "simulators/scenarios")
        let scenarios = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(scenarios) == Set(`A scenario file`.shipped.map { "\($0).yaml" }))
        for scenario in `A scenario file`.shipped {
            #expect(text.contains("| `\(scenario)`"), "\(scenario)")
        }
    }
}

@Suite struct `A site file` {
    @Test(arguments: [
        ("buses: {a: {kind: modbus-tcp}}\nequipment: []\n", "s.yaml:2:12: 'port' is missing"),
        ("buses: {a: {kind: modbus-tcp, port: 1, baud: 9600}}\nequipment: []\n", "'baud' does not belong"),
        ("buses: {a: {kind: can, port: 1}}\nequipment: []\n", "'can' is not one of"),
        (
            "buses: {a: {kind: modbus-tcp, port: 1}}\nequipment:\n  - {model: pump-set, assets: {P1: {bus: a, unit: 1}}}\n",
            "s.yaml:4:31: a pump-set stands for 2 assets, not 1"
        ),
        (
            "buses: {a: {kind: modbus-tcp, port: 1}}\nequipment:\n  - {model: lift, assets: {L1: {bus: a, unit: 1}}}\n"
                + "  - {model: lift, assets: {L2: {bus: a, unit: 1}}}\n",
            "s.yaml:5:5: 'a/1' is given twice"
        ),
        (
            "buses: {a: {kind: modbus-tcp, port: 1}}\nequipment:\n  - {model: smart-plug, assets: {X: {bus: a}}}\n",
            "a smart-plug does not speak Modbus"
        ),
    ])
    func `with a mistake is refused with file, line and reason`(text: String, expected: String) {
        let message = problem { _ = try SiteFile(try YAMLDocument(text: head + text, file: "s.yaml")) }
        #expect(message.contains(expected), "\(message)")
    }
}

@Suite struct `The demo site` {
    private func site(after seconds: Double = 0, _ change: (inout SimulatedSite) throws -> Void) throws
        -> SimulatedSite
    {
        var site = SimulatedSite(file: try demoSite(), seed: 1)
        try change(&site)
        for _ in 0..<Int(seconds * 10) { site.tick() }
        return site
    }

    private func value(_ site: SimulatedSite, _ asset: String, _ point: String) throws -> JSONValue {
        guard case .object(let members) = try site.truth(asset: asset) else { return .null }
        return try #require(members[point])
    }

    private func number(_ site: SimulatedSite, _ asset: String, _ point: String) throws -> Double {
        switch try value(site, asset, point) {
        case .number(let number): number
        case .integer(let number): Double(number)
        default: .nan
        }
    }

    @Test func `starts warm: a pump runs at its pressure and nothing is wrong`() throws {
        let site = try site { _ in }
        #expect(try value(site, "P1", "running") == .bool(true))
        #expect(try number(site, "P1", "discharge_pressure") > 0.4)
        #expect(site.seconds == 0)
        for (asset, point) in [
            ("F1", "fire_alarm"), ("F1", "trouble"), ("G1", "mains_failed"), ("SP1", "flooded"),
        ] {
            #expect(try value(site, asset, point) == .bool(false))
        }
    }

    @Test func `loses discharge pressure at a running pump, and the other one helps`() throws {
        let site = try site(after: 60) { try $0.inject(asset: "P2", fault: "discharge-low") }
        #expect(try value(site, "P2", "running") == .bool(true))
        #expect(try number(site, "P2", "discharge_pressure") < 0.1)
        #expect(try value(site, "P1", "running") == .bool(true))
        #expect(try number(site, "P1", "discharge_pressure") > 0.35)
    }

    @Test func `goes dark in a mains failure until the generator carries it`() throws {
        var site = try site(after: 2) { try $0.inject(asset: "G1", fault: "mains-failure") }
        #expect(try number(site, "M1", "voltage_l1") == 0)
        #expect(try value(site, "P1", "running") == .bool(false))
        #expect(try value(site, "G1", "mains_failed") == .bool(true))
        for _ in 0..<300 { site.tick() }
        #expect(try value(site, "G1", "running") == .bool(true))
        #expect(try number(site, "M1", "voltage_l1") > 210)
        try site.clear(asset: "G1", fault: "mains-failure")
        for _ in 0..<600 { site.tick() }
        #expect(try value(site, "G1", "running") == .bool(false))
        #expect(try value(site, "G1", "mains_failed") == .bool(false))
    }

    @Test func `stays dark when the generator does not start`() throws {
        let site = try site(after: 60) {
            try $0.inject(asset: "G1", fault: "fail-to-start")
            try $0.inject(asset: "G1", fault: "mains-failure")
        }
        #expect(try value(site, "G1", "fail_to_start") == .bool(true))
        #expect(try value(site, "G1", "running") == .bool(false))
        #expect(try value(site, "L1", "out_of_service") == .bool(true))
    }

    @Test func `traps a passenger between two landings and frees him`() throws {
        var site = try site(after: 90) { try $0.inject(asset: "L2", fault: "trapped-passenger") }
        #expect(try value(site, "L2", "trapped_passenger") == .bool(true))
        #expect(try value(site, "L2", "moving") == .bool(false))
        #expect(try number(site, "L2", "load") > 0)
        #expect(try value(site, "L1", "trapped_passenger") == .bool(false))
        try site.clear(asset: "L2", fault: "trapped-passenger")
        for _ in 0..<300 { site.tick() }
        #expect(try value(site, "L2", "trapped_passenger") == .bool(false))
    }

    @Test func `floods the sump in a rainstorm and pumps it dry afterwards`() throws {
        var site = try site(after: 300) { try $0.inject(asset: "SP1", fault: "rainstorm") }
        #expect(try value(site, "SP1", "high_level") == .bool(true))
        #expect(try value(site, "SP1", "flooded") == .bool(true))
        try site.clear(asset: "SP1", fault: "rainstorm")
        for _ in 0..<9000 { site.tick() }
        #expect(try value(site, "SP1", "flooded") == .bool(false))
        #expect(try number(site, "SP1", "level") < 1.3)
    }

    @Test func `recalls the lifts and starts the hydrant pump in a fire`() throws {
        let site = try site(after: 120) { try $0.inject(asset: "F1", fault: "zone-2-alarm") }
        #expect(try value(site, "F1", "zone_2_alarm") == .bool(true))
        #expect(try value(site, "FP1", "running") == .bool(true))
        for lift in ["L1", "L2", "L3", "L4"] {
            #expect(try value(site, lift, "floor") == .integer(1))
            #expect(try value(site, lift, "door_open") == .bool(true))
        }
    }

    @Test func `says so when the hydrant pump is wanted and does not start`() throws {
        let site = try site(after: 60) {
            try $0.inject(asset: "FP1", fault: "fail-to-start")
            try $0.inject(asset: "F1", fault: "zone-1-alarm")
        }
        #expect(try value(site, "FP1", "fail_to_start") == .bool(true))
        #expect(try value(site, "FP1", "running") == .bool(false))
    }

    @Test func `stops the generator when it overheats under load`() throws {
        let site = try site(after: 300) {
            try $0.inject(asset: "G1", fault: "overheating")
            try $0.inject(asset: "G1", fault: "mains-failure")
        }
        #expect(try value(site, "G1", "high_coolant_temp") == .bool(true))
        #expect(try value(site, "G1", "running") == .bool(false))
    }

    @Test func `does not hear of a high level when the float hangs`() throws {
        let site = try site(after: 300) {
            try $0.inject(asset: "SP1", fault: "float-stuck")
            try $0.inject(asset: "SP1", fault: "rainstorm")
        }
        #expect(try value(site, "SP1", "high_level") == .bool(false))
        #expect(try value(site, "SP1", "flooded") == .bool(true))
    }

    @Test func `moves nothing in a fire while the panel is in manual`() throws {
        let site = try site(after: 120) {
            try $0.inject(asset: "F1", fault: "manual-mode")
            try $0.inject(asset: "F1", fault: "zone-2-alarm")
        }
        #expect(try value(site, "F1", "fire_alarm") == .bool(true))
        #expect(try value(site, "FP1", "running") == .bool(false))
    }

    @Test func `lives a quiet day from morning to night without anything that looks like a fault`() throws {
        var site = SimulatedSite(file: try demoSite(), seed: 1)
        for _ in 0..<(15 * 60) {
            for _ in 0..<600 { site.tick() }
            for pump in ["P1", "P2"] where try value(site, pump, "running") == .bool(true) {
                #expect(try number(site, pump, "discharge_pressure") > 0.3)
            }
            #expect(try value(site, "SP1", "high_level") == .bool(false))
            #expect(try value(site, "T1", "alarm") == .bool(false))
            #expect(try number(site, "TK1", "level") > 1)
            #expect(try value(site, "FP1", "low_pressure") == .bool(false))
        }
    }
}

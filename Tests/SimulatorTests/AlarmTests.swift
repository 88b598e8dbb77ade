import Acquisition
import Alarms
import Engine
import EquipmentModels
import Facility
import Foundation
import Notices
import Rules
import SiteConfig
import Testing
import Yams

@testable import SiteSimulator

/// The example site, read from the simulated equipment in virtual time: registers and messages through the profiles'
/// own decoders into the engine, as the daemon would, but with no wire between.
private struct WatchedSite {
    static let configuration = Result { () throws -> Configuration in
        let root = ProfileReader.root.path
        let kinds = [
            ChannelKind(
                name: "webhook",
                settings: [.init("url", .url, isRequired: true), .init("timeout", .duration)],
                addressesPeople: true),
            ChannelKind(
                name: "mqtt", settings: [.init("bus", .mqttBus, isRequired: true), .init("prefix", .text)],
                addressesPeople: false),
        ]
        let loader = ConfigurationLoader(
            folder: "\(root)/config/example", share: ShareFolder("\(root)/config"), channelKinds: kinds
        ) { .fixed($0, hours: $0 == "UTC" ? 0 : 8) }
        let result = loader.load()
        return try #require(result.configuration, "\(result.problems)")
    }

    /// A unit with its decoder and what was last read of it.
    private struct Reader {
        let asset: SiteFile.Asset
        let requests: [PollRequest]
        var decoder: RegisterDecoder
        var image = RegisterImage()
    }

    private(set) var equipment: SimulatedSite
    private var readers: [Reader] = []
    private var listeners: [String: PayloadDecoder] = [:]
    private var engine: SiteEngine
    private var last: [PointID: Value?] = [:]
    private var now: Moment
    /// Every alarm that was raised: `rule@asset`.
    private(set) var raised: Set<String> = []

    /// - Parameters:
    ///   - assets: the equipment that is there; all of it where nil.
    ///   - clock: the local time at the start.
    init(_ assets: Set<String>? = nil, clock: String = "08:00") throws {
        let configuration = try Self.configuration.get()
        equipment = SimulatedSite(file: try Self.file(assets, clock), seed: 1)
        // 2026-12-14T00:00:00+08:00, a Monday in the heating season.
        let midnight: Int64 = 1_797_177_600_000
        now = Moment(
            wallMilliseconds: midnight + Int64(equipment.file.startSecondOfDay * 1000),
            uptimeMilliseconds: 1_000_000)
        engine = SiteEngine(
            site: configuration.site, rules: configuration.rules, routes: configuration.routes,
            catalog: MessageCatalog([:]), memory: EngineMemory(), at: now)
        let present = Set(equipment.file.models.flatMap(\.assets).map(\.name))
        for bus in configuration.modbusBuses {
            for unit in bus.units where present.contains(unit.asset.name) {
                guard let asset = equipment.asset(bus: bus.id.name, unit: Int(unit.unit)) else { continue }
                #expect(asset.name == unit.asset.name, "the example and the simulated site differ")
                readers.append(
                    Reader(
                        asset: asset,
                        requests: PollPlan(unit.map, cost: BusCost(bus.endpoint)).groups.flatMap(\.requests),
                        decoder: RegisterDecoder(unit)))
            }
        }
        for source in configuration.mqttBuses.flatMap(\.sources) {
            listeners[source.topic] = PayloadDecoder(source)
        }
    }

    /// The demo site, or a part of it.
    private static func file(_ assets: Set<String>?, _ clock: String) throws -> SiteFile {
        let path = "simulators/sites/demo.yaml"
        let text = try String(contentsOf: ProfileReader.root.appending(path: path), encoding: .utf8)
        var document = try #require(try Yams.load(yaml: text) as? [String: Any])
        document["starts_at"] = clock
        if let assets {
            let equipment = try #require(document["equipment"] as? [[String: Any]])
            document["equipment"] = equipment.filter { entry in
                let names = (entry["assets"] as? [String: Any])?.keys.map { $0 } ?? []
                return !assets.isDisjoint(with: names)
            }
        }
        return try SiteFile(YAMLDocument(text: try Yams.dump(object: document), file: path))
    }

    mutating func inject(_ asset: String, _ fault: String) throws {
        try equipment.inject(asset: asset, fault: fault)
    }

    mutating func clear(_ asset: String, _ fault: String) throws {
        try equipment.clear(asset: asset, fault: fault)
    }

    /// Lets time pass, reading everything once per step.
    mutating func run(seconds: Int, step: Int = 1) {
        for _ in 0..<(seconds / step) {
            for _ in 0..<(step * 10) { equipment.tick() }
            let next = now.advanced(milliseconds: Int64(step) * 1000)
            while let due = engine.nextDeadlineUptimeMilliseconds, due < next.uptimeMilliseconds {
                take([], at: now.advanced(milliseconds: max(0, due - now.uptimeMilliseconds)))
            }
            now = next
            take(samples(), at: now)
        }
    }

    private mutating func take(_ samples: [Sample], at moment: Moment) {
        let decision = engine.step(samples, at: moment)
        for occurrence in decision.occurrences where occurrence.key.asset.name != "" {
            raised.insert("\(occurrence.key.rule.name)@\(occurrence.key.asset.name)")
        }
    }

    private mutating func samples() -> [Sample] {
        var samples: [Sample] = []
        for index in readers.indices {
            let image = equipment.registers(of: readers[index].asset)
            guard image != readers[index].image else { continue }
            readers[index].image = image
            for request in readers[index].requests {
                readers[index].decoder.decode(
                    request, Self.answer(request, image), payloadAt: 0, at: now.wallMilliseconds,
                    into: &samples)
            }
        }
        for utterance in equipment.takeUtterances(unixSeconds: Int(now.wallMilliseconds / 1000)) {
            let message = utterance.message
            _ = listeners[message.topic]?.decode(
                Array(message.payload.utf8), isRetained: false, at: now.wallMilliseconds, into: &samples)
        }
        return samples.filter { last.updateValue($0.value, forKey: $0.point) != .some($0.value) }
    }

    private static func answer(_ request: PollRequest, _ image: RegisterImage) -> [UInt8] {
        guard let table = RegisterTable(rawValue: request.area.rawValue) else { return [] }
        let addresses = Int(request.first)..<(Int(request.first) + request.count)
        guard request.area.isBits else {
            return addresses.flatMap { address -> [UInt8] in
                let word = image.word(table, address) ?? 0
                return [UInt8(word >> 8), UInt8(truncatingIfNeeded: word)]
            }
        }
        var bytes = [UInt8](repeating: 0, count: (request.count + 7) / 8)
        for (offset, address) in addresses.enumerated() where image.bit(table, address) == true {
            bytes[offset >> 3] |= 1 << UInt8(offset & 7)
        }
        return bytes
    }
}

/// A day with faults, and the alarms it may have.
struct FaultStory: CustomTestStringConvertible, Sendable {
    /// `asset fault`, all given at the start.
    let faults: [String]
    let minutes: Int
    /// What must be raised: `rule@asset`, or `rule` of the first fault's asset.
    let raises: [String]
    /// What may be raised besides, because it follows from the fault.
    let follows: [String]
    /// More equipment that has to be there.
    let beside: Set<String>
    let clock: String

    init(
        _ faults: String..., minutes: Int = 3, raises: [String], follows: [String] = [],
        beside: Set<String> = [], clock: String = "08:00"
    ) {
        self.faults = faults
        self.minutes = minutes
        self.beside = beside
        self.clock = clock
        let asset = faults[0].split(separator: " ")[0]
        let whole = { (rule: String) in rule.contains("@") ? rule : "\(rule)@\(asset)" }
        self.raises = raises.map(whole)
        self.follows = follows.map(whole)
    }

    var testDescription: String { faults.joined(separator: ", ") }

    static let all: [FaultStory] = [
        .init("L2 trapped-passenger", minutes: 6, raises: ["lift.trapped_passenger"]),
        .init("L2 door-fault", minutes: 7, raises: ["lift.door_fault"], follows: ["lift.door_held_open"]),
        .init("L2 overspeed", raises: ["lift.overspeed"], follows: ["lift.stopped_off_landing"]),
        .init(
            "L2 controller-fault", minutes: 7, raises: ["lift.fault"],
            follows: ["lift.out_of_service", "lift.stopped_off_landing"]),
        .init("L2 overload", minutes: 7, raises: ["lift.overload"], follows: ["lift.door_held_open"]),
        .init("L2 light-out", minutes: 6, raises: ["lift.car_dark"]),
        .init(
            "L2 hot-machine-room", minutes: 20, raises: ["lift.machine_room_hot"],
            follows: ["lift.drive_hot"]),
        .init("L2 maintenance", minutes: 20, raises: []),
        .init("P2 discharge-low", raises: ["pump.discharge_low"]),
        .init("P2 dry-run", raises: ["pump.dry_run"], follows: ["pump.fault"]),
        .init("P2 over-current", raises: ["pump.over_current"], follows: ["pump.fault"]),
        .init("P2 fail-to-start", raises: ["pump.fail_to_start"], follows: ["pump.fault"]),
        .init(
            "P2 dry-run", "P1 dry-run", raises: ["pump.dry_run", "pump.all_failed", "pump.dry_run@P1"],
            follows: ["pump.fault", "pump.fault@P1", "pump.all_failed@P1"]),
        .init("P2 current-sensor", raises: ["pump.current_sensor_failed"]),
        .init("P2 manual", minutes: 250, raises: ["pump.left_in_hand"]),
        .init(
            "SP1 rainstorm", minutes: 5, raises: ["sump.flooded"],
            follows: ["sump.high_level", "sump.runs_long"]),
        .init("SP1 pump-1-fault", raises: ["sump.pump_fault"]),
        .init("SP1 pump-2-fault", raises: ["sump.pump_fault"]),
        .init("SP1 pump-1-fault", "SP1 pump-2-fault", raises: ["sump.both_failed"]),
        .init("SP1 level-sensor", raises: ["sump.level_sensor_failed"]),
        .init(
            "SP1 float-stuck", "SP1 rainstorm", minutes: 6,
            raises: ["sump.level_rising_unpumped", "sump.flooded"], follows: ["sump.runs_long"]),
        .init(
            "TK1 inlet-closed", minutes: 16, raises: ["tank.low", "tank.falls_fast"],
            follows: ["P1", "P2"].flatMap { pump in
                ["dry_run", "fault", "all_failed", "discharge_low", "no_flow"].map { "pump.\($0)@\(pump)" }
            }, beside: ["P1"]),
        .init("TK1 overflow", raises: ["tank.overflow"], follows: ["tank.high"]),
        .init("TK1 battery-low", minutes: 12, raises: ["tank.battery_low"], beside: ["P1"]),
        .init("TK1 stuck", minutes: 730, raises: ["tank.level_stuck"]),
        .init(
            "M1 phase-loss", minutes: 12, raises: ["meter.phase_lost"], follows: ["meter.current_unbalance"]),
        .init("M1 undervoltage", raises: ["meter.voltage_low"]),
        .init("M1 unbalance", minutes: 12, raises: ["meter.current_unbalance"]),
        .init(
            "T1 overheating", minutes: 6, raises: ["transformer.winding_hot"], follows: ["transformer.trip"]),
        .init(
            "T1 fan-failure", "T1 overheating", minutes: 6, raises: ["transformer.fan_failed"],
            follows: ["transformer.winding_hot", "transformer.trip"]),
        .init("T1 sensor-b", raises: ["transformer.sensor_fault"]),
        .init("G1 mains-failure", raises: ["generator.mains_failed"]),
        .init(
            "G1 fail-to-start", "G1 mains-failure",
            raises: ["generator.fail_to_start", "generator.mains_failed"]),
        .init("G1 low-fuel", minutes: 6, raises: ["generator.fuel_low"]),
        .init("G1 low-battery", minutes: 7, raises: ["generator.battery_low"]),
        .init(
            "G1 overheating", "G1 mains-failure", minutes: 4,
            raises: ["generator.engine_hot", "generator.mains_failed"]),
        .init("G1 oil-sender", raises: ["generator.oil_sender_failed"]),
        .init("G1 stop-mode", minutes: 32, raises: ["generator.not_in_automatic"]),
        .init("F1 zone-2-alarm", raises: ["fire.alarm", "fire.zone_2_alarm"]),
        .init(
            "F1 zone-1-alarm", "F1 zone-6-alarm",
            raises: ["fire.alarm", "fire.second_detector", "fire.zone_1_alarm", "fire.zone_6_alarm"]),
        .init("F1 detector-fault", raises: ["fire.panel_trouble"]),
        .init("F1 disabled-point", minutes: 490, raises: ["fire.disabled_too_long"]),
        .init("F1 manual-mode", minutes: 32, raises: ["fire.left_in_manual"]),
        .init(
            "F1 battery-fault", minutes: 7, raises: ["fire.battery_fault"],
            follows: ["fire.panel_trouble", "fire.battery_low"]),
        .init(
            "FP1 fail-to-start", "F1 zone-1-alarm",
            raises: ["fire_pump.fail_to_start", "fire.alarm@F1", "fire.zone_1_alarm@F1"],
            follows: ["fire_pump.low_pressure"]),
        .init(
            "FP1 pressure-leak", minutes: 6, raises: ["fire_pump.running"],
            follows: ["fire_pump.low_pressure", "fire_pump.jockey_runs_long"]),
        .init("FP1 tank-low", raises: ["fire_pump.tank_low"]),
        .init(
            "FP1 selector-off", minutes: 12, raises: ["fire_pump.not_in_automatic"],
            follows: ["fire_pump.low_pressure"]),
        .init("E1 water-leak", raises: ["environment.water_leak"]),
        .init("E1 overheating", minutes: 24, raises: ["environment.room_hot"]),
        .init("E1 humid", minutes: 34, raises: ["environment.humid"]),
        .init("E1 battery-low", raises: ["environment.battery_low"]),
        .init("SW1 switched-off", minutes: 32, raises: ["lighting.plug_switched_off"]),
        .init("SW1 overload", raises: ["lighting.plug_overload"]),
        .init("Q1 trip", raises: ["breaker.tripped"]),
        .init("Q1 overload", minutes: 4, raises: ["breaker.over_current"]),
        .init("Q1 earth-leakage", raises: ["breaker.residual_current"]),
        .init("Q1 hot-joint", minutes: 9, raises: ["breaker.cable_hot"]),
        .init("Q1 spring", raises: ["breaker.spring_not_charged"]),
        .init("U1 input-lost", raises: ["ups.on_battery"]),
        .init("U1 battery-worn", raises: ["ups.replace_battery"]),
        .init("U1 overload", raises: ["ups.overload"]),
        .init("U1 overheating", minutes: 10, raises: ["ups.hot"]),
        .init("U1 inverter-fault", raises: ["ups.fault"], follows: ["ups.on_bypass"]),
        .init("HX1 pump-fault", raises: ["heating.pump_fault"], follows: ["heating.no_circulation"]),
        .init("HX1 water-loss", minutes: 6, raises: ["heating.pressure_low"]),
        .init("HX1 valve-stuck", minutes: 40, raises: ["heating.supply_cold"]),
        .init("HX1 makeup-fault", raises: ["heating.makeup_fault"]),
        .init("HX1 floor-leak", raises: ["heating.water_leak"]),
        .init("AH1 motor-fault", raises: ["hvac.fault"], follows: ["hvac.not_running"]),
        .init("AH1 belt-broken", raises: ["hvac.no_air_flow"]),
        .init("AH1 filter-dirty", minutes: 12, raises: ["hvac.filter_dirty"]),
        .init("AH1 frost", minutes: 6, raises: ["hvac.frost"]),
        .init("AH1 fire-damper", raises: ["hvac.fire_damper_closed"]),
        .init("EF1 motor-fault", raises: ["fan.fault"], follows: ["fan.not_running"]),
        .init(
            "EF1 motor-fault", "F1 zone-1-alarm",
            raises: ["fan.smoke_extraction_failed", "fan.fault", "fire.alarm@F1", "fire.zone_1_alarm@F1"]),
        .init("EF1 belt-broken", raises: ["fan.no_air_flow"]),
        .init("EF1 manual", minutes: 62, raises: ["fan.not_in_automatic"]),
        .init("EF1 carbon-monoxide", minutes: 6, raises: ["fan.carbon_monoxide"]),
        .init("LC1 lamps-out", minutes: 20, raises: ["lighting.lamps_out"], clock: "20:00"),
        .init(
            "LC1 contactor-welded", raises: ["lighting.not_following"], follows: ["lighting.on_in_daytime"]),
        .init("LC1 breaker-open", raises: ["lighting.breaker_open"]),
        .init("LC1 leakage", raises: ["lighting.leakage"]),
    ]
}

@Suite struct `Every fault of the simulated site` {
    /// What no rule can see before acquisition says that it is silent, or only in a way that is tested by itself.
    static let exempt: Set<String> = ["environment-sensor silent", "power-meter energy-reset"]

    @Test(arguments: FaultStory.all)
    func `raises its alarm and no other`(story: FaultStory) throws {
        let faults = story.faults.map { $0.split(separator: " ").map(String.init) }
        var site = try WatchedSite(story.beside.union(faults.map { $0[0] }), clock: story.clock)
        site.run(seconds: 60)
        #expect(site.raised == [], "in good order")
        for fault in faults { try site.inject(fault[0], fault[1]) }
        site.run(seconds: story.minutes * 60, step: story.minutes > 60 ? 10 : 1)
        #expect(Set(story.raises).subtracting(site.raised) == [], "not raised")
        #expect(site.raised.subtracting(story.raises + story.follows) == [], "raised besides")
    }

    @Test func `has such a story`() throws {
        let told = Set(FaultStory.all.flatMap(\.faults))
        let site = try WatchedSite()
        for model in site.equipment.file.models {
            let assets = model.assets.map(\.name)
            for fault in model.type.faults.map(\.name) {
                let isZone = fault.hasPrefix("zone-")
                guard !isZone, !Self.exempt.contains("\(model.type.model) \(fault)") else { continue }
                // One asset of each model is enough.
                let same = site.equipment.file.models.filter { $0.type == model.type }.flatMap(\.assets)
                #expect(
                    same.contains { told.contains("\($0.name) \(fault)") },
                    "no story of \(fault) at any of \(assets)")
            }
        }
    }

    @Test func `includes a meter that was exchanged`() throws {
        var site = try WatchedSite(["M1"])
        site.run(seconds: 60)
        try site.inject("M1", "energy-reset")
        site.run(seconds: 60)
        #expect(site.raised == ["meter.counter_went_back@M1"])
    }
}

@Suite struct `The whole simulated site` {
    @Test(arguments: [
        "fire-alarm", "mains-failure", "pump-discharge-low", "rainstorm-flooded-sump", "trapped-passenger",
    ])
    func `raises what its scenario names, and no other alarm`(name: String) throws {
        var site = try WatchedSite()
        let path = "simulators/scenarios/\(name).yaml"
        let text = try String(contentsOf: ProfileReader.root.appending(path: path), encoding: .utf8)
        let scenario = try ScenarioFile(
            YAMLDocument(text: text, file: path), site: site.equipment.file)
        #expect(!scenario.raises.isEmpty)
        site.run(seconds: 60)
        #expect(site.raised == [], "in good order")
        var seconds = 0
        for step in scenario.steps {
            site.run(seconds: Int(step.seconds) - seconds)
            seconds = Int(step.seconds)
            switch step.action {
            case .inject(let asset, let fault): try site.inject(asset, fault)
            case .clear(let asset, let fault): try site.clear(asset, fault)
            case .communicate: Issue.record("nothing here has a wire")
            }
        }
        site.run(seconds: 180)
        #expect(Set(scenario.raises).subtracting(site.raised) == [], "not raised")
        let besides = site.raised.subtracting(scenario.raises).filter { alarm in
            !scenario.follows.contains(alarm) && !scenario.follows.contains("\(alarm.prefix { $0 != "@" })@*")
        }
        #expect(besides == [], "raised besides")
    }

    @Test func `lives a day and a night without a single alarm`() throws {
        // One lift of four and one room of two: the others are the same again.
        var site = try WatchedSite([
            "P1", "SP1", "L1", "M1", "T1", "G1", "F1", "FP1", "E1", "TK1", "SW1", "Q1", "U1", "LC1", "AH1",
            "EF1", "HX1",
        ])
        site.run(seconds: 86_400, step: 10)
        #expect(site.raised == [])
    }
}

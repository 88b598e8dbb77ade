import Facility
import Foundation
import Notices
import Rules
import SiteConfig
import Testing

/// The site of the fixtures with a rule file of its own.
private func load(_ rules: String, kinds: [ChannelKind] = World.channelKinds) throws -> LoadResult {
    try withTemporaryFolder { folder in
        try overlay("\(Checkout.fixtures)/base", onto: folder)
        try FileManager.default.createDirectory(
            atPath: "\(folder)/rules", withIntermediateDirectories: true)
        try Data(rules.utf8).write(to: URL(fileURLWithPath: "\(folder)/rules/own.yaml"))
        return ConfigurationLoader(
            folder: folder, share: ShareFolder("\(Checkout.fixtures)/share"), channelKinds: kinds
        ) { World.zone($0) }.load()
    }
}

@Suite struct `A rule file` {
    @Test func `says everything a rule can be told`() throws {
        let result = try load(
            """
            schedules:
              night: {tz: UTC, days: [mon, sun], from: "22:00", to: "07:00"}
              all: {from: "00:00", to: "24:00"}
            rules:
              - id: pump.whole
                match: {class: pump, location: B1}
                let: {settled: "held(running, 20s)"}
                when: "settled && in_schedule(night) && outlet_pressure < 0.20 MPa"
                clear_when: "outlet_pressure > 0.25 MPa"
                active_if: "mode != stop"
                delay: {raise: 10s, clear: 30s, unknown: 5m}
                on_unknown: raise
                min_coverage: 0.5
                priority: p1
                latch: true
                relatch: silent
                ack: {raise: required, rtn: required, timeout: 2h}
                realarm: {after: 4h, max: 2}
                caused_by: [system.unit_silent, pump.pressure_low]
                chatter: {activations: 5, within: 2m, quiet: 15m}
                mode: live
                text: {zh: "{device} 低", en: "{device} low {outlet_pressure}"}
                guidance:
                  cause: {zh: 因, en: cause}
                  consequence: {zh: 果, en: what}
                  action: {zh: 行, en: act}
                  respond_within: 30m
                work_order: {title: {zh: 查, en: Look}, group: water, after: acked_or(10m)}
                route: default
            """)
        #expect(rendered(result.problems) == [])
        let configuration = try #require(result.configuration)
        #expect(configuration.schedules.map(\.name) == ["night", "all"])
        let night = try #require(configuration.schedules.first)
        #expect(night.zone.name == "UTC")
        #expect(night.days == [1, 7])
        #expect((night.fromMinutes, night.toMinutes) == (22 * 60, 7 * 60))
        let rule = try #require(configuration.rules.definition("pump.whole"))
        #expect(rule.raiseDelayMilliseconds == 10_000)
        #expect(rule.clearDelayMilliseconds == 30_000)
        #expect(rule.unknownDelayMilliseconds == 300_000)
        #expect(rule.onUnknown == .raise)
        #expect(rule.coverage == 0.5)
        #expect(rule.mostUrgent == .p1)
        #expect(rule.isLatching && rule.returnsSilently)
        #expect(
            rule.acknowledging
                == .init(isRequired: true, isRequiredAfterReturn: true, timeoutMilliseconds: 7_200_000))
        #expect(rule.reminding == .init(afterMilliseconds: 14_400_000, most: 2))
        #expect(rule.causes == ["system.unit_silent", "pump.pressure_low"])
        #expect(rule.place(of: .cause(1)).line == 19)
        #expect(
            rule.chatter
                == .init(activations: 5, withinMilliseconds: 120_000, quietMilliseconds: 900_000))
        #expect(rule.mode == .live)
        #expect(rule.order?.start == .acknowledged(orAfterMilliseconds: 600_000))
        #expect(
            configuration.rules.instances.filter { $0.rule == "pump.whole" }.map(\.asset) == ["P1", "P2"])
    }

    @Test func `settles what a rule leaves open`() throws {
        let result = try load(
            """
            rules:
              - id: least
                match: {class: pump}
                when: "running"
                delay: {raise: 20s}
                priority: p4
                text: {zh: 一, en: one}
            """)
        let rule = try #require(result.configuration?.rules.definition("least"))
        #expect(rule.unknownDelayMilliseconds == 20_000)
        #expect(rule.holdMilliseconds == nil)
        #expect(rule.coverage == 0.8)
        #expect(rule.acknowledging == .init())
        #expect(rule.chatter == .init())
        #expect(rule.reminding == nil)
        #expect(rule.mode == .live)
        #expect(!rule.returnsSilently)
    }

    @Test func `builds a ladder, whose rungs take what they lack from the rule`() throws {
        let result = try load(
            """
            rules:
              - id: pressure
                match: {class: pump}
                delay: {raise: 60s, clear: 30s}
                max_hold: 10m
                mode: shadow
                levels:
                  - {priority: p4, when: "outlet_pressure > 1 MPa", deadband: 0.05 MPa}
                  - {priority: p3, when: "outlet_pressure > 1.6 MPa", clear_when: "outlet_pressure < 1.5 MPa", delay: {raise: 5s}}
                text: {zh: 一, en: one}
            """)
        #expect(rendered(result.problems) == [])
        let rule = try #require(result.configuration?.rules.definition("pressure"))
        #expect(rule.raiseDelayMilliseconds == 0)
        #expect(rule.clearDelayMilliseconds == 0)
        #expect(rule.priority == .p4)
        #expect(rule.mostUrgent == .p3)
        #expect(rule.mode == .shadow)
        #expect(rule.holdMilliseconds == 600_000)
        #expect(rule.levels.map(\.priority) == [.p4, .p3])
        #expect(rule.levels.map(\.raiseDelayMilliseconds) == [60_000, 5000])
        #expect(rule.levels.map(\.clearDelayMilliseconds) == [30_000, 0])
        #expect(rule.levels.map(\.deadband?.text) == ["0.05 MPa", nil])
    }

    @Test func `a site's own schedule stands in for a shipped one, and a change of it is seen`() throws {
        func rules(_ to: String) -> String {
            """
            schedules: {night: {from: "22:00", to: "\(to)"}}
            rules:
              - id: own
                match: {class: pump}
                when: "running && in_schedule(night)"
                priority: p4
                text: {zh: 一, en: one}
            """
        }
        let old = try #require(try load(rules("06:00")).configuration)
        let new = try #require(try load(rules("07:00")).configuration)
        #expect(ConfigurationChange(from: old, to: new).rules.changed == ["own"])
    }

    @Test func `warns of a text that its channels would cut, and says which`() throws {
        let rules = """
            rules:
              - id: own
                match: {class: pump}
                when: "running"
                priority: p4
                text: {zh: "{device} 在运行，请到现场确认阀门、压力与液位是否正常", en: "{device} runs"}
            """
        func warnings(title: Int?, body: Int?) throws -> [String] {
            let kinds = [
                ChannelKind(
                    name: "webhook", settings: [.init("url", .url, isRequired: true)], addressesPeople: true,
                    titleBytes: title, bodyBytes: body), World.channelKinds[1],
            ]
            let problems = try load(rules, kinds: kinds).problems
            #expect(problems.allSatisfy { $0.severity == .warning })
            // The shipped rules have texts as well.
            return problems.filter { $0.position.file == "rules/own.yaml" }
                .map { "\($0.message.key) \($0.position) \($0.message.arguments["bytes"] == "124")" }
        }
        #expect(try warnings(title: nil, body: nil) == [])
        #expect(try warnings(title: 200, body: 2048) == [])
        #expect(try warnings(title: 100, body: nil) == ["config.title-too-long rules/own.yaml:6:16 true"])
        let both = try warnings(title: nil, body: 100)
        #expect(
            both == [
                "config.body-too-long rules/own.yaml:6:16 false",
                "config.body-too-long rules/own.yaml:6:55 false",
            ])
    }
}

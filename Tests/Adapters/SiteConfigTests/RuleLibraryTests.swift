import Acquisition
import Alarms
import Engine
import Facility
import Foundation
import Rules
import SiteConfig
import Testing

/// The shipped rules on a site that has one asset of every shipped profile.
private struct RuleLibrary {
    let configuration: Configuration
    let problems: [Problem]
    let stories: [RuleTestCase]

    static let packs: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: Checkout.share.rules)) ?? []
        return files.filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".test.yaml") }
            .map { String($0.dropLast(5)) }.sorted()
    }()

    static let all = Result { try load() }

    private static func load() throws -> RuleLibrary {
        try withTemporaryFolder { folder in
            let profiles = World.loader("/nonexistent").loadProfiles().entries.map(\.profile)
            for (name, text) in site(of: profiles) {
                let url = URL(fileURLWithPath: "\(folder)/\(name)")
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: url)
            }
            let loader = World.loader(folder)
            let result = loader.load()
            let (stories, problems) = loader.loadRuleTests(ofAllPacks: true)
            return RuleLibrary(
                configuration: try #require(result.configuration, "\(rendered(result.problems))"),
                problems: result.problems + problems, stories: stories)
        }
    }

    /// Every asset is named after its profile, and every polled one has a bus to itself.
    private static func site(of profiles: [DeviceProfile]) -> [String: String] {
        var buses = "buses:\n  broker: {kind: mqtt, host: 127.0.0.1}\n"
        var assets = "assets:\n"
        for (index, profile) in profiles.enumerated() {
            var place = "bus: broker, address: device-\(index)"
            if case .modbus = profile.map {
                buses += "  bus-\(index): {kind: modbus-tcp, host: 192.0.2.\(index + 1)}\n"
                place = "bus: bus-\(index), unit: 1"
            }
            assets +=
                "  \(profile.id): {class: \(profile.assetClass.rawValue), location: house, "
                + "name: {zh: 设备\(index), en: Device \(index)}, profile: \(profile.id), \(place)}\n"
        }
        return [
            "site.yaml": """
            id: everything
            name: {zh: 全部, en: Everything}
            timezone: Asia/Shanghai
            language: en
            web: {listen: none}

            """,
            "buses.yaml": buses, "assets/all.yaml": assets,
            "people.yaml": "people:\n  wang: {name: {zh: 王, en: Wang}, language: zh}\n",
            "notify.yaml": """
            channels:
              hook: {kind: webhook, url: "http://127.0.0.1:1/"}
            routes:
              default:
                steps:
                  - {after: 0s, to: [wang], via: [hook]}

            """,
        ]
    }

    func stories(of rule: RuleID) -> [RuleTestCase] {
        stories.filter { $0.rule == rule }
    }

    /// The rules a pack's file names, whatever became of them.
    static func names(in pack: String) throws -> [String] {
        let text = try String(contentsOfFile: "\(Checkout.share.rules)/\(pack).yaml", encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            line.hasPrefix("  - id: ") ? String(line.dropFirst(8)) : nil
        }
    }
}

@Suite struct `The rule library` {
    private let library: RuleLibrary

    init() throws { library = try RuleLibrary.all.get() }

    @Test func `loads without a problem, and every rule of it watches some shipped profile`() throws {
        #expect(rendered(library.problems) == [])
        let written = try RuleLibrary.packs.flatMap(RuleLibrary.names)
        let used = library.configuration.ruleDefinitions.map(\.id.name)
        #expect(Set(written).subtracting(used) == [])
        #expect(written.count == Set(written).count)
        #expect(used.count == written.count)
    }

    @Test(arguments: RuleLibrary.packs)
    func `is as its stories tell`(pack: String) throws {
        let file = "\(Checkout.share.rules)/\(pack).test.yaml"
        let stories = library.stories.filter { $0.position.file == file }
        #expect(!stories.isEmpty)
        for story in stories {
            let asset = AssetID(story.profile ?? "")
            let result = RuleTestRun.run(
                story, definitions: library.configuration.ruleDefinitions,
                points: library.configuration.site.points(of: asset), catalog: Checkout.catalog,
                schedules: library.configuration.schedules)
            #expect(rendered(result.failures) == [], "\(story.rule.name): \(story.name)")
        }
    }

    @Test func `has stories of every rule that raises, stays quiet, ends, meets silence and is restarted`() {
        for rule in library.configuration.ruleDefinitions {
            let stories = library.stories(of: rule.id)
            let states = stories.map { $0.expectations.map(\.state) }
            let isRaised = states.map { $0.contains(.unacknowledged) }
            #expect(isRaised.contains(true), "\(rule.id.name) is never raised")
            #expect(
                states.contains { $0.contains(.normal) || $0.contains(.suppressed) },
                "\(rule.id.name) is never quiet")
            let ends = states.contains { states in
                guard let raise = states.firstIndex(of: .unacknowledged) else { return false }
                return states[raise...].contains { $0 != .unacknowledged && $0 != .acknowledged }
            }
            #expect(ends, "\(rule.id.name) never ends")
            let isSilenced = stories.contains { $0.inputs.contains { $0.timeline.text.contains("bad@") } }
            #expect(isSilenced, "\(rule.id.name) never meets a reading that fails")
            let restarts = stories.contains { $0.injections.contains { $0.action == .restart } }
            let waits = rule.isLatching || rule.when.text.contains("held(")
            #expect(restarts || !waits, "\(rule.id.name) is never restarted")
        }
    }

    @Test func `never takes silence for the end of a danger to life`() {
        let urgent = library.configuration.ruleDefinitions.filter { $0.priority == .p1 }
        #expect(!urgent.isEmpty)
        for rule in urgent {
            #expect([.hold, .raise].contains(rule.onUnknown), "\(rule.id.name)")
        }
    }

    /// What is listed here ends a night's sleep: lives, or water that is about to come in. Nothing else may.
    @Test func `is most urgent about lives and floods only`() {
        let urgent = library.configuration.ruleDefinitions.filter { $0.priority == .p1 }.map(\.id.name)
        #expect(
            Set(urgent) == [
                "lift.trapped_passenger", "lift.moves_with_open_doors", "lift.overspeed",
                "fire.alarm", "fire.detector_alarm", "fire_pump.fail_to_start",
                "fan.smoke_extraction_failed", "environment.smoke", "environment.gas", "heating.gas_leak",
                "generator.fail_to_start", "sump.flooded", "pump.room_flooded",
            ])
    }

    @Test func `says in both languages what is wrong, why, what follows and what to do by when`() throws {
        for rule in library.configuration.ruleDefinitions {
            let guidance = try #require(rule.guidance, "\(rule.id.name)")
            #expect(guidance.respondWithinMilliseconds != nil, "\(rule.id.name)")
            var texts = [rule.text, guidance.cause, guidance.consequence, guidance.action]
            if let title = rule.order?.title { texts.append(title) }
            for text in texts {
                #expect(isChinese(text.zh), "\(rule.id.name): \(text.zh)")
                #expect(!isChinese(text.en) && !text.en.isEmpty, "\(rule.id.name): \(text.en)")
            }
        }
    }

    @Test(arguments: Language.allCases)
    func `is listed in the guide, rule by rule and in the words people read`(language: Language) throws {
        let page = try String(
            contentsOfFile: "\(Checkout.root)/docs/\(language.rawValue)/rule-library.md", encoding: .utf8)
        let listed = page.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        let rows = library.configuration.ruleDefinitions.map { rule in
            let priorities = rule.levels.isEmpty ? [rule.priority] : rule.levels.map(\.priority)
            let names = priorities.map(\.name).joined(separator: ", ")
            return "| `\(rule.id.name)` | \(names) | \(rule.text[language]) |"
        }
        #expect(Set(listed) == Set(rows))
        #expect(listed.count == rows.count)
    }

    private func isChinese(_ text: String) -> Bool {
        text.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }
    }
}

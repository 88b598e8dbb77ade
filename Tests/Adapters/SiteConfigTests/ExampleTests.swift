import Acquisition
import Engine
import Facility
import Foundation
import Maintenance
import Notices
import Rules
import SiteConfig
import Testing

@Suite struct `The example site` {
    @Test func `loads without a single problem`() throws {
        let result = World.loader(Checkout.share.example).load()
        #expect(rendered(result.problems) == [])
        let configuration = try #require(result.configuration)
        #expect(configuration.site.id == "riverside")
        #expect(configuration.site.asset("P2")?.contractor == "acme-water")
        #expect(configuration.modbusBuses.contains { !$0.units.isEmpty })
        #expect(configuration.mqttBuses.contains { !$0.sources.isEmpty })
        #expect(configuration.routes.map(\.id) == ["default"])
        #expect(configuration.orders.levels.route == "default")
        #expect(configuration.orders.dispatch.map(\.candidates.count) == [1, 2, 2])
        #expect(configuration.orders.dispatchers == ["li", "garcia"])
    }

    @Test func `has rules, and stories that prove them`() throws {
        let loader = World.loader(Checkout.share.example)
        #expect(loader.load().configuration?.ruleDefinitions.isEmpty == false)
        let (tests, problems) = loader.loadRuleTests()
        #expect(rendered(problems) == [])
        #expect(!tests.isEmpty)
    }
}

@Suite struct `The demonstration's site` {
    @Test func `loads on the example's equipment, with the shipped rules beside its own`() throws {
        try withTemporaryFolder { folder in
            let example = Checkout.share.example
            let demo = "\(Checkout.root)/config/demo"
            for (name, source) in [
                ("site.yaml", demo), ("people.yaml", demo), ("notify.yaml", demo), ("buses.yaml", example),
            ] {
                let text = try String(contentsOfFile: "\(source)/\(name)", encoding: .utf8)
                    .replacingOccurrences(of: "LANGUAGE", with: "zh")
                    .replacingOccurrences(of: "SOCKET", with: "/run/demo.sock")
                    .replacingOccurrences(of: "RECEIVER", with: "http://127.0.0.1:9099/")
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            }
            for (name, source) in [("assets", example), ("rules", demo)] {
                try FileManager.default.copyItem(
                    atPath: "\(source)/\(name)", toPath: "\(folder)/\(name)")
            }
            let result = World.loader(folder).load()
            #expect(rendered(result.problems.filter { $0.severity == .error }) == [])
            let rules = try #require(result.configuration).ruleDefinitions.map(\.id.name)
            #expect(rules.contains("pump.discharge_low"))
            #expect(rules.contains("breaker.tripped"))
            #expect(rules.contains("heating.pump_fault"))
        }
    }
}

@Suite struct `A new site` {
    @Test func `passes the check as it is written`() throws {
        try withTemporaryFolder { folder in
            let files = try SiteTemplate.write(to: folder, from: Checkout.share)
            #expect(files.contains("site.yaml"))
            #expect(files.contains("assets/pumps.yaml"))
            let loader = World.loader(folder)
            #expect(rendered(loader.load().problems) == [])
            #expect(rendered(loader.loadRuleTests().problems) == [])
        }
    }

    @Test func `has a rule of its own that its stories prove`() throws {
        try withTemporaryFolder { folder in
            try SiteTemplate.write(to: folder, from: Checkout.share)
            let loader = World.loader(folder)
            let configuration = try #require(loader.load().configuration)
            let stories = loader.loadRuleTests().tests.filter { $0.rule.name.hasPrefix("site.") }
            #expect(stories.count == 2)
            for story in stories {
                let result = RuleTestRun.run(
                    story, definitions: configuration.ruleDefinitions,
                    points: configuration.site.points(of: "P1"), catalog: Checkout.catalog)
                #expect(rendered(result.failures) == [], "\(story.name)")
            }
        }
    }

    @Test func `never replaces what stands in the folder`() throws {
        try withTemporaryFolder { folder in
            try Data("id: mine\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/site.yaml"))
            #expect(throws: SiteTemplate.Failure.exists("\(folder)/site.yaml")) {
                try SiteTemplate.write(to: folder, from: Checkout.share)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["site.yaml"])
        }
    }
}

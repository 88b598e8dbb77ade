import Facility
import Foundation
import Notices
import SiteConfig
import Testing

/// What can be written in the files of a site, and reaches nobody or means something else.
@Suite struct `Check warns` {
    private static let kinds =
        World.channelKinds + [
            ChannelKind(name: "letter", settings: [], addressesPeople: true, address: .mail),
            ChannelKind(name: "group", settings: [], addressesPeople: false, address: .phone),
        ]

    private func told(_ files: [String: String]) throws -> [String] {
        try withTemporaryFolder { folder in
            try overlay("\(Checkout.fixtures)/base", onto: folder)
            for (name, text) in files {
                let file = URL(fileURLWithPath: "\(folder)/\(name)")
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
            let loader = ConfigurationLoader(
                folder: folder, share: ShareFolder("\(Checkout.fixtures)/share"), channelKinds: Self.kinds,
                zone: { World.zone($0) }, now: { World.now })
            return rendered(loader.load().problems)
        }
    }

    @Test func `of people whom a channel cannot find, once each, and of firms without people`() throws {
        let told = try told([
            "people.yaml": """
            people:
              wang: {name: {zh: 王工, en: Wang}, phone: "13800138000"}
              li: {name: {zh: 李工, en: Li}, mail: li@example.org, channels: [post]}
            contractors:
              acme: {name: {zh: 清源, en: Acme}}
            """,
            "notify.yaml": """
            channels:
              post: {kind: letter}
              robot: {kind: group}
            routes:
              default:
                steps:
                  - {after: 0s, to: [wang, contractor], via: [post]}
                  - {after: 5m, to: [all], via: [post, robot]}
                  - {after: 9m, to: [li], via: [robot]}
            """,
        ])
        #expect(
            told == [
                "notify.yaml:7:26: warning: 'wang' has no 'mail' in people.yaml: channel 'post' cannot reach them",
                "notify.yaml:7:32: warning: the contractor 'acme' has no contacts in people.yaml: nobody would be told",
                "notify.yaml:9:26: warning: 'li' has no 'phone' in people.yaml: channel 'robot' tells the group without mentioning them",
            ])
    }

    @Test func `of routes for places and labels that no equipment has`() throws {
        let told = try told([
            "notify.yaml": """
            channels:
              hook: {kind: webhook, url: "https://example.org/hook"}
            routes:
              far:
                match: {location: [B1, B2], labels: {wing: east}}
                steps: [{after: 0s, to: [wang], via: [hook]}]
              default:
                steps: [{after: 0s, to: [wang], via: [hook]}]
            """
        ])
        #expect(told.count == 2, "\(told)")
        #expect(told.first?.hasPrefix("notify.yaml:5:28: warning: the location 'B2' is not known") == true)
        #expect(told.last?.contains("warning: the label 'wing: east' is not known") == true)
    }

    @Test func `of a swap with somebody who has no duty then`() throws {
        let told = try told([
            "people.yaml": """
            people:
              wang: {name: {zh: 王工, en: Wang}, phone: "13800138000"}
              li: {name: {zh: 李工, en: Li}}
            contractors:
              acme: {name: {zh: 清源, en: Acme}}
            rosters:
              duty:
                name: {zh: 值班, en: Duty}
                layers: [{people: [wang], at: "08:00"}]
                swaps:
                  - {person: li, for: wang, from: 2026-12-03 08:00, to: 2026-12-04 08:00}
                  - {person: wang, for: li, from: 2026-12-05 08:00, to: 2026-12-06 08:00}
            """
        ])
        #expect(
            told == [
                "people.yaml:12:29: warning: 'li' has no duty in roster 'duty' in this time: the swap changes nothing"
            ])
    }

    @Test func `of work after so many seconds where hours are meant`() throws {
        func plan(_ step: String) -> [String: String] {
            [
                "plans/own.yaml": """
                jobs:
                  look: {name: {zh: 看, en: Look}, items: [{id: a, zh: 看, en: Look}]}
                plans:
                  - id: oil
                    name: {zh: 换油, en: Oil}
                    applies: {class: pump}
                    mode: meter
                    meter: {point: run_seconds, step: \(step)}
                    job: look
                """
            ]
        }
        #expect(
            try told(plan("500")) == [
                "plans/own.yaml:8:39: warning: the step counts in the unit of P1.run_seconds: 500 s, less than a day; "
                    + "500 h would be 1800000"
            ])
        #expect(try told(plan("1800000")) == [])
    }

    @Test func `of nothing more where the hours themselves are wrong`() throws {
        let spans = "{office: {spans: [\"17:30-08:30\"]}}"
        for hours in ["office", spans] {
            let told = try told([
                "orders.yaml": "hours: \(hours)\nservice_levels:\n  p3: {response: 2h office}\n"
            ])
            #expect(told.count == 1 && told.first?.hasPrefix("orders.yaml:1:") == true, "\(told)")
        }
    }
}

import Facility
import Foundation
import SiteConfig
import Testing

@Suite struct `The way back and signs of life in site.yaml` {
    private func load(_ lines: String) throws -> (settings: SiteSettings?, problems: [String]) {
        try withTemporaryFolder { folder in
            try overlay("\(Checkout.fixtures)/base", onto: folder)
            let file = "\(folder)/site.yaml"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try Data("\(text)\n\(lines)\n".utf8).write(to: URL(fileURLWithPath: file))
            let result = World.loader(folder, share: ShareFolder("\(Checkout.fixtures)/share")).load()
            return (result.configuration?.settings, rendered(result.problems))
        }
    }

    private func channel() throws -> String {
        let text = try String(contentsOfFile: "\(Checkout.fixtures)/base/notify.yaml", encoding: .utf8)
        let line = text.split(separator: "\n").drop { $0 != "channels:" }.dropFirst().first ?? ""
        return String(line.drop { $0 == " " }.prefix { $0 != ":" })
    }

    private func person() throws -> String {
        let text = try String(contentsOfFile: "\(Checkout.fixtures)/base/people.yaml", encoding: .utf8)
        let line = text.split(separator: "\n").drop { $0 != "people:" }.dropFirst().first ?? ""
        return String(line.drop { $0 == " " }.prefix { $0 != ":" })
    }

    @Test func `they are read as they are meant`() throws {
        let (channel, person) = (try channel(), try person())
        let (settings, problems) = try load(
            """
            web: {public_url: "https://gate.example.com:8443/site-1//"}
            heartbeat: {at: "08:30", via: [\(channel)], to: [\(person)]}
            monitor: {url: "https://hc.example.com/ping?x=1", every: 2m, method: get}
            """)
        #expect(problems == [])
        #expect(settings?.publicURL == "https://gate.example.com:8443/site-1")
        #expect(
            settings?.heartbeat
                == HeartbeatSettings(
                    minutes: 510, channels: [ChannelID(channel)], recipients: [PersonID(person)]))
        #expect(
            settings?.monitor
                == MonitorSettings(
                    url: "https://hc.example.com/ping?x=1", everyMilliseconds: 120_000, isGet: true,
                    secretFile: nil))
        let standard = try load("monitor: {url: \"http://127.0.0.1:8000/\"}").settings?.monitor
        #expect(standard?.everyMilliseconds == 300_000 && standard?.isGet == false)
    }

    @Test(arguments: [
        "web: {public_url: \"gate.example.com\"}", "web: {public_url: \"https://gate.example.com/?a=1\"}",
        "web: {public_url: \"https://gate.example.com/a_b\"}", "web: {public_url: \"javascript:alert(1)\"}",
        "heartbeat: {at: 08:30, via: [x]}", "heartbeat: {at: \"25:00\", via: [x]}",
        "heartbeat: {at: \"08:30\"}",
        "heartbeat: {at: \"08:30\", via: [no-such-channel]}", "monitor: {every: 5m}",
        "monitor: {url: \"ftp://x/\"}", "monitor: {url: \"https://x/\", every: 1s}",
        "monitor: {url: \"https://x/\", secret_file: geheim}",
    ])
    func `what cannot be meant is refused, with its place`(line: String) throws {
        let (settings, problems) = try load(line)
        #expect(settings == nil && !problems.isEmpty)
        #expect(problems.allSatisfy { $0.hasPrefix("site.yaml:") }, "\(problems)")
        #expect(problems.allSatisfy { !$0.contains("config.") && !$0.contains("geheim") }, "\(problems)")
    }

    @Test func `a channel that addresses people needs somebody`() throws {
        let problems = try load("heartbeat: {at: \"08:30\", via: [\(try channel())]}").problems
        #expect(problems.count == 1 && problems[0].hasPrefix("site.yaml:"))
    }
}

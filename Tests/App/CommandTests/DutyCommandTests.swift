import Foundation
import Testing

@testable import sitewatch

/// The site of the story of ten days of duty.
private struct DutySite: ~Copyable {
    let path = NSTemporaryDirectory() + "duty-\(UUID().uuidString.prefix(8))"

    init() throws {
        let story = repository.appending(path: "Tests/Fixtures/duty-story")
        try FileManager.default.copyItem(atPath: story.path, toPath: path)
        let people = "\(path)/people.yaml"
        let text = try String(contentsOfFile: people, encoding: .utf8)
        try text.replacingOccurrences(of: "LANGUAGE", with: "en")
            .write(toFile: people, atomically: true, encoding: .utf8)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func run(_ arguments: [String]) async -> Written {
        await program(arguments + ["--config", path])
    }
}

private func program(_ arguments: [String]) async -> Written { await run(arguments) }

private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
}

@Suite struct `Who is on call` {
    @Test func `is said with the layer and the swap, for people and for programs`() async throws {
        let site = try DutySite()
        let said = await site.run(["oncall", "--at", "2026-10-03 12:00"])
        #expect(said.code == 0)
        #expect(
            said.out == """
                roster\tpeople\tsince\tuntil\twhy
                duty\tli\t2026-10-03T08:00:00+08:00\t2026-10-04T08:00:00+08:00\tlayer days off; Li for Zhao

                """)
        let json = try object(
            await site.run(["oncall", "duty", "--at", "2026-10-10 12:00", "--json"]).out)
        #expect(json["time"] as? String == "2026-10-10T12:00:00+08:00")
        let stretch = try #require((json["stretches"] as? [[String: Any]])?.first)
        #expect(stretch["since"] as? String == "2026-10-08T08:00:00+08:00")
        #expect(stretch["until"] as? String == "2026-10-11T08:00:00+08:00")
        let duty = try #require(stretch["duty"] as? [String: Any])
        #expect(duty["people"] as? [String] == ["li"])
        #expect(duty["source"] as? String == "layer")
        #expect(duty["number"] as? Int == 1)
    }

    @Test func `of a year whose holidays nobody wrote down the answer says so`() async throws {
        let site = try DutySite()
        let known = await site.run(["oncall", "--at", "2026-10-02 12:00"])
        #expect(known.err == "")
        let unknown = await site.run(["oncall", "--at", "2026-12-30 12:00", "--days", "5"])
        #expect(unknown.err.contains("has no holidays of 2027"))
    }

    @Test func `is said for days to come, each stretch whole`() async throws {
        let site = try DutySite()
        let said = await site.run([
            "oncall", "--at", "2026-10-02 12:00", "--days", "2", "--csv", "--lang", "zh",
        ])
        #expect(
            said.out.split(separator: "\n").map { $0.split(separator: ",").prefix(4).joined(separator: " ") }
                == [
                    "roster people since until",
                    "duty qian 2026-10-02T08:00:00+08:00 2026-10-03T08:00:00+08:00",
                    "duty li 2026-10-03T08:00:00+08:00 2026-10-04T08:00:00+08:00",
                    "duty qian 2026-10-04T08:00:00+08:00 2026-10-05T08:00:00+08:00",
                ])
    }

    @Test func `is nobody with the exit code of a finding, and a roster there is not is none`() async throws {
        let site = try DutySite()
        let people = "\(site.path)/people.yaml"
        let text = try String(contentsOfFile: people, encoding: .utf8)
        try text.replacingOccurrences(of: "start: 2026-09-28", with: "start: 2026-09-28, end: 2026-10-01")
            .write(toFile: people, atomically: true, encoding: .utf8)
        #expect(await site.run(["oncall", "--at", "2026-10-08 12:00"]).code == 2)
        #expect(await site.run(["oncall", "dusty"]).code == 1)
        #expect(await site.run(["oncall", "--days", "0"]).code == 64)
    }
}

@Suite struct `Who would hear of an alarm` {
    @Test func `is said with when, how, in which words and why, and nothing is sent`() async throws {
        let site = try DutySite()
        let said = await site.run(["notices", "simulate", "pump.no_flow@P1", "--at", "2026-10-02 07:55"])
        #expect(said.code == 0)
        #expect(said.out.contains("pump.no_flow at P1, priority P2 serious, raised 2026-10-02 07:55:00"))
        #expect(said.out.contains("route urgent: the first that suits"))
        #expect(said.out.contains("zhao\tphone\traise\ton duty, roster Duty: layer days off"))
        #expect(said.out.contains("qian\tphone\tescalation\ton duty, roster Duty: layer days off"))
        #expect(said.out.contains("chen\tphone\tescalation\ttold for acme-water"))
        #expect(said.out.contains("repetition 3\tchen"))
        #expect(said.out.contains("[P2] Domestic pump 1 has no flow"))
        #expect(said.out.contains("    Usual cause: a closed valve"))
    }

    @Test func `is not asked of a time that no roster knows`() async throws {
        let site = try DutySite()
        let far = await site.run(["notices", "simulate", "pump.no_flow@P1", "--at", "9999-12-31"])
        #expect(far.code == 64 && far.err.contains("more than ten years ahead"))
    }

    @Test func `says where a message goes that its channel does not take`() async throws {
        let site = try DutySite()
        let notify = "\(site.path)/notify.yaml"
        let text = try String(contentsOfFile: notify, encoding: .utf8)
        // A circle: what went on by mail does not come back.
        try text.replacingOccurrences(
            of: "/phone\"}",
            with: "/phone\", fallback: mail, fall_through_after: {p2: 5m}}"
        ).replacingOccurrences(of: "/mail\"}", with: "/mail\", fallback: phone}")
            .write(toFile: notify, atomically: true, encoding: .utf8)
        let alarm = ["notices", "simulate", "pump.no_flow@P1", "--at", "2026-10-02 07:55"]
        #expect(await site.run(alarm).out.contains("If phone does not take it within 5m: mail."))
        let urgent = await site.run(alarm + ["--priority", "p1", "--lang", "zh"])
        #expect(urgent.out.contains("phone 若在 2m 内未能送出：改由 mail 发送。"))
        let json = try object(await site.run(alarm + ["--json"]).out)
        let fallbacks = try #require(json["fallbacks"] as? [[String: Any]])
        #expect(fallbacks.map { $0["fallback"] as? String } == ["mail"])
        #expect(fallbacks.map { $0["after_ms"] as? Int } == [300_000])
    }

    @Test func `says what quiet hours hold until the morning`() async throws {
        let site = try DutySite()
        let said = await site.run([
            "notices", "simulate", "--rule", "pump.warm", "--asset", "P2", "--at", "2026-10-03 23:30",
            "--json",
        ])
        let json = try object(said.out)
        #expect(json["route"] as? String == "default")
        #expect(json["choice"] as? String == "default")
        let entries = try #require(json["entries"] as? [[String: Any]])
        #expect(entries.map { $0["outcome"] as? String } == ["held", "held", "told", "told"])
        #expect(entries.map { $0["person"] as? String } == ["li", "sun", "li", "sun"])
        #expect(entries[0]["held_until"] as? String == "2026-10-04T07:30:00+08:00")
        #expect(entries[0]["reason"] as? String == "duty")
        #expect((entries[0]["duty"] as? [String: Any])?["people"] as? [String] == ["li"])
        #expect(entries[2]["time"] as? String == "2026-10-04T07:30:00+08:00")
        #expect(entries[2]["wave"] as? String == "morning")
        #expect((entries[2]["body"] as? String)?.contains("Domestic pump 2 has a high pressure") == true)
    }

    @Test func `is refused for what there is not`() async throws {
        let site = try DutySite()
        #expect(await site.run(["notices", "simulate", "pump.no_flo@P1"]).code == 1)
        #expect(await site.run(["notices", "simulate", "pump.no_flow@P9"]).code == 1)
        #expect(await site.run(["notices", "simulate", "--rule", "pump.no_flow"]).code == 64)
        #expect(await site.run(["notices", "simulate", "pump.no_flow@P1", "--priority", "p9"]).code == 64)
    }
}

import Acquisition
import Foundation
import Testing

@testable import sitewatch

@Suite(.timeLimit(.minutes(1))) struct `Commands about the buses` {
    @Test func `peek shows each register in every way people read one`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(
                ["peek", "pump-room", "3", "holding:0x10:2"] + connection, interactive: true)
            #expect(written.code == 0, "\(written.err)")
            #expect(
                written.out == """
                    REGISTER     HEX  UNSIGNED  SIGNED              BITS  TEXT
                    holding:16  FF41     65345    -191  1111111101000001  .A
                    holding:17  FF42     65346    -190  1111111101000010  .B

                    """)
        }
    }

    @Test(arguments: [
        ("pump-room", "9", "40001", "exception 2"), ("pump-room", "8", "input:3", "did not answer"),
        ("pump-room", "250", "input:3", "impossible-unit"), ("nowhere", "3", "input:3", "unknown-bus"),
        ("broker", "3", "input:3", "bus-is-broker"),
    ])
    func `what cannot be peeked at is said`(bus: String, unit: String, place: String, reason: String)
        async throws
    {
        try await FakeSite().whileServed { connection in
            let written = await run(["peek", bus, unit, place] + connection)
            #expect(written.code == 1)
            #expect(written.out == "")
            #expect(written.err.contains(reason), "\(written.err)")
        }
    }

    @Test(arguments: ["holding", "holding:70000", "400001:0", "50001", "input:1:126", "", "coil:65535:2"])
    func `what names no register is wrong usage`(place: String) async {
        #expect(await run(["peek", "pump-room", "3", place]).code == 64)
    }

    @Test func `a scan says who is there, who refuses, and which of them are new`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(["bus", "scan", "pump-room", "--units", "1,3,7-9"] + connection)
            #expect(written.code == 0, "\(written.err)")
            #expect(
                written.lines == [
                    "unit\tanswer\tmilliseconds\tasset\tidentity", "3\tok\t1.5\tP1\tVFD",
                    "9\texception 2\t1.5\t\t", "",
                ])
            #expect(written.err.contains("asked: 5, found: 2, not configured: 1"))
        }
    }

    @Test func `a scan as JSON is one document`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(["bus", "scan", "pump-room", "--units", "3", "--json"] + connection)
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(written.out.utf8)) as? [String: Any])
            let units = try #require(document["units"] as? [[String: Any]])
            #expect(units.first?["asset"] as? String == "P1")
            #expect(
                (units.first?["identity"] as? [String: Any])?["server_id_hex"] as? String == "11 FF 56 46 44")
        }
    }

    @Test func `watch shows frames both ways with what they say, until it ends or its time is over`()
        async throws
    {
        try await FakeSite().whileServed { connection in
            let written = await run(["bus", "watch", "pump-room"] + connection)
            #expect(written.code == 0, "\(written.err)")
            #expect(
                written.lines == [
                    "17:00:00.000 > 3  function 3 from 1 count 2  00 07 00 00 00 06 03 03 00 01 00 02",
                    "17:00:00.002 < 3  function 3 refused with 2  00 07 00 00 00 03 03 83 02", "",
                ])
            let other = await run(["bus", "watch", "pump-room", "4"] + connection)
            #expect(other.code == 0)
            #expect(other.out == "")
            let short = await run(["bus", "watch", "pump-room", "--for", "1ms"] + connection)
            #expect(short.code == 0, "\(short.err)")
            let unknown = await run(["bus", "watch", "nowhere"] + connection)
            #expect(unknown.code == 1)
            #expect(unknown.err.contains("unknown-bus"))
        }
    }

    @Test func `show tells what happened with each unit`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(["bus", "show", "pump-room"] + connection)
            #expect(written.code == 0, "\(written.err)")
            let row = "3\tP1\t4207\t4200\t5\t0\t0\t2×1 6×1\t0\t1.2\t3.4\t9.0\t250\tanswering"
            #expect(written.lines.contains(row), "\(written.out)")
            #expect(written.out.contains("00 07 00 00 00 06 03 03 00 01 00 02"))
        }
    }

    @Test func `the plan in force tells every read and its share`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(["bus", "plan", "pump-room", "--live", "--csv"] + connection)
            #expect(
                written.lines == [
                    "bus,unit,asset,function,first,count,points,bytes,milliseconds,every",
                    "pump-room,3,P1,3,holding:1,1,1,23,2.0,1000", "",
                ])
        }
    }

    @Test func `peek shows the readings near the number on a display`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(
                ["peek", "pump-room", "3", "holding:0:2", "--near=-191"] + connection)
            #expect(written.code == 0, "\(written.err)")
            #expect(written.out.contains("int16"), "\(written.out)")
        }
    }

    @Test func `a bus that does not fit is planned all the same, and found`() async throws {
        let folder = NSTemporaryDirectory() + "plan-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let site = ["--config", folder]
        _ = await run(["init"] + site)
        let fits = await run(["bus", "plan"] + site)
        #expect(fits.code == 0, "\(fits.err)")
        let buses = """
            buses:
              line: {kind: modbus-rtu, device: /dev/ttyUSB0, baud: 1200, parity: none}
            """
        let assets = """
            assets:
              P1: {class: pump, name: {zh: 泵, en: Pump}, location: B1, profile: quick, bus: line, unit: 1}
            """
        let profile = """
            profile: quick
            class: pump
            source: manual
            poll: {fast: 50ms}
            points:
              a: {register: "holding:0", type: uint16, poll: fast}
            """
        try FileManager.default.createDirectory(
            atPath: folder + "/profiles", withIntermediateDirectories: true)
        try buses.write(toFile: folder + "/buses.yaml", atomically: true, encoding: .utf8)
        for file in try FileManager.default.contentsOfDirectory(atPath: folder + "/assets") {
            try FileManager.default.removeItem(atPath: folder + "/assets/" + file)
        }
        try assets.write(toFile: folder + "/assets/all.yaml", atomically: true, encoding: .utf8)
        try profile.write(toFile: folder + "/profiles/quick.yaml", atomically: true, encoding: .utf8)
        let checked = await run(["check"] + site)
        #expect(checked.code == 2)
        #expect(
            checked.out.contains("assets/all.yaml:2:3: error: the reads of the bus line need"),
            "\(checked.out)")
        let planned = await run(["bus", "plan", "line", "--csv"] + site)
        #expect(planned.code == 2, "\(planned.err)")
        #expect(planned.out.contains("line,1,P1,3,holding:0,1,1,15,"), "\(planned.out)")
        #expect(await run(["bus", "plan", "nowhere"] + site).code == 1)
    }
}

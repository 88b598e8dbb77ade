import Acquisition
import Facility
import Foundation
import SiteConfig
import Testing

@Suite struct ConditioningTests {
    /// The map of a profile given by its points and whatever follows them.
    private func map(_ points: String) throws -> ModbusMap {
        try withTemporaryFolder { folder in
            let profiles = URL(fileURLWithPath: folder).appendingPathComponent("profiles")
            try FileManager.default.createDirectory(at: profiles, withIntermediateDirectories: true)
            let text =
                "profile: p\nclass: meter\nsource: manual\nlimits: {max_registers: 100}\npoints:\n\(points)"
            try text.write(
                to: profiles.appendingPathComponent("p.yaml"), atomically: true, encoding: .utf8)
            let library = World.loader(folder).loadProfiles()
            try #require(library.problems.filter { $0.severity == .error }.isEmpty)
            guard case .modbus(let map) = library["p"]?.profile.map else {
                throw CocoaError(.coderReadCorrupt)
            }
            return map
        }
    }

    @Test func `a meter is described in the point's own unit`() throws {
        let map = try map(
            """
              a: {register: "input:0", type: uint32, scale: 0.1, unit: kWh, counter: {maximum_rate: 2 MWh/h, width: 32}}
              b: {register: "input:2", type: float32, kind: counter, counter: {maximum_rate: 1/min, wraps_at: 1000000}}
              c: {register: "input:4", type: uint32, kind: counter}
              d: {register: "input:6", type: int16, unit: °C, maximum_rate: 9 °F/min}
              e: {register: "coil:0", hold: 5s}
              f: {register: "input:7", type: uint16, range: [0, 50], deadband: "2 %", heartbeat: 10m}
            """)
        let meanings = map.points.map(\.meaning)
        #expect(
            meanings.map(\.conditioning) == [
                .counter(.init(maximumPerHour: 2000, span: 429_496_729.6)),
                .counter(.init(maximumPerHour: 60, span: 1_000_000)), .counter(.init()),
                .limited(perHour: 300), .held(milliseconds: 5000), nil,
            ])
        #expect(meanings.prefix(3).allSatisfy { $0.kind == .counter })
        #expect(meanings[5].deadband == 1 && meanings[5].heartbeatMilliseconds == 600_000)
    }

    @Test func `a queue feeds points of its own, and no poll touches what reading removes`() throws {
        let map = try map(
            """
              waiting: {register: "input:0", type: uint16, poll: fast}
              other: {register: "input:8", type: uint16, poll: fast}
            queue:
              mode: pop
              counter: waiting
              slots: {first: "input:2", length: 3}
              code: what
              number: number
              fields:
                what: {register: "input:2", type: uint16}
                number: {register: "input:3", type: uint16}
              states:
                fire: {set: [1], clear: [2], hold: 5s}

            """)
        #expect(map.points.map(\.meaning.name) == ["waiting", "other", "what", "number", "fire"])
        #expect(
            map.queue
                == EventQueue(
                    mode: .pop, counter: 0, first: RegisterAddress(.input, 2), count: 1, length: 3,
                    fields: .init(points: [2, 3], code: 2, number: 3),
                    latches: [.init(point: 4, set: [1], clear: [2])]))
        #expect(map.points[4].meaning.conditioning == .held(milliseconds: 5000))
        let plan = PollPlan(map, cost: BusCost(.tcp(host: "192.0.2.1", port: 502)))
        #expect(plan.groups.flatMap(\.requests).map(\.first) == [0, 8])
    }
}

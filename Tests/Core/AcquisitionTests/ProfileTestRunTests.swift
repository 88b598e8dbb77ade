import Acquisition
import Facility
import Testing

@Suite struct ProfileTestRunTests {
    private let place = SourcePosition(file: "p.test.yaml", line: 1, column: 1)

    private func meaning(_ name: String, _ states: [Point.State] = []) -> PointMeaning {
        PointMeaning(name: name, label: Bilingual(zh: name, en: name), kind: .gauge, states: states)
    }

    private var polled: DeviceProfile {
        let auto = Point.State(code: 1, name: "auto", label: Bilingual(zh: "自动", en: "auto"))
        return DeviceProfile(
            id: "p", assetClass: .pump, label: Bilingual(zh: "泵", en: "Pump"), source: "here",
            isVerified: false,
            map: .modbus(
                ModbusMap(
                    maximumRegisters: 4, forbidden: [.init(.holding, 3)...(.init(.holding, 3))],
                    points: [
                        ModbusPoint(
                            meaning: meaning("level"), register: .init(.holding, 0), length: 2,
                            type: .float32, scaling: Scaling(range: 0...10), periodMilliseconds: 1000),
                        ModbusPoint(
                            meaning: meaning("mode", [auto]), register: .init(.holding, 5), length: 1,
                            type: .uint16, periodMilliseconds: nil),
                        ModbusPoint(
                            meaning: meaning("fault"), register: .init(.coil, 9), length: 1, type: .bool,
                            periodMilliseconds: 5000),
                    ])))
    }

    private func run(
        _ images: [(RegisterAddress, [UInt16])], payload: String? = nil,
        _ expectations: [(String, ProfileTestCase.Expected)], of profile: DeviceProfile? = nil
    ) -> [Message] {
        let test = ProfileTestCase(
            name: "t", position: place,
            images: images.map { .init(first: $0.0, words: $0.1, position: place) }, payload: payload,
            expectations: expectations.map { .init(point: $0.0, expected: $0.1, position: place) })
        return ProfileTestRun.run(test, of: profile ?? polled).map(\.message)
    }

    @Test func `values, states, contacts and faults are compared as people write them`() {
        let image: [(RegisterAddress, [UInt16])] = [
            (.init(.holding, 0), [0x40A0, 0]), (.init(.holding, 5), [1]), (.init(.coil, 9), [1]),
        ]
        #expect(run(image, [("level", .number(5)), ("mode", .text("auto")), ("fault", .flag(true))]) == [])
        let wrong = run(
            image, [("level", .bad("out_of_range")), ("mode", .number(2)), ("fault", .flag(false))])
        #expect(wrong.map { $0.arguments["actual"] } == ["5", "auto", "true"])
        let beyond = [(RegisterAddress(.holding, 0), [0x4130, 0] as [UInt16])]
        #expect(run(beyond, [("level", .bad("out_of_range"))]) == [])
        #expect(run(beyond, [("level", .number(11))]).map { $0.arguments["actual"] } == ["bad(out_of_range)"])
    }

    @Test func `a float is equal to its shortest decimal and to nothing else`() {
        // 0x3DCCCCCD is the float nearest to 0.1.
        let image = [(RegisterAddress(.holding, 0), [0x3DCC, 0xCCCD] as [UInt16])]
        #expect(run(image, [("level", .number(0.1))]) == [])
        #expect(run(image, [("level", .number(0.100001))]).count == 1)
    }

    @Test func `a situation that cannot be is said to be so`() {
        #expect(
            run([(.init(.holding, 0), [1])], [("level", .number(0))]).map(\.key) == [
                "profile-test.not-in-image"
            ])
        #expect(
            run([(.init(.holding, 65_535), [1, 2])], []).map(\.key) == ["profile-test.register-twice"])
        #expect(run([], [("speed", .number(0))]).map(\.key) == ["profile-test.unknown-point"])
        #expect(run([], payload: "{}", []).map(\.key) == ["profile-test.payload-of-polled"])
    }

    @Test func `payloads are read by the decoder of the daemon`() {
        let profile = DeviceProfile(
            id: "m", assetClass: .sensor, label: Bilingual(zh: "传感器", en: "Sensor"), source: "here",
            isVerified: false,
            map: .mqtt(
                MQTTMap(
                    topic: "t", expectedMilliseconds: 1000, availability: nil,
                    points: [
                        MQTTPoint(meaning: meaning("level"), pointer: "/level", type: .number),
                        MQTTPoint(meaning: meaning("open"), pointer: "/open", type: .bool),
                    ])))
        #expect(
            run(
                [], payload: #"{"level":1.5,"open":"ON"}"#, [("level", .number(1.5)), ("open", .flag(true))],
                of: profile) == [])
        #expect(
            run([], payload: #"{"level":null}"#, [("level", .bad("sensor_fault"))], of: profile) == [])
        let silent = run([], payload: "{}", [("level", .number(1))], of: profile)
        #expect(silent.map { $0.arguments["actual"] } == [.message(Message("profile-test.nothing"))])
        #expect(run([], [], of: profile).map(\.key) == ["profile-test.no-payload"])
        #expect(
            run([(.init(.input, 0), [1])], payload: "{}", [], of: profile).map(\.key) == [
                "profile-test.registers-of-published"
            ])
    }

    @Test func `a queue of events is drained until its states stand`() {
        let field = { (name: String, address: UInt16) in
            ModbusPoint(
                meaning: meaning(name), register: .init(.input, address), length: 1, type: .uint16,
                periodMilliseconds: 1000)
        }
        let map = ModbusMap(
            points: [field("newest", 0), field("code", 16), field("device", 17), field("fire", 16)],
            queue: EventQueue(
                mode: .ring(firstNumber: 1), counter: 0, first: .init(.input, 16), count: 4, length: 2,
                fields: .init(points: [1, 2], code: 1, device: 2),
                latches: [.init(point: 3, set: [1], clear: [2])], start: .all))
        let panel = DeviceProfile(
            id: "q", assetClass: .firePanel, label: Bilingual(zh: "主机", en: "Panel"), source: "here",
            isVerified: false, map: .modbus(map))
        let ring: [(RegisterAddress, [UInt16])] = [
            (.init(.input, 0), [3]), (.init(.input, 16), [1, 17, 7, 4, 1, 21]),
        ]
        #expect(run(ring, [("fire", .flag(true)), ("device", .number(21))], of: panel) == [])
        let quiet: [(RegisterAddress, [UInt16])] = [
            (.init(.input, 0), [2]), (.init(.input, 16), [1, 17, 2, 17]),
        ]
        #expect(run(quiet, [("fire", .flag(false)), ("code", .number(2))], of: panel) == [])
    }

    @Test func `points that no situation mentions are found`() {
        let test = ProfileTestCase(
            name: "t", position: place,
            expectations: [.init(point: "mode", expected: .text("auto"), position: place)])
        #expect(ProfileTestRun.untested(polled, by: [test]) == ["level", "fault"])
    }

    @Test func `every fault has a word of its own`() {
        let faults = (UInt8.min...UInt8.max).compactMap { Fault(code: $0) }
        #expect(Set(faults.map(\.word)).count == faults.count)
        #expect(Fault.sensorFault.word == "sensor_fault")
        #expect(Fault.exception(2).word == "exception_2")
    }
}

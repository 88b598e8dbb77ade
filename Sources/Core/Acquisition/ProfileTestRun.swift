public import Facility

/// What a device says in one situation, and what its profile must make of it.
public struct ProfileTestCase: Hashable, Sendable {
    /// Neighbouring registers, or bits with one of them per word.
    public struct Image: Hashable, Sendable {
        /// Where they start.
        public let first: RegisterAddress
        /// What they hold.
        public let words: [UInt16]
        /// Where the file says so.
        public let position: SourcePosition

        /// Describes registers.
        public init(first: RegisterAddress, words: [UInt16], position: SourcePosition) {
            self.first = first
            self.words = words
            self.position = position
        }
    }

    /// What must become of a point.
    public enum Expected: Hashable, Sendable {
        /// A number.
        case number(Double)
        /// A contact.
        case flag(Bool)
        /// Characters, or the name of a state.
        case text(String)
        /// No usable value, for the named reason: `sensor_fault`.
        case bad(String)
    }

    /// What must become of one point.
    public struct Expectation: Hashable, Sendable {
        /// The point.
        public let point: String
        /// What must become of it.
        public let expected: Expected
        /// Where the file says so.
        public let position: SourcePosition

        /// Describes an expectation.
        public init(point: String, expected: Expected, position: SourcePosition) {
            self.point = point
            self.expected = expected
            self.position = position
        }
    }

    /// What the situation is.
    public let name: String
    /// Where it stands in its file.
    public let position: SourcePosition
    /// The registers and bits of a polled device.
    public let images: [Image]
    /// What a publishing device sends; nil for a polled one.
    public let payload: String?
    /// What must become of its points.
    public let expectations: [Expectation]

    /// Describes a situation.
    public init(
        name: String, position: SourcePosition, images: [Image] = [], payload: String? = nil,
        expectations: [Expectation]
    ) {
        self.name = name
        self.position = position
        self.images = images
        self.payload = payload
        self.expectations = expectations
    }
}

/// Reads a device that exists in a file only: with the reads the daemon would send and the decoders it uses.
public enum ProfileTestRun {
    /// What came out otherwise than expected; none if the profile reads the situation right.
    ///
    /// - Parameter textOfGBK: makes text out of GBK; without it such texts cannot be decoded.
    public static func run(
        _ test: ProfileTestCase, of profile: DeviceProfile, textOfGBK: @escaping TextDecoding = { _ in nil }
    ) -> [Problem] {
        let samples: [String: Sample]
        var problems: [Problem] = []
        switch profile.map {
        case .modbus(let map):
            if test.payload != nil {
                problems.append(Problem(at: test.position, Message("profile-test.payload-of-polled")))
            }
            samples = read(map, test, profile, textOfGBK, into: &problems)
        case .mqtt(let map):
            if let image = test.images.first {
                problems.append(Problem(at: image.position, Message("profile-test.registers-of-published")))
            }
            samples = receive(map, test, profile, into: &problems)
        }
        guard problems.isEmpty else { return problems }
        let meanings = Dictionary(
            profile.meanings.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for expectation in test.expectations {
            guard let meaning = meanings[expectation.point] else {
                problems.append(unknown(expectation, profile))
                continue
            }
            let found = samples[expectation.point].map { ReadingText($0, meaning) }
            guard found?.is(expectation.expected) != true else { continue }
            problems.append(
                Problem(
                    at: expectation.position,
                    Message(
                        "profile-test.differs",
                        [
                            "point": .text(expectation.point),
                            "expected": .text(ReadingText.text(expectation.expected)),
                            "actual": found.map { .text($0.text) }
                                ?? .message(Message("profile-test.nothing")),
                        ])))
        }
        return problems
    }

    /// The points of a profile that no situation says anything about.
    public static func untested(_ profile: DeviceProfile, by tests: [ProfileTestCase]) -> [String] {
        let tested = Set(tests.flatMap(\.expectations).map(\.point))
        return profile.meanings.map(\.name).filter { !tested.contains($0) }
    }

    private static func unknown(_ expectation: ProfileTestCase.Expectation, _ profile: DeviceProfile)
        -> Problem
    {
        Problem(
            at: expectation.position,
            Message(
                "profile-test.unknown-point",
                ["point": .text(expectation.point), "profile": .text(profile.id)]))
    }

    // MARK: Polled devices

    private static func read(
        _ map: ModbusMap, _ test: ProfileTestCase, _ profile: DeviceProfile,
        _ textOfGBK: @escaping TextDecoding, into problems: inout [Problem]
    ) -> [String: Sample] {
        var words: [RegisterAddress: UInt16] = [:]
        for image in test.images {
            for (offset, word) in image.words.enumerated() {
                guard let address = UInt16(exactly: Int(image.first.address) + offset),
                    words.updateValue(word, forKey: RegisterAddress(image.first.area, address)) == nil
                else {
                    problems.append(
                        Problem(
                            at: image.position,
                            Message(
                                "profile-test.register-twice", ["register": .text("\(image.first)")])))
                    break
                }
            }
        }
        let wanted = Set(test.expectations.map(\.point))
        for (index, point) in map.points.enumerated() {
            // What comes out of a queue stands in whatever slot the queue has reached.
            guard wanted.contains(point.meaning.name), map.queue?.feeds(index) != true else { continue }
            guard let missing = point.addresses.first(where: { words[$0] == nil }) else { continue }
            problems.append(
                Problem(
                    at: test.position,
                    Message(
                        "profile-test.not-in-image",
                        ["register": .text("\(missing)"), "point": .text(point.meaning.name)])))
        }
        let unit = ModbusUnit(
            asset: AssetID(profile.id), unit: 1, map: map, points: map.points.indices.map { PointID($0) })
        let samples = map.queue == nil ? planned(unit, words, textOfGBK) : drained(unit, words, textOfGBK)
        return named(samples, map.points.map(\.meaning))
    }

    private static let line = ModbusBus.Endpoint.serial(device: "", baud: 9600, parity: .none, stopBits: 1)

    /// What the planned reads bring, each sent once.
    private static func planned(
        _ unit: ModbusUnit, _ words: [RegisterAddress: UInt16], _ textOfGBK: @escaping TextDecoding
    ) -> [Sample] {
        let plan = PollPlan(unit.map, cost: BusCost(line))
        var decoder = RegisterDecoder(unit, textOfGBK: textOfGBK)
        var samples: [Sample] = []
        // In the second pass every scale that a register says is known, whatever order the reads have.
        for _ in 0..<2 {
            samples.removeAll()
            for request in plan.groups.flatMap(\.requests) {
                decoder.decode(
                    request, answer(request.area, request.first, request.count, words), payloadAt: 0, at: 0,
                    into: &samples)
            }
        }
        return samples
    }

    /// What a bus says of a device with a queue, once it had the time to drain it.
    private static func drained(
        _ unit: ModbusUnit, _ words: [RegisterAddress: UInt16], _ textOfGBK: @escaping TextDecoding
    ) -> [Sample] {
        let bus = ModbusBus(
            id: "test", endpoint: line, timeoutMilliseconds: 1000, requestDelayMilliseconds: 0, units: [unit])
        var now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        var machine = PollMachine(bus, seed: 1, at: now, textOfGBK: textOfGBK)
        var samples: [Sample] = []
        // Every poll class has its turn twice, and a full queue is drained.
        let periods = unit.map.points.compactMap(\.periodMilliseconds)
        let end = 2 * (periods.max() ?? 0) + 10_000
        while now.uptimeMilliseconds < end {
            var decision = PollMachine.Decision()
            switch machine.next(at: now.uptimeMilliseconds) {
            case .connect: machine.handleConnection(.connected, at: now, into: &decision)
            case .disconnect, .drain: now = now.later(by: 1)
            case .wait(let until):
                now = now.later(by: max(1, min(until, end) - now.uptimeMilliseconds))
            case .read(let read):
                guard case .registers(let area, let first, let count) = read.question else { return samples }
                let sent = now
                now = now.later(by: 5)
                machine.handle(
                    .answered(payloadAt: 0), of: read, reply: answer(area, first, count, words),
                    timing: .init(sent: sent, ended: now, microseconds: 5000), into: &decision)
            }
            samples += decision.samples
        }
        return samples
    }

    /// The measurements a device with these registers answers with; registers nobody named hold 0.
    private static func answer(
        _ area: RegisterArea, _ first: UInt16, _ count: Int, _ words: [RegisterAddress: UInt16]
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: area.isBits ? (count + 7) / 8 : 2 * count)
        for offset in 0..<count {
            let word = words[RegisterAddress(area, UInt16(Int(first) + offset))] ?? 0
            if area.isBits {
                if word != 0 { bytes[offset >> 3] |= 1 << UInt8(offset & 7) }
            } else {
                bytes[2 * offset] = UInt8(word >> 8)
                bytes[2 * offset + 1] = UInt8(truncatingIfNeeded: word)
            }
        }
        return bytes
    }

    // MARK: Publishing devices

    private static func receive(
        _ map: MQTTMap, _ test: ProfileTestCase, _ profile: DeviceProfile, into problems: inout [Problem]
    ) -> [String: Sample] {
        guard let payload = test.payload else {
            problems.append(Problem(at: test.position, Message("profile-test.no-payload")))
            return [:]
        }
        let source = MQTTSource(
            asset: AssetID(profile.id), topic: map.topic, availabilityTopic: map.availability?.topic,
            map: map, points: map.points.indices.map { PointID($0) })
        var samples: [Sample] = []
        var decoder = PayloadDecoder(source)
        _ = decoder.decode(Array(payload.utf8), isRetained: false, at: 0, into: &samples)
        return named(samples, map.points.map(\.meaning))
    }

    private static func named(_ samples: [Sample], _ meanings: [PointMeaning]) -> [String: Sample] {
        Dictionary(
            samples.map { (meanings[Int($0.point.index)].name, $0) }, uniquingKeysWith: { _, last in last })
    }
}

/// A sample as test files write it.
private struct ReadingText {
    let sample: Sample
    let meaning: PointMeaning

    init(_ sample: Sample, _ meaning: PointMeaning) {
        self.sample = sample
        self.meaning = meaning
    }

    /// Whether the sample is what was expected.
    func `is`(_ expected: ProfileTestCase.Expected) -> Bool {
        switch (expected, sample.value) {
        case (.bad(let name), nil): name == fault
        case (.number(let wanted), .number(let found)): Self.agree(wanted, found)
        case (.number(let wanted), .integer(let found)): wanted == Double(found)
        case (.flag(let wanted), .flag(let found)): wanted == found
        case (.flag(let wanted), .integer(let found)): state == nil && wanted == (found != 0)
        case (.text(let wanted), .text(let found)): wanted == found
        case (.text(let wanted), .integer): wanted == state
        case (.text(let wanted), .flag): wanted == state
        case (.bad, .some), (.number, _), (.flag, _), (.text, _): false
        }
    }

    /// What was read.
    var text: String {
        guard let value = sample.value else { return "bad(\(fault))" }
        if let state { return state }
        return switch value {
        case .number(let number): Self.number(number)
        case .integer(let integer): String(integer)
        case .flag(let flag): String(flag)
        case .text(let text): "\"\(text)\""
        }
    }

    static func text(_ expected: ProfileTestCase.Expected) -> String {
        switch expected {
        case .number(let number): Self.number(number)
        case .flag(let flag): String(flag)
        case .text(let text): text
        case .bad(let name): "bad(\(name))"
        }
    }

    private var state: String? {
        let code: Int64?
        switch sample.value {
        case .integer(let integer): code = integer
        case .flag(let flag): code = flag ? 1 : 0
        case .number, .text, nil: code = nil
        }
        return code.flatMap { code in meaning.states.first { $0.code == code }?.name }
    }

    private var fault: String {
        guard case .bad(let fault) = sample.quality else { return "" }
        return fault.word
    }

    /// Equal as far as the 24 bits of a float32 can say: files write its shortest decimal.
    private static func agree(_ wanted: Double, _ found: Double) -> Bool {
        (wanted - found).magnitude <= max(wanted.magnitude, found.magnitude) * 0x1p-24
    }

    private static func number(_ number: Double) -> String {
        Int64(exactly: number).map { String($0) } ?? "\(number)"
    }
}

extension Fault {
    /// The fault as test files write it: `sensor_fault`, `exception_2`.
    public var word: String {
        let name = String(message.key.drop { $0 != "." }.dropFirst().map { $0 == "-" ? "_" : $0 })
        if case .exception(let code) = self { return "\(name)_\(code)" }
        return name
    }
}

extension ModbusPoint {
    /// The registers or bits the point takes.
    public var addresses: [RegisterAddress] {
        (0..<length).compactMap { offset in
            UInt16(exactly: Int(register.address) + offset).map { RegisterAddress(register.area, $0) }
        }
    }
}

extension Moment {
    fileprivate func later(by milliseconds: Int64) -> Moment {
        Moment(
            wallMilliseconds: wallMilliseconds + milliseconds,
            uptimeMilliseconds: uptimeMilliseconds + milliseconds)
    }
}

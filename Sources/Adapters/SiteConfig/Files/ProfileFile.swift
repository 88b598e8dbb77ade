internal import Acquisition
internal import Facility

/// A device profile as its file describes it.
struct ProfileFile {
    let profile: DeviceProfile
    let namePosition: SourcePosition

    /// The form of a profile: one that has a topic receives, every other one is polled.
    static let form = Form<ProfileFile>(
        schema: .either([
            ModbusProfileShape.form.schema, MQTTProfileShape.form.schema, SparkplugProfileShape.form.schema,
        ])
    ) { node, problems in
        if node["sparkplug"] != nil { return SparkplugProfileShape.form.read(node, problems) }
        let isReceived = node["topic"] != nil || node["expect_every"] != nil
        return (isReceived ? MQTTProfileShape.form : ModbusProfileShape.form).read(node, problems)
    }
}

/// What every profile says, whatever way it speaks.
struct ProfileHead {
    let name: Located<String>
    let assetClass: AssetClass
    let label: Bilingual
    let source: String
    let isVerified: Bool

    /// The head of a profile; nil if something that is needed is missing.
    init?(
        _ name: Located<String>?, _ assetClass: AssetClass?, _ label: Bilingual?, _ source: String?,
        _ isVerified: Bool?
    ) {
        guard let name, let assetClass, let source else { return nil }
        self.name = name
        self.assetClass = assetClass
        self.label = label ?? Bilingual(zh: name.value, en: name.value)
        self.source = source
        self.isVerified = isVerified ?? false
    }

    func file(_ map: DeviceProfile.Map) -> ProfileFile {
        ProfileFile(
            profile: DeviceProfile(
                id: name.value, assetClass: assetClass, label: label, source: source, isVerified: isVerified,
                map: map),
            namePosition: name.position)
    }
}

struct ModbusProfileShape: Shape {
    static let title = "profile"
    static let form = Form<ProfileFile>.section(Self.self) { section in
        let head = ProfileHead(
            section(\.profile), section(\.assetClass), section(\.label), section(\.source),
            section(\.verified))
        let periods = section(\.poll) ?? .standard
        let limits = section(\.limits) ?? .standard
        let entries = section(\.points)
        let queueEntry = section(\.queue)
        guard let head, let entries else { return nil }
        let polled = entries.compactMap {
            ModbusPointBuilder(
                entry: $0, others: entries, periods: periods, limits: limits, problems: section.problems
            ).point
        }
        let built = queueEntry.flatMap {
            QueueBuilder(
                entry: $0, points: polled, names: Set(entries.map(\.name)), limits: limits,
                problems: section.problems
            ).built
        }
        // Reading a record of a popping queue removes it: no other read may touch it.
        let removing = built.flatMap { $0.queue.mode == .pop ? $0.queue.registers : nil }
        return head.file(
            .modbus(
                ModbusMap(
                    maximumRegisters: limits.registers, maximumBits: limits.bits,
                    bitAlignment: limits.bitAlignment,
                    forbidden: limits.forbidden + (removing.map { [$0] } ?? []),
                    blocks: limits.blocks, points: built?.points ?? polled, queue: built?.queue)))
    }

    let profile = Key("profile", Form<String>.name(.file).located, required: true)
    let assetClass = Key("class", Form<AssetClass>.choice("class"), required: true)
    let label = Key("name", BilingualShape.label)
    let source = Key("source", Form<String>.text(), required: true)
    let verified = Key("verified", Form<Bool>.truth)
    let poll = Key("poll", PollShape.form)
    let limits = Key("limits", ReadLimitsShape.form)
    let points = Key("points", Form.table(.identifier, of: ModbusPointShape.form), required: true)
    let queue = Key("queue", QueueShape.form)
}

/// How often the points of a polled device are read.
enum PollClass: String, CaseIterable, Sendable {
    case fast
    case normal
    case slow
    case once
}

struct PollShape: Shape {
    struct Periods: Sendable {
        let fast: Int64
        let normal: Int64
        let slow: Int64

        static let standard = Periods(fast: 1000, normal: 5000, slow: 60_000)

        /// The period of a class, milliseconds; nil for once after each connection.
        func milliseconds(_ poll: PollClass) -> Int64? {
            switch poll {
            case .fast: fast
            case .normal: normal
            case .slow: slow
            case .once: nil
            }
        }
    }

    static let title = "poll"
    static let form = Form<Periods>.section(Self.self) { section in
        let standard = Periods.standard
        let periods = Periods(
            fast: section(\.fast) ?? standard.fast, normal: section(\.normal) ?? standard.normal,
            slow: section(\.slow) ?? standard.slow)
        guard periods.fast <= periods.normal, periods.normal <= periods.slow else {
            section.problems.add(at: section.position, Message("config.poll-order"))
            return nil
        }
        return periods
    }
    private static let period = Form<Int64>.duration(50...86_400_000)

    let fast = Key("fast", period)
    let normal = Key("normal", period)
    let slow = Key("slow", period)
}

struct ReadLimitsShape: Shape {
    struct Limits: Sendable {
        let registers: Int
        let bits: Int
        let bitAlignment: Int
        let forbidden: [ClosedRange<RegisterAddress>]
        let blocks: [ClosedRange<RegisterAddress>]

        static let standard = Limits(
            registers: 120, bits: 2000, bitAlignment: 1, forbidden: [], blocks: [])
    }

    static let title = "read-limits"
    static let form = Form<Limits>.section(Self.self) { section in
        let limits = Limits(
            registers: section(\.maxRegisters) ?? Limits.standard.registers,
            bits: section(\.maxBits) ?? Limits.standard.bits,
            bitAlignment: section(\.bitAlignment) ?? Limits.standard.bitAlignment,
            forbidden: section(\.forbidden) ?? [], blocks: (section(\.blocks) ?? []).map(\.value))
        check(section(\.blocks) ?? [], limits, section.problems)
        return limits
    }

    /// Reports every block that no read can fetch whole.
    private static func check(
        _ blocks: [Located<ClosedRange<RegisterAddress>>], _ limits: Limits, _ problems: ProblemList
    ) {
        for (index, block) in blocks.enumerated() {
            let area = block.value.lowerBound.area
            let first = block.value.lowerBound.address
            let length = Int(block.value.upperBound.address) - Int(first) + 1
            let maximum = area.isBits ? limits.bits : limits.registers
            if length > maximum {
                problems.add(
                    at: block.position,
                    Message(
                        "config.block-too-long",
                        ["length": .text(String(length)), "maximum": .text(String(maximum))]))
            }
            if area.isBits, Int(first) % limits.bitAlignment != 0 {
                problems.add(
                    at: block.position,
                    Message("config.block-alignment", ["alignment": .text(String(limits.bitAlignment))]))
            }
            let others = blocks[..<index].map(\.value) + limits.forbidden
            if let other = others.first(where: { $0.overlaps(block.value) }) {
                problems.add(
                    at: block.position,
                    Message(
                        "config.block-overlaps",
                        ["first": .text("\(other.lowerBound)"), "last": .text("\(other.upperBound)")]))
            }
        }
    }

    let maxRegisters = Key("max_registers", Form<Int>.integer(1...125))
    let maxBits = Key("max_bits", Form<Int>.integer(1...2000))
    let bitAlignment = Key("bit_alignment", Form<Int>.integer(1...2000))
    let forbidden = Key("forbidden", Form.list(of: RegisterReference.rangeForm, count: 0...1000))
    let blocks = Key("blocks", Form.list(of: RegisterReference.rangeForm.located, count: 0...1000))
}

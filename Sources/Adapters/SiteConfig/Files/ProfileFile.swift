internal import Acquisition
internal import Facility

/// A device profile as its file describes it.
struct ProfileFile {
    let profile: DeviceProfile
    let namePosition: SourcePosition

    /// The form of a profile: one that has a topic receives, every other one is polled.
    static let form = Form<ProfileFile>(
        schema: .either([ModbusProfileShape.form.schema, MQTTProfileShape.form.schema])
    ) { node, problems in
        let isReceived = node["topic"] != nil || node["expect_every"] != nil
        return (isReceived ? MQTTProfileShape.form : ModbusProfileShape.form).read(node, problems)
    }
}

/// What every profile says, whatever way it speaks.
private struct ProfileHead {
    let name: Located<String>
    let assetClass: AssetClass
    let label: Bilingual
    let source: String
    let isVerified: Bool

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
        let name = section(\.profile)
        let assetClass = section(\.assetClass)
        let label = section(\.label)
        let source = section(\.source)
        let isVerified = section(\.verified) ?? false
        let periods = section(\.poll) ?? .standard
        let limits = section(\.limits) ?? .standard
        let entries = section(\.points)
        guard let name, let assetClass, let source, let entries else { return nil }
        let points = entries.compactMap {
            ModbusPointBuilder(
                entry: $0, others: entries, periods: periods, limits: limits, problems: section.problems
            ).point
        }
        let head = ProfileHead(
            name: name, assetClass: assetClass, label: label ?? Bilingual(zh: name.value, en: name.value),
            source: source, isVerified: isVerified)
        return head.file(
            .modbus(
                ModbusMap(
                    maximumRegisters: limits.registers, maximumBits: limits.bits,
                    bitAlignment: limits.bitAlignment, forbidden: limits.forbidden, blocks: limits.blocks,
                    points: points)))
    }

    let profile = Key("profile", Form<String>.name(.file).located, required: true)
    let assetClass = Key("class", Form<AssetClass>.choice("class"), required: true)
    let label = Key("name", BilingualShape.label)
    let source = Key("source", Form<String>.text(), required: true)
    let verified = Key("verified", Form<Bool>.truth)
    let poll = Key("poll", PollShape.form)
    let limits = Key("limits", ReadLimitsShape.form)
    let points = Key("points", Form.table(.identifier, of: ModbusPointShape.form), required: true)
}

struct MQTTProfileShape: Shape {
    static let title = "profile"
    static let form = Form<ProfileFile>.section(Self.self) { section in
        let name = section(\.profile)
        let assetClass = section(\.assetClass)
        let label = section(\.label)
        let source = section(\.source)
        let isVerified = section(\.verified) ?? false
        let topic = section(\.topic)
        let expected = section(\.expectEvery)
        let availability = section(\.availability)
        let entries = section(\.points)
        guard let name, let assetClass, let source, let topic, let expected, let entries else { return nil }
        let points = entries.compactMap {
            MQTTPointBuilder(entry: $0, expectedMilliseconds: expected, problems: section.problems).point
        }
        let head = ProfileHead(
            name: name, assetClass: assetClass, label: label ?? Bilingual(zh: name.value, en: name.value),
            source: source, isVerified: isVerified)
        return head.file(
            .mqtt(
                MQTTMap(
                    topic: topic, expectedMilliseconds: expected, availability: availability, points: points))
        )
    }

    let profile = Key("profile", Form<String>.name(.file).located, required: true)
    let assetClass = Key("class", Form<AssetClass>.choice("class"), required: true)
    let label = Key("name", BilingualShape.label)
    let source = Key("source", Form<String>.text(), required: true)
    let verified = Key("verified", Form<Bool>.truth)
    let topic = Key("topic", Topics.form, required: true)
    let expectEvery = Key("expect_every", Form<Int64>.duration(1000...7 * 86_400_000), required: true)
    let availability = Key("availability", AvailabilityShape.form)
    let points = Key("points", Form.table(.identifier, of: MQTTPointShape.form), required: true)
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

struct AvailabilityShape: Shape {
    static let title = "availability"
    static let form = Form<MQTTMap.Availability>.section(Self.self) { section in
        let topic = section(\.topic)
        let online = section(\.online)
        let offline = section(\.offline)
        guard let topic, let online, let offline else { return nil }
        guard online != offline else {
            section.report(\.offline, Message("config.availability-same"))
            return nil
        }
        return MQTTMap.Availability(topic: topic, online: online, offline: offline)
    }

    let topic = Key("topic", Topics.form, required: true)
    let online = Key("online", Form<String>.anyText, required: true)
    let offline = Key("offline", Form<String>.anyText, required: true)
}

/// Topics with places for the asset and its address.
enum Topics {
    static let places = ["asset", "address"]

    static let form = Form<String>.text(maximum: 1000).map { topic -> Result<String, Refusal> in
        guard !topic.contains(where: { "+#".contains($0) }) else {
            return .failure(Refusal("config.topic-wildcard"))
        }
        guard let found = placeNames(in: topic) else { return .failure(Refusal("config.topic-braces")) }
        for place in found where !places.contains(place) {
            return .failure(Refusal(.unknown("topic-place", place, among: places)))
        }
        return .success(topic)
    }

    /// Whether a topic can be subscribed to as it is.
    static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 1000 && !text.contains { "+#{}".contains($0) }
    }

    /// A topic with its places filled.
    static func fill(_ topic: String, asset: String, address: String) -> String {
        MessageCatalog.fill(topic, with: ["asset": asset, "address": address])
    }

    private static func placeNames(in topic: String) -> [String]? {
        var names: [String] = []
        var open: String?
        for character in topic {
            switch (character, open) {
            case ("{", nil): open = ""
            case ("}", .some(let name)):
                names.append(name)
                open = nil
            case ("{", .some), ("}", nil): return nil
            case (_, .some(let name)): open = name + String(character)
            case (_, nil): break
            }
        }
        return open == nil ? names : nil
    }
}

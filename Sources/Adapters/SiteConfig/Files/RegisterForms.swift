internal import Acquisition
internal import Facility

/// A byte order under one of its names.
struct OrderName: Sendable {
    /// The name as written: a letter per byte.
    let name: String
    /// The order.
    let order: ByteOrder

    static let form = Form<OrderName>.choice(
        "order", ByteOrder.names.map { ($0.0, OrderName(name: $0.0, order: $0.1)) })
}

/// The points that say how a point is scaled.
struct ScaleFromShape: Shape {
    static let title = "scale-from"
    static let example = "{exponent: v_sf}"
    static let form = Form<[Located<ScaleSource>]>.section(Self.self) { section in
        let sources =
            [
                (section(\.exponent), ScaleSource.Use.exponent), (section(\.decimals), .decimals),
                (section(\.factor), .factor), (section(\.divisor), .divisor),
            ].flatMap { names, use in
                (names ?? []).map { Located(ScaleSource($0.value, use), at: $0.position) }
            }
        guard !sources.isEmpty || !section.keys.isEmpty else {
            section.problems.add(at: section.position, Message("config.scale-from-empty"))
            return nil
        }
        return sources
    }

    let exponent = Key("exponent", points)
    let decimals = Key("decimals", points)
    let factor = Key("factor", points)
    let divisor = Key("divisor", points)

    /// One point, or some.
    private static let points = Form<[Located<String>]>(
        schema: .either([name.schema, .list(name.schema, count: 1...4)])
    ) { node, problems in
        guard case .list = node.content else { return name.read(node, problems).map { [$0] } }
        return Form.list(of: name, count: 1...4).read(node, problems)
    }
    private static let name = Form<String>.name(.identifier).located
}

/// Raw values by which a device says that it has no measurement: one, or some in a row.
struct Sentinel: Sendable {
    /// The first and the last, as written.
    let range: ClosedRange<Int128>
    /// Whether they are written as bits: in hexadecimal.
    let isBits: Bool

    /// A number, or two with two dots between them: `0x7FFF`, `-1`, `"0xFFF8..0xFFFF"`.
    static let form = Form<Sentinel>(
        schema: .either([
            Form<Int128>.rawInteger.schema, .text(pattern: "^\(number)\\.\\.\(number)$", maximum: nil),
        ])
    ) { node, problems in
        guard case .scalar(let text, let isPlain) = node.content, let (first, last) = numbers(text),
            last != nil || isPlain
        else {
            problems.add(expected: Message("config.form.sentinel"), found: node)
            return nil
        }
        guard first < last ?? .max else {
            problems.add(at: node.position, Message("config.bad-order"))
            return nil
        }
        return Sentinel(range: first...(last ?? first), isBits: text.contains("x"))
    }

    /// The one number of a text, or its two numbers.
    private static func numbers(_ text: String) -> (Int128, Int128?)? {
        guard let dots = text.firstRange(of: "..") else { return WholeNumber(text).map { ($0.signed, nil) } }
        guard let first = WholeNumber(String(text[..<dots.lowerBound])),
            let last = WholeNumber(String(text[dots.upperBound...]))
        else { return nil }
        return (first.signed, last.signed)
    }
    private static let number = "-?(0x[0-9A-Fa-f]{1,16}|[0-9]{1,20})"
}

/// Raw values that mean "no measurement", as the device's own bits.
struct SentinelBits {
    let type: RegisterType
    let width: Int

    func values(_ written: [Located<Sentinel>], _ problems: ProblemList) -> [ClosedRange<UInt64>] {
        written.flatMap { sentinel -> [ClosedRange<UInt64>] in
            guard type != .bool, type != .string else {
                problems.add(
                    at: sentinel.position, Message("config.bad-of-type", ["type": .text(type.rawValue)]))
                return []
            }
            let range = sentinel.value.range
            if type.coding == .float, !sentinel.value.isBits {
                guard range.lowerBound == range.upperBound, let bits = floatBits(Double(range.lowerBound))
                else {
                    problems.add(
                        at: sentinel.position, Message("config.bad-of-float", ["type": .text(type.rawValue)]))
                    return []
                }
                return [bits...bits]
            }
            guard let (lower, upper) = bits(range.lowerBound, range.upperBound) else {
                let outside =
                    bits(range.lowerBound, range.lowerBound) == nil ? range.lowerBound : range.upperBound
                problems.add(
                    at: sentinel.position,
                    Message(
                        "config.bad-outside",
                        ["value": .text(String(outside)), "bits": .text(String(width))]))
                return []
            }
            // Numbers from below zero to above it are two rows of bits.
            return lower <= upper ? [lower...upper] : [lower...mask, 0...upper]
        }
    }

    private var mask: UInt64 { .max >> UInt64(64 - min(width, 64)) }

    private func bits(_ lower: Int128, _ upper: Int128) -> (UInt64, UInt64)? {
        let span = Int128(mask) + 1
        guard lower >= -span / 2, upper < span else { return nil }
        // What is no bits and below zero is a number in two's complement: its row must not reach the sign bit.
        guard lower >= 0 || upper < span / 2 else { return nil }
        return (UInt64(truncatingIfNeeded: lower) & mask, UInt64(truncatingIfNeeded: upper) & mask)
    }

    /// The bits of a number; nil for the types that files write no numbers of.
    private func floatBits(_ number: Double) -> UInt64? {
        switch width {
        case 32: UInt64(Float(number).bitPattern)
        case 64: number.bitPattern
        default: nil
        }
    }
}

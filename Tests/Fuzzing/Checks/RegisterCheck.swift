import Acquisition
import Facility

/// Every answer of the right length decodes to one sample per point, and never to a number that is none.
enum RegisterCheck {
    static func finding(_ bytes: [UInt8]) -> String? {
        var input = FuzzInput(bytes)
        let map = map(&input)
        let unit = ModbusUnit(
            asset: "A", unit: 1, map: map, points: map.points.indices.map { PointID($0 + 7) })
        let request = covering(map)
        guard request.replyBytes <= 250 else { return nil }
        var decoder = RegisterDecoder(unit, textOfGBK: { String(validating: $0, as: UTF8.self) })
        for round in 0..<3 {
            if round > 0, input.isAtEnd { break }
            let payload = input.take(request.replyBytes)
            let frame =
                [0, 1, 0, 0, 0, UInt8(3 + payload.count), 1, request.area.function]
                + [UInt8(payload.count)] + payload
            guard
                case .payload(let place) = ReadFrame.judge(
                    frame, length: frame.count, question: request.question, unit: 1, transaction: 1,
                    isOutstanding: { _ in false })
            else { return "the answer is not believed" }
            let samples = samples(&decoder, request, frame, at: place)
            if samples.map(\.point) != request.points.map({ PointID($0 + 7) }) {
                return "not one sample per point, in their order"
            }
            for (sample, index) in zip(samples, request.points) {
                if let finding = finding(sample, map.points[index]) { return finding }
            }
        }
        return nil
    }

    private static func samples(
        _ decoder: inout RegisterDecoder, _ request: PollRequest, _ frame: [UInt8], at place: Int
    ) -> [Sample] {
        var samples: [Sample] = []
        decoder.decode(request, frame, payloadAt: place, at: 1_000_000, into: &samples)
        return samples
    }

    static func finding(_ sample: Sample, _ point: ModbusPoint) -> String? {
        if let finding = SampleCheck.finding(sample) { return finding }
        if case .text(let text)? = sample.value, point.type == .string,
            text.utf8.count > 6 * max(4, point.length)
        {
            return "a text longer than its registers"
        }
        if sample.quality.isUsable, let number = sample.value?.double, let range = point.scaling.range,
            !range.contains(number)
        {
            switch sample.value {
            case .flag, .text, nil: break
            case .number, .integer: return "a value outside its range is good"
            }
        }
        return nil
    }

    /// A map of one table, as a checked file would give it.
    private static func map(_ input: inout FuzzInput) -> ModbusMap {
        let area = input.choice(RegisterArea.allCases)
        let first = input.number(0...65_400)
        let points = (0..<input.number(1...6)).map { index in
            point(&input, area, first: first, name: "p\(index)")
        }
        return ModbusMap(points: points)
    }

    private static func point(
        _ input: inout FuzzInput, _ area: RegisterArea, first: Int, name: String
    ) -> ModbusPoint {
        let type = area.isBits ? RegisterType.bool : input.choice(RegisterType.allCases)
        let length = area.isBits ? 1 : input.choice(type.lengths)
        let address = first + input.number(0...100)
        let width = 16 * length
        var bits: ClosedRange<Int>?
        var half: RegisterHalf?
        switch type {
        case .bool where !area.isBits:
            let bit = input.number(0...15)
            bits = bit...bit
        case .uint16, .uint32, .uint64:
            let low = input.number(0...width - 1)
            if input.byte() & 1 == 1 { bits = low...(low + input.number(0...width - 1 - low)) }
        case .uint8, .int8, .string: half = input.choice([nil, .high, .low])
        default: break
        }
        let sources = input.byte() & 7 == 1 ? [ScaleSource("p0", input.choice(ScaleSource.Use.allCases))] : []
        return ModbusPoint(
            meaning: PointMeaning(
                name: name, label: Bilingual(zh: name, en: name), kind: .gauge,
                states: input.byte() == 1
                    ? [Point.State(code: 1, name: "on", label: Bilingual(zh: "", en: ""))] : []),
            register: RegisterAddress(area, UInt16(address)), length: length, type: type,
            order: input.choice(ByteOrder.allCases), bits: bits, half: half,
            encoding: input.choice(TextEncoding.allCases), scaling: scaling(&input),
            scaleSources: name == "p0" || type.coding == .characters || type.coding == .time ? [] : sources,
            periodMilliseconds: 1000)
    }

    private static func scaling(_ input: inout FuzzInput) -> Scaling {
        let scale = input.choice([1, 0.1, 0.001, 10, 1e-6, -1, 1e300])
        let offset = input.choice([0, -40, 1e6, 0.5])
        let range: [ClosedRange<Double>?] = [nil, 0...100, -1e3...1e3, 0...0]
        let mark = UInt64(input.word()) << UInt64(input.number(0...48))
        return Scaling(
            scale: scale, offset: offset, range: input.choice(range), sentinels: [mark...mark],
            badAbove: input.choice([nil, 1000, 32_760]), badBelow: input.choice([nil, -1000]))
    }

    /// The read that covers every point of the map.
    static func covering(_ map: ModbusMap) -> PollRequest {
        let order = map.points.indices.sorted { map.points[$0].register < map.points[$1].register }
        let first = order.map { Int(map.points[$0].register.address) }.min() ?? 0
        let end = order.map { Int(map.points[$0].register.address) + map.points[$0].length }.max() ?? 0
        return PollRequest(
            area: map.points[order[0]].register.area, first: UInt16(first), count: end - first, points: order)
    }
}

public import Facility

/// Turns the bytes of an answer into samples of a unit's points.
///
/// Everything that can be settled beforehand is: per sample only bytes are gathered and compared. What the decoder
/// keeps from one answer to the next are the scales that points of the unit say about others.
///
/// A whole number without a scale stays whole and exact, also beyond 2^53; only above `Int64.max`, where a
/// `Value.integer` ends, it becomes the nearest `Value.number`.
public struct RegisterDecoder: Sendable {
    /// What a decoded raw number becomes.
    private enum Form {
        /// A whole number, as the device holds it.
        case integer
        /// A contact.
        case flag
        /// A scaled number.
        case number
        /// Text.
        case text
    }

    /// One point, without anything that needs counting references.
    private struct Field {
        let point: PointID
        let first: Int
        let length: Int
        let isBit: Bool
        let type: RegisterType
        let coding: RegisterCoding
        let order: ByteOrder
        let half: RegisterHalf?
        let encoding: TextEncoding
        let lowBit: UInt64
        let width: UInt64
        let form: Form
        let scale: DecimalScale
        /// The index of the scale that other points say; nil where it is fixed.
        let liveScale: Int?
        /// Whether the scale of another point depends on this one.
        let isScaleSource: Bool
        /// Bit n is set where the raw number n means a closed contact; 0 where every number but 0 does.
        let trueWhen: UInt64
        let range: ClosedRange<Double>
        let badAbove: Double
        let badBelow: Double
        let sentinels: Range<Int>
    }

    private let fields: [Field]
    /// The sentinels of all fields, one after another.
    private let sentinels: [ClosedRange<UInt64>]
    private var liveScales: [LiveScale]
    private let textOfGBK: TextDecoding

    /// Prepares the points of a unit.
    ///
    /// - Parameter textOfGBK: makes text out of GBK; without it such texts cannot be decoded.
    public init(_ unit: ModbusUnit, textOfGBK: @escaping TextDecoding = { _ in nil }) {
        let points = unit.map.points
        let places = Dictionary(
            points.indices.map { (points[$0].meaning.name, $0) }, uniquingKeysWith: { first, _ in first })
        let sources = Set(points.flatMap { $0.scaleSources.compactMap { places[$0.point] } })
        var sentinels: [ClosedRange<UInt64>] = []
        var liveScales: [LiveScale] = []
        fields = points.indices.map { index in
            let point = points[index]
            let start = sentinels.count
            sentinels += point.scaling.sentinels
            if !point.scaleSources.isEmpty { liveScales.append(Self.liveScale(point, places)) }
            return Self.field(
                point, unit.points[index], sentinels: start..<sentinels.count,
                liveScale: point.scaleSources.isEmpty ? nil : liveScales.count - 1,
                isScaleSource: sources.contains(index))
        }
        self.sentinels = sentinels
        self.liveScales = liveScales
        self.textOfGBK = textOfGBK
    }

    /// Takes over the scales that points of the same map said.
    mutating func inheritScales(from old: RegisterDecoder) {
        liveScales = old.liveScales
    }

    /// Appends a sample for every point of a read.
    ///
    /// Points that say the scale of others are looked at first, so that a scale and its numbers from one answer
    /// belong together.
    ///
    /// - Parameters:
    ///   - reply: the answer; its measurements start at `start` and are complete.
    ///   - wallMilliseconds: when the registers were read.
    public mutating func decode(
        _ request: PollRequest, _ reply: [UInt8], payloadAt start: Int, at wallMilliseconds: Int64,
        into samples: inout [Sample]
    ) {
        if !liveScales.isEmpty { learnScales(request, reply, start: start) }
        for index in request.points {
            let field = fields[index]
            switch read(field, reply, start: start, place: field.first - Int(request.first)) {
            case .success(let value):
                samples.append(Sample(field.point, value, at: wallMilliseconds))
            case .failure(let failure):
                samples.append(Sample(field.point, failed: failure.fault, at: wallMilliseconds))
            }
        }
    }

    private mutating func learnScales(_ request: PollRequest, _ reply: [UInt8], start: Int) {
        for index in request.points where fields[index].isScaleSource {
            let field = fields[index]
            let value = try? read(field, reply, start: start, place: field.first - Int(request.first)).get()
            for scale in liveScales.indices { liveScales[scale].learn(value?.double, from: index) }
        }
    }

    private struct Failure: Error {
        let fault: Fault
    }

    private func read(
        _ field: Field, _ reply: [UInt8], start: Int, place: Int
    ) -> Result<Value, Failure> {
        if field.isBit {
            let bit = reply[start + place >> 3] >> UInt8(place & 7) & 1
            return interpret(field, raw: UInt64(bit))
        }
        let offset = start + 2 * place
        if field.coding == .characters { return characters(field, reply, at: offset) }
        var raw: UInt64 = 0
        for word in 0..<field.length {
            let place = offset + 2 * field.order.place(ofWord: word, of: field.length)
            let (high, low) = field.order.hasSwappedBytes ? (place + 1, place) : (place, place + 1)
            raw = raw << 16 | UInt64(reply[high]) << 8 | UInt64(reply[low])
        }
        // Shifting up and down again leaves the bits that count.
        let top = raw << (64 - field.width - field.lowBit)
        return interpret(field, raw: top >> (64 - field.width))
    }

    /// The value of a raw number, or why there is none.
    private func interpret(_ field: Field, raw: UInt64) -> Result<Value, Failure> {
        for index in field.sentinels where sentinels[index].contains(raw) {
            return .failure(Failure(fault: .sensorFault))
        }
        let whole: Int64?
        let number: Double
        switch field.coding {
        case .unsigned:
            (whole, number) = (Int64(exactly: raw), Double(raw))
        case .signed:
            let signed = Int64(bitPattern: raw << (64 - field.width)) >> Int64(64 - field.width)
            (whole, number) = (signed, Double(signed))
        case .float:
            (whole, number) = (nil, Self.float(raw, width: field.width))
        case .digits:
            let digits = field.type == .mod10k ? Self.modulo(raw, words: field.length) : Self.decimal(raw)
            guard let digits else { return .failure(Failure(fault: .undecodable)) }
            (whole, number) = (digits, Double(digits))
        case .time, .characters:
            return time(field, raw: raw)
        }
        // A device without a measurement says "not a number"; an infinity is no measurement either, but
        // nothing a device says on purpose.
        if number.isNaN { return .failure(Failure(fault: .sensorFault)) }
        if number.isInfinite { return .failure(Failure(fault: .undecodable)) }
        if number > field.badAbove || number < field.badBelow {
            return .failure(Failure(fault: .sensorFault))
        }
        return accept(field, whole: whole, number: number)
    }

    private func accept(_ field: Field, whole: Int64?, number: Double) -> Result<Value, Failure> {
        let value: Value
        let plausible: Double
        switch field.form {
        case .flag:
            guard field.trueWhen != 0 else { return .success(.flag(number != 0)) }
            return .success(
                .flag(whole.map { (0...63).contains($0) && field.trueWhen >> $0 & 1 == 1 } ?? false))
        case .integer:
            plausible = number
            value = whole.map(Value.integer) ?? .number(number)
        case .number, .text:
            var scale = field.scale
            if let index = field.liveScale {
                guard let current = liveScales[index].current else {
                    return .failure(Failure(fault: .scaleUnknown))
                }
                scale = current
            }
            plausible = scale(number)
            value = .number(plausible)
        }
        guard plausible.isFinite else { return .failure(Failure(fault: .undecodable)) }
        guard field.range.contains(plausible) else { return .failure(Failure(fault: .outOfRange)) }
        return .success(value)
    }

    private func time(_ field: Field, raw: UInt64) -> Result<Value, Failure> {
        let reading: RegisterTime.Reading =
            switch field.type {
            case .unixSeconds: RegisterTime.unix(seconds: Int64(raw))
            case .unixMilliseconds: RegisterTime.unix(milliseconds: Int64(bitPattern: raw))
            case .iecTime: RegisterTime.iec(raw)
            case .bcdTime: RegisterTime.bcd(raw)
            case .bool, .uint8, .int8, .uint16, .int16, .uint24, .int24, .uint32, .int32, .uint48, .int48,
                .uint64, .int64, .float16, .float32, .float64, .bcd16, .bcd32, .bcd64, .mod10k, .string:
                .undecodable
            }
        switch reading {
        case .text(let text): return .success(.text(text))
        case .invalid: return .failure(Failure(fault: .sensorFault))
        case .undecodable: return .failure(Failure(fault: .undecodable))
        }
    }

    /// One or two characters per register, ended by the first zero byte, without what fills them up: blanks, and
    /// the ones of memory that was never written.
    private func characters(_ field: Field, _ reply: [UInt8], at offset: Int) -> Result<Value, Failure> {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * field.length)
        for index in 0..<2 * field.length {
            if let half = field.half, (index & 1 == 0) != (half == .high) { continue }
            let byte = reply[offset + (field.order.hasSwappedBytes ? index ^ 1 : index)]
            if byte == 0 { break }
            bytes.append(byte)
        }
        let isUnwritten = !bytes.isEmpty && bytes.allSatisfy { $0 == 0xFF }
        if isUnwritten { return .failure(Failure(fault: .sensorFault)) }
        while let last = bytes.last, last == 0x20 || last == 0xFF { bytes.removeLast() }
        let text =
            switch field.encoding {
            case .utf8: String(validating: bytes, as: UTF8.self)
            case .gbk: textOfGBK(bytes)
            }
        guard let text else { return .failure(Failure(fault: .undecodable)) }
        return .success(.text(text))
    }

    // MARK: Numbers

    private static func float(_ raw: UInt64, width: UInt64) -> Double {
        switch width {
        case 16: half(UInt16(truncatingIfNeeded: raw))
        case 32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: raw)))
        default: Double(bitPattern: raw)
        }
    }

    /// The number of an IEEE 754 binary16, which not every machine of ours has a type for.
    private static func half(_ bits: UInt16) -> Double {
        let exponent = Int(bits >> 10 & 0x1F)
        let fraction = Double(bits & 0x3FF) / 1024
        let magnitude: Double =
            switch exponent {
            case 0: Double(sign: .plus, exponent: -14, significand: fraction)
            case 31: fraction == 0 ? .infinity : .nan
            default: Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
            }
        return bits >> 15 == 0 ? magnitude : -magnitude
    }

    /// The number written in nibbles; nil if a nibble is no decimal digit.
    private static func decimal(_ raw: UInt64) -> Int64? {
        var result: Int64 = 0
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            let digit = Int64(raw >> shift & 0xF)
            guard digit <= 9 else { return nil }
            result = result * 10 + digit
        }
        return result
    }

    /// The number written with four decimal digits per register, all of one sign; nil if it is none.
    private static func modulo(_ raw: UInt64, words: Int) -> Int64? {
        var result: Int64 = 0
        var isNegative = false
        var isPositive = false
        for word in stride(from: words - 1, through: 0, by: -1) {
            let part = Int64(Int16(truncatingIfNeeded: raw >> UInt64(16 * word)))
            guard (-9999...9999).contains(part) else { return nil }
            isNegative = isNegative || part < 0
            isPositive = isPositive || part > 0
            result = result * 10_000 + part
        }
        return isNegative && isPositive ? nil : result
    }

    // MARK: What is settled beforehand

    private static func liveScale(_ point: ModbusPoint, _ places: [String: Int]) -> LiveScale {
        LiveScale(
            scale: point.scaling.scale, offset: point.scaling.offset,
            sources: point.scaleSources.map {
                // A point that is not there never says anything.
                LiveScale.Source(field: places[$0.point] ?? -1, use: $0.use)
            })
    }

    private static func field(
        _ point: ModbusPoint, _ id: PointID, sentinels: Range<Int>, liveScale: Int?, isScaleSource: Bool
    ) -> Field {
        let isBit = point.register.area.isBits
        let width = isBit ? 1 : point.bits?.count ?? point.type.width ?? 16 * min(point.length, 4)
        return Field(
            point: id, first: Int(point.register.address), length: point.length, isBit: isBit,
            type: point.type, coding: point.type.coding, order: point.order, half: point.half,
            encoding: point.encoding,
            lowBit: UInt64(point.bits?.lowerBound ?? (point.type.width == 8 && point.half == .high ? 8 : 0)),
            width: UInt64(width), form: form(point),
            scale: DecimalScale(scale: point.scaling.scale, offset: point.scaling.offset),
            liveScale: liveScale, isScaleSource: isScaleSource,
            trueWhen: point.trueWhen.reduce(0) { $0 | 1 << $1 },
            range: point.scaling.range ?? -.infinity ... .infinity,
            badAbove: point.scaling.badAbove ?? .infinity, badBelow: point.scaling.badBelow ?? -.infinity,
            sentinels: sentinels)
    }

    private static func form(_ point: ModbusPoint) -> Form {
        let isContact =
            point.register.area.isBits || point.type == .bool || point.bits?.count == 1
            || !point.trueWhen.isEmpty
        let isIdentity = point.scaling.isIdentity && point.scaleSources.isEmpty
        switch (point.type.coding, point.meaning.states.isEmpty) {
        case (.time, _), (.characters, _): return .text
        case (.unsigned, false), (.signed, false), (.float, false), (.digits, false): return .integer
        case (.float, true): return .number
        case (.unsigned, true), (.signed, true), (.digits, true):
            guard isIdentity else { return .number }
            return isContact ? .flag : .integer
        }
    }
}

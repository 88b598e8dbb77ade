public import Facility

/// Turns the bytes of an answer into samples of a unit's points.
///
/// Everything that can be settled beforehand is: per sample only bytes are gathered and compared.
public struct RegisterDecoder: Sendable {
    /// What a decoded raw number becomes.
    private enum Form {
        /// A whole number, as the device holds it.
        case integer
        /// A contact.
        case flag
        /// A scaled number.
        case number
    }

    /// One point, without anything that needs counting references.
    private struct Field {
        let point: PointID
        let first: Int
        let length: Int
        let isBit: Bool
        let type: RegisterType
        let hasLowWordFirst: Bool
        let hasSwappedBytes: Bool
        let lowBit: Int
        let bitMask: UInt64
        let form: Form
        let scale: DecimalScale
        let range: ClosedRange<Double>
        let badAbove: Double
        let badBelow: Double
        let sentinels: Range<Int>
    }

    private let fields: [Field]
    /// The sentinels of all fields, one after another.
    private let sentinels: [UInt64]

    /// Prepares the points of a unit.
    public init(_ unit: ModbusUnit) {
        var sentinels: [UInt64] = []
        fields = zip(unit.map.points, unit.points).map { point, id in
            let start = sentinels.count
            sentinels += point.scaling.sentinels.map { $0 & Self.rawMask(point) }
            return Self.field(point, id, sentinels: start..<sentinels.count)
        }
        self.sentinels = sentinels
    }

    /// Appends a sample for every point of a read.
    ///
    /// - Parameters:
    ///   - reply: the answer; its measurements start at `start` and are complete.
    ///   - wallMilliseconds: when the registers were read.
    public func decode(
        _ request: PollRequest, _ reply: [UInt8], payloadAt start: Int, at wallMilliseconds: Int64,
        into samples: inout [Sample]
    ) {
        for index in request.points {
            let field = fields[index]
            let place = field.first - Int(request.first)
            switch read(field, reply, start: start, place: place) {
            case .success(let value):
                samples.append(Sample(field.point, value, at: wallMilliseconds))
            case .failure(let failure):
                samples.append(Sample(field.point, failed: failure.fault, at: wallMilliseconds))
            }
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
        if field.type == .string { return characters(field, reply, at: offset) }
        var raw: UInt64 = 0
        for step in 0..<field.length {
            let word = offset + 2 * (field.hasLowWordFirst ? field.length - 1 - step : step)
            let (high, low) = field.hasSwappedBytes ? (word + 1, word) : (word, word + 1)
            raw = raw << 16 | UInt64(reply[high]) << 8 | UInt64(reply[low])
        }
        return interpret(field, raw: raw >> UInt64(field.lowBit) & field.bitMask)
    }

    /// The value of a raw number, or why there is none.
    private func interpret(_ field: Field, raw: UInt64) -> Result<Value, Failure> {
        for index in field.sentinels where sentinels[index] == raw {
            return .failure(Failure(fault: .sensorFault))
        }
        let whole: Int64?
        let number: Double
        switch field.type {
        case .float32:
            (whole, number) = (nil, Double(Float(bitPattern: UInt32(truncatingIfNeeded: raw))))
        case .float64:
            (whole, number) = (nil, Double(bitPattern: raw))
        case .bcd16, .bcd32:
            guard let decimal = Self.decimal(raw) else { return .failure(Failure(fault: .undecodable)) }
            (whole, number) = (decimal, Double(decimal))
        case .int16 where field.bitMask == 0xFFFF:
            let signed = Int64(Int16(truncatingIfNeeded: raw))
            (whole, number) = (signed, Double(signed))
        case .int32 where field.bitMask == 0xFFFF_FFFF:
            let signed = Int64(Int32(truncatingIfNeeded: raw))
            (whole, number) = (signed, Double(signed))
        case .int64 where field.bitMask == .max:
            (whole, number) = (Int64(bitPattern: raw), Double(Int64(bitPattern: raw)))
        case .bool, .uint16, .uint32, .uint64, .int16, .int32, .int64, .string:
            (whole, number) = (Int64(exactly: raw), Double(raw))
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
            return .success(.flag(number != 0))
        case .integer:
            plausible = number
            value = whole.map(Value.integer) ?? .number(number)
        case .number:
            plausible = field.scale(number)
            value = .number(plausible)
        }
        guard plausible.isFinite else { return .failure(Failure(fault: .undecodable)) }
        guard field.range.contains(plausible) else { return .failure(Failure(fault: .outOfRange)) }
        return .success(value)
    }

    /// Two characters per register, ended by the first zero byte, without the blanks that fill it up.
    private func characters(_ field: Field, _ reply: [UInt8], at offset: Int) -> Result<Value, Failure> {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * field.length)
        for index in 0..<2 * field.length {
            let byte = reply[offset + (field.hasSwappedBytes ? index ^ 1 : index)]
            if byte == 0 { break }
            bytes.append(byte)
        }
        while let last = bytes.last, last == 0x20 { bytes.removeLast() }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .failure(Failure(fault: .undecodable))
        }
        return .success(.text(text))
    }

    /// The number written in nibbles; nil if a nibble is no decimal digit.
    private static func decimal(_ raw: UInt64) -> Int64? {
        var result: Int64 = 0
        for shift in stride(from: 28, through: 0, by: -4) {
            let digit = Int64(raw >> UInt64(shift) & 0xF)
            guard digit <= 9 else { return nil }
            result = result * 10 + digit
        }
        return result
    }

    /// The bits a raw number of the point can have.
    private static func rawMask(_ point: ModbusPoint) -> UInt64 {
        if point.register.area.isBits { return 1 }
        let width = point.bits?.count ?? 16 * min(point.length, 4)
        return width >= 64 ? .max : (1 << UInt64(width)) - 1
    }

    private static func field(_ point: ModbusPoint, _ id: PointID, sentinels: Range<Int>) -> Field {
        let isBit = point.register.area.isBits
        let isContact = isBit || point.type == .bool || point.bits?.count == 1
        let form: Form
        switch (point.meaning.states.isEmpty, isContact, point.scaling.isIdentity, point.type) {
        case (false, _, _, _): form = .integer
        case (true, true, true, _): form = .flag
        case (true, _, true, .float32), (true, _, true, .float64): form = .number
        case (true, _, true, _): form = .integer
        case (true, _, false, _): form = .number
        }
        return Field(
            point: id, first: Int(point.register.address), length: point.length, isBit: isBit,
            type: point.type, hasLowWordFirst: point.order == .cdab || point.order == .dcba,
            hasSwappedBytes: point.order == .badc || point.order == .dcba,
            lowBit: point.bits?.lowerBound ?? 0, bitMask: rawMask(point), form: form,
            scale: DecimalScale(scale: point.scaling.scale, offset: point.scaling.offset),
            range: point.scaling.range ?? -.infinity ... .infinity,
            badAbove: point.scaling.badAbove ?? .infinity, badBelow: point.scaling.badBelow ?? -.infinity,
            sentinels: sentinels)
    }
}

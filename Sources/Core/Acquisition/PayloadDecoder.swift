public import Facility

/// Why a whole payload was refused.
public enum PayloadError: Error, Hashable, Sendable {
    /// Longer than any device's payload.
    case tooLong
    /// Not the JSON its points ask for.
    case malformed
}

/// Turns an MQTT payload into samples of its source's points.
///
/// A member that is missing makes no sample: many devices send only what changed, and whoever waits for the
/// others is told by `Staleness`.
public struct PayloadDecoder: Sendable {
    /// The longest payload read, bytes.
    public static let longestPayload = 65_536
    /// The longest text kept, bytes.
    public static let longestText = 1024

    private struct Field {
        let point: PointID
        let isWholePayload: Bool
        let type: PayloadType
        let isState: Bool
        let flags: [String: Bool]
        let scale: DecimalScale?
        let range: ClosedRange<Double>
        let badAbove: Double
        let badBelow: Double
    }

    private let fields: [Field]
    private let places: JSONPlaces
    private let needsJSON: Bool

    /// Prepares the points of a source.
    public init(_ source: MQTTSource) {
        var places = JSONPlaces()
        for (index, point) in source.map.points.enumerated() where !point.pointer.isEmpty {
            places.add(point.pointer, for: index)
        }
        self.places = places
        needsJSON = source.map.points.contains { !$0.pointer.isEmpty }
        fields = zip(source.map.points, source.points).map { point, id in
            let scaling = point.scaling
            return Field(
                point: id, isWholePayload: point.pointer.isEmpty, type: point.type,
                isState: !point.meaning.states.isEmpty,
                flags: point.flags.isEmpty ? Self.usualFlags : point.flags,
                scale: scaling.isIdentity ? nil : DecimalScale(scale: scaling.scale, offset: scaling.offset),
                range: scaling.range ?? -.infinity ... .infinity, badAbove: scaling.badAbove ?? .infinity,
                badBelow: scaling.badBelow ?? -.infinity)
        }
    }

    /// What devices write for a contact when the map does not say.
    private static let usualFlags = [
        "ON": true, "OFF": false, "on": true, "off": false, "true": true, "false": false, "1": true,
        "0": false,
    ]

    /// Appends the samples of a payload.
    ///
    /// A payload that is refused as a whole makes every point undecodable: the last value no longer stands.
    ///
    /// - Parameter isRetained: whether the broker kept the payload, so that nobody knows how old it is.
    public func decode(
        _ payload: [UInt8], isRetained: Bool, at wallMilliseconds: Int64, into samples: inout [Sample]
    ) -> PayloadError? {
        var scanner = JSONScanner(payload, places: places, askers: fields.count)
        var failure: PayloadError?
        if payload.count > Self.longestPayload {
            failure = .tooLong
        } else if needsJSON {
            do throws(JSONError) { try scanner.scan() } catch { failure = .malformed }
        }
        if let failure {
            samples += fields.map { Sample($0.point, failed: .undecodable, at: wallMilliseconds) }
            return failure
        }
        for (index, field) in fields.enumerated() {
            let token = field.isWholePayload ? Self.whole(payload) : scanner.found[index]
            guard let token else { continue }
            switch read(field, token, payload) {
            case .success(let value):
                samples.append(
                    Sample(
                        field.point, value, isRetained ? .uncertain(.retained) : .good,
                        at: wallMilliseconds))
            case .failure(let failure):
                samples.append(Sample(field.point, failed: failure.fault, at: wallMilliseconds))
            }
        }
        return nil
    }

    private struct Failure: Error {
        let fault: Fault
    }

    /// The payload itself as a text, without the blanks around it.
    private static func whole(_ payload: [UInt8]) -> JSONToken {
        let isBlank = { (byte: UInt8) in byte == 0x20 || 0x09...0x0D ~= byte }
        let first = payload.firstIndex { !isBlank($0) } ?? payload.endIndex
        let last = payload.lastIndex { !isBlank($0) } ?? first - 1
        return JSONToken(kind: .string(hasEscapes: false), bytes: first..<last + 1)
    }

    private func read(
        _ field: Field, _ token: JSONToken, _ payload: [UInt8]
    ) -> Result<Value, Failure> {
        if case .null = token.kind { return .failure(Failure(fault: .sensorFault)) }
        switch field.type {
        case .number: return number(field, token, payload)
        case .bool: return flag(field, token, payload)
        case .text:
            guard let text = Self.text(token, payload), text.utf8.count <= Self.longestText else {
                return .failure(Failure(fault: .undecodable))
            }
            return .success(.text(text))
        }
    }

    private func number(
        _ field: Field, _ token: JSONToken, _ payload: [UInt8]
    ) -> Result<Value, Failure> {
        let raw: Double?
        switch token.kind {
        case .number: raw = Self.double(payload, token.bytes)
        case .string(hasEscapes: false): raw = Self.numberInText(payload, token.bytes)
        case .bool(let flag): raw = flag ? 1 : 0
        case .string(hasEscapes: true), .container, .null: raw = nil
        }
        guard let raw, raw.isFinite else { return .failure(Failure(fault: .undecodable)) }
        guard raw <= field.badAbove, raw >= field.badBelow else {
            return .failure(Failure(fault: .sensorFault))
        }
        let number = field.scale.map { $0(raw) } ?? raw
        guard field.range.contains(number) else { return .failure(Failure(fault: .outOfRange)) }
        guard field.isState else { return .success(.number(number)) }
        guard let code = Int64(exactly: number) else { return .failure(Failure(fault: .undecodable)) }
        return .success(.integer(code))
    }

    private func flag(
        _ field: Field, _ token: JSONToken, _ payload: [UInt8]
    ) -> Result<Value, Failure> {
        if case .bool(let flag) = token.kind { return .success(.flag(flag)) }
        guard let text = Self.text(token, payload), let flag = field.flags[text] else {
            return .failure(Failure(fault: .undecodable))
        }
        return .success(.flag(flag))
    }

    private static func text(_ token: JSONToken, _ payload: [UInt8]) -> String? {
        switch token.kind {
        case .string(hasEscapes: true):
            String(validating: JSONScanner.unescaped(payload[token.bytes]), as: UTF8.self)
        case .string(hasEscapes: false), .number, .bool:
            String(validating: payload[token.bytes], as: UTF8.self)
        case .null, .container: nil
        }
    }

    /// A number written as text: the same grammar, blanks around it allowed.
    private static func numberInText(_ payload: [UInt8], _ bytes: Range<Int>) -> Double? {
        var bytes = bytes
        while let first = bytes.first, payload[first] == 0x20 { bytes.removeFirst() }
        while let last = bytes.last, payload[last] == 0x20 { bytes.removeLast() }
        guard let end = try? JSONScanner.number(payload, from: bytes.lowerBound), end == bytes.upperBound
        else { return nil }
        return double(payload, bytes)
    }

    /// The number nearest to a decimal. Few digits take the short way: one division rounds once.
    private static func double(_ payload: [UInt8], _ bytes: Range<Int>) -> Double? {
        var digits: Int64 = 0
        var places = 0
        var count = 0
        var isFraction = false
        for index in bytes {
            switch payload[index] {
            case let byte where 0x30...0x39 ~= byte:
                digits = digits &* 10 &+ Int64(byte - 0x30)
                count += 1
                if isFraction { places += 1 }
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "-") where index == bytes.lowerBound: break
            default: count = .max / 2
            }
        }
        guard count <= 15 else { return Double(String(decoding: payload[bytes], as: UTF8.self)) }
        let magnitude = Double(digits) / powersOfTen[places]
        return payload[bytes.lowerBound] == UInt8(ascii: "-") ? -magnitude : magnitude
    }

    private static let powersOfTen: [Double] = (0...15).map {
        (0..<$0).reduce(1.0) { power, _ in power * 10 }
    }
}

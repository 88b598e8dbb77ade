public import Facility

/// Why a whole payload was refused.
public enum PayloadError: Error, Hashable, Sendable {
    /// Longer than any device's payload.
    case tooLong
    /// Not the JSON its points ask for.
    case malformed
    /// The same payload with the same time came before.
    case repeated
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
        let reader: ValueReader
    }

    private let fields: [Field]
    private let places: JSONPlaces
    private let needsJSON: Bool
    private let time: (asker: Int, isWholePayload: Bool)?
    private let expectedMilliseconds: Int64
    private var clock: PayloadClock?

    /// Prepares the points of a source.
    ///
    /// - Parameters:
    ///   - indices: which of the source's points one of its topics carries; nil for all.
    ///   - zone: the site's time, for payloads that say a time without saying which.
    public init(
        _ source: MQTTSource, points indices: [Int]? = nil, zone: SiteZone = .fixed("UTC", hours: 0)
    ) {
        let indices = indices ?? Array(source.map.points.indices)
        let points = indices.map { source.map.points[$0] }
        var places = JSONPlaces(askers: points.count)
        for (index, point) in points.enumerated() where !point.pointer.isEmpty {
            places.add(point.pointer, for: index)
        }
        if let time = source.map.time {
            self.time = (places.askerCount, time.pointer.isEmpty)
            places.add(time.pointer, for: places.askerCount)
            clock = PayloadClock(time, zone: zone)
        } else {
            time = nil
        }
        self.places = places
        expectedMilliseconds = source.map.expectedMilliseconds
        needsJSON =
            points.contains { !$0.pointer.isEmpty } || source.map.time.map { !$0.pointer.isEmpty } ?? false
        fields = zip(indices, points).map { index, point in
            Field(
                point: source.points[index], isWholePayload: point.pointer.isEmpty, type: point.type,
                reader: ValueReader(point))
        }
    }

    /// Appends the samples of a payload, in the order of the source's points.
    ///
    /// A payload that is refused as a whole makes every point undecodable: the last value no longer stands. One
    /// that came before makes no sample.
    ///
    /// - Parameter isRetained: whether the broker kept the payload, so that nobody knows how old it is.
    public mutating func decode(
        _ payload: [UInt8], isRetained: Bool, at wallMilliseconds: Int64, into samples: inout [Sample]
    ) -> PayloadError? {
        var scanner = JSONScanner(payload, places: places)
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
        guard let stamp = stamp(payload, scanner, isRetained, at: wallMilliseconds) else { return .repeated }
        let quality = stamp.doubt.map(Quality.uncertain) ?? .good
        for (index, field) in fields.enumerated() {
            let token = field.isWholePayload ? Self.whole(payload) : scanner.found[index]
            guard let token else { continue }
            switch read(field, token, payload) {
            case .success(let value):
                samples.append(Sample(field.point, value, quality, at: stamp.wallMilliseconds))
            case .failure(let failure):
                samples.append(Sample(field.point, failed: failure.fault, at: stamp.wallMilliseconds))
            }
        }
        return nil
    }

    /// When a payload was measured, and why that is doubted; nil if the payload came before.
    private mutating func stamp(
        _ payload: [UInt8], _ scanner: borrowing JSONScanner, _ isRetained: Bool, at now: Int64
    ) -> (wallMilliseconds: Int64, doubt: Doubt?)? {
        let kept: Doubt? = isRetained ? .retained : nil
        guard let time, clock != nil,
            let token = time.isWholePayload ? Self.whole(payload) : scanner.found[time.asker]
        else { return (now, kept) }
        guard let written = self.written(token, payload, near: now) else { return (now, kept ?? .clockSkew) }
        // What a broker kept is sent with each subscription, and is no repetition of a measurement.
        if !isRetained, clock?.isRepeated(written, payload) == true { return nil }
        switch clock?.judge(written, at: now) {
        case .measured(let measured)?:
            let isOld = now - measured > expectedMilliseconds
            return (measured, kept ?? (isOld ? .stale : nil))
        case .doubted?, nil:
            return (now, kept ?? .clockSkew)
        }
    }

    private func written(_ token: JSONToken, _ payload: [UInt8], near now: Int64) -> Int64? {
        let number: Double? =
            switch token.kind {
            case .number: Self.double(payload, token.bytes)
            case .string(hasEscapes: false): Self.numberInText(payload, token.bytes)
            case .string(hasEscapes: true), .bool, .null, .container: nil
            }
        let text: [UInt8] =
            if case .string = token.kind { Array(payload[token.bytes]) } else { [] }
        return clock?.read(text: text, number: number.flatMap { $0.isFinite ? $0 : nil }, near: now)
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
    ) -> Result<Value, ValueReader.Refusal> {
        if case .null = token.kind { return .failure(.init(fault: .sensorFault)) }
        switch field.type {
        case .number: return number(field, token, payload)
        case .bool: return flag(field, token, payload)
        case .text:
            guard let text = Self.text(token, payload), text.utf8.count <= Self.longestText else {
                return .failure(.init(fault: .undecodable))
            }
            return .success(.text(text))
        }
    }

    private func number(
        _ field: Field, _ token: JSONToken, _ payload: [UInt8]
    ) -> Result<Value, ValueReader.Refusal> {
        let raw: Double?
        switch token.kind {
        case .number: raw = Self.double(payload, token.bytes)
        case .string(hasEscapes: false): raw = Self.numberInText(payload, token.bytes)
        case .bool(let flag): raw = flag ? 1 : 0
        case .string(hasEscapes: true), .container, .null: raw = nil
        }
        return raw.map(field.reader.number) ?? .failure(.init(fault: .undecodable))
    }

    private func flag(
        _ field: Field, _ token: JSONToken, _ payload: [UInt8]
    ) -> Result<Value, ValueReader.Refusal> {
        if case .bool(let flag) = token.kind { return .success(.flag(flag)) }
        return Self.text(token, payload).map(field.reader.flag) ?? .failure(.init(fault: .undecodable))
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

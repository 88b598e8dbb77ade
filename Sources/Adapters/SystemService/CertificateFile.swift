internal import Facility
internal import Foundation

/// A file with X.509 certificates in PEM, as far as the question goes until when they are good.
public struct CertificateFile: Hashable, Sendable {
    /// The file.
    public let path: String

    /// Names the file.
    public init(path: String) {
        self.path = path
    }

    /// When each of its certificates ends, wall-clock milliseconds, in the order of the file; what cannot be read
    /// is left out.
    public var ends: [Int64] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return Self.blocks(String(decoding: data, as: UTF8.self)).compactMap(Self.end)
    }

    /// The bytes between `-----BEGIN CERTIFICATE-----` and its end.
    private static func blocks(_ text: String) -> [[UInt8]] {
        text.split(separator: "-----BEGIN CERTIFICATE-----").dropFirst(
            text.hasPrefix("-----BEGIN CERT") ? 0 : 1
        )
        .compactMap { part in
            guard let end = part.range(of: "-----END CERTIFICATE-----") else { return nil }
            let base64 = String(part[..<end.lowerBound])
            return Data(base64Encoded: base64, options: .ignoreUnknownCharacters).map { [UInt8]($0) }
        }
    }

    /// The second time of `validity` (RFC 5280, section 4.1.2.5); nil for what is no certificate.
    static func end(_ certificate: [UInt8]) -> Int64? {
        var outer = DERReader(certificate[...])
        guard var body = outer.enter(0x30) else { return nil }
        guard var fields = body.enter(0x30) else { return nil }
        fields.skip(0xA0)  // the version; the first has none
        for tag: UInt8 in [0x02, 0x30, 0x30] {  // serial number, signature algorithm, issuer
            guard fields.skip(tag) else { return nil }
        }
        guard var validity = fields.enter(0x30), validity.time() != nil else { return nil }
        return validity.time()
    }
}

/// Reads values of the distinguished encoding rules one after the other (ITU-T X.690).
private struct DERReader {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    /// The inside of the next value, if it has this tag.
    mutating func enter(_ tag: UInt8) -> DERReader? {
        take(tag).map { DERReader($0) }
    }

    /// Passes over the next value, if it has this tag.
    @discardableResult
    mutating func skip(_ tag: UInt8) -> Bool {
        take(tag) != nil
    }

    /// The next value as an instant, wall-clock milliseconds: UTCTime or GeneralizedTime, to the second, in UTC.
    mutating func time() -> Int64? {
        if let text = take(0x17) {
            // Two digits of a year are those of 1950 to 2049.
            return Self.instant(text, yearDigits: 2) { $0 < 50 ? 2000 + $0 : 1900 + $0 }
        }
        return take(0x18).flatMap { Self.instant($0, yearDigits: 4) { $0 } }
    }

    private mutating func take(_ tag: UInt8) -> ArraySlice<UInt8>? {
        guard bytes.count >= 2, bytes.first == tag else { return nil }
        var rest = bytes.dropFirst()
        guard let first = rest.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            let count = Int(first & 0x7F)
            guard (1...4).contains(count), rest.count >= count else { return nil }
            length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(count)
        }
        guard rest.count >= length else { return nil }
        bytes = rest.dropFirst(length)
        return rest.prefix(length)
    }

    private static func instant(
        _ text: ArraySlice<UInt8>, yearDigits: Int, _ year: (Int) -> Int
    ) -> Int64? {
        guard text.count == yearDigits + 11, text.last == UInt8(ascii: "Z") else { return nil }
        var digits = text.dropLast()
        func number(_ count: Int) -> Int? {
            let part = digits.prefix(count)
            digits = digits.dropFirst(count)
            guard part.count == count, part.allSatisfy({ (48...57).contains($0) }) else { return nil }
            return part.reduce(0) { $0 * 10 + Int($1) - 48 }
        }
        guard let first = number(yearDigits), let month = number(2), let day = number(2),
            let hour = number(2), let minute = number(2), let second = number(2),
            let date = CivilDate(year: year(first), month: month, day: day)
        else { return nil }
        return ((Int64(date.dayNumber) * 24 + Int64(hour)) * 60 + Int64(minute)) * 60_000
            + Int64(second) * 1000
    }
}

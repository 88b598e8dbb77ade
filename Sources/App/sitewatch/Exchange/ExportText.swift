import Facility
import Trends
import WebAPI

/// Writes samples as lines of CSV in exactly the form an import takes.
struct ExportText {
    /// The first line.
    static let heading = Array("time,point,value,quality\n".utf8)

    private let zone: SiteZone
    /// The minute the last sample was in, and how its times are written.
    private var minute: Int64 = .min
    private var beforeSeconds: [UInt8] = []
    private var behindSeconds: [UInt8] = []

    init(zone: SiteZone) {
        self.zone = zone
    }

    /// Adds the line of a sample.
    mutating func add(_ sample: HistoricSample, point: [UInt8], to bytes: inout [UInt8]) {
        add(sample.wallMilliseconds, to: &bytes)
        bytes.append(Self.comma)
        bytes += point
        bytes.append(Self.comma)
        if sample.quality.isUsable, let value = sample.value { Self.add(value, to: &bytes) }
        bytes.append(Self.comma)
        bytes += sample.quality.word.utf8
        bytes.append(Self.newline)
    }

    /// A path as a cell.
    static func cell(_ path: String) -> [UInt8] {
        let isPlain = path.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte > 127
                || [UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "/")].contains(byte)
        }
        guard !isPlain else { return Array(path.utf8) }
        var bytes: [UInt8] = []
        addQuoted(path, to: &bytes)
        return bytes
    }

    private static let comma = UInt8(ascii: ",")
    private static let quote = UInt8(ascii: "\"")
    private static let newline = UInt8(ascii: "\n")

    private static func add(_ value: Value, to bytes: inout [UInt8]) {
        if case .text(let text) = value {
            addQuoted(text, to: &bytes)
        } else if let text = ExactValue.text(value) {
            bytes += text.utf8
        }
    }

    private static func addQuoted(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(quote)
        for byte in text.utf8 {
            if byte == quote { bytes.append(quote) }
            bytes.append(byte)
        }
        bytes.append(quote)
    }

    private mutating func add(_ time: Int64, to bytes: inout [UInt8]) {
        let start = time - time % 60_000
        if start != minute {
            // Offsets change with a minute at the earliest.
            minute = start
            let text = Array(zone.iso(start, milliseconds: true).utf8)
            beforeSeconds = Array(text.prefix(17))
            behindSeconds = Array(text.dropFirst(23))
        }
        let rest = Int(time - start)
        bytes += beforeSeconds
        Self.addDigits(rest / 1000, 2, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        Self.addDigits(rest % 1000, 3, to: &bytes)
        bytes += behindSeconds
    }

    private static func addDigits(_ number: Int, _ count: Int, to bytes: inout [UInt8]) {
        if count == 3 { bytes.append(UInt8(48 + number / 100)) }
        bytes.append(UInt8(48 + number / 10 % 10))
        bytes.append(UInt8(48 + number % 10))
    }
}

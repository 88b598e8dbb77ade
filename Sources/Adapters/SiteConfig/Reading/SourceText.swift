internal import Facility
internal import Foundation

/// The characters of one file, ready to be parsed.
struct SourceText {
    /// No file of a configuration is larger, bytes.
    static let maximumBytes = 1 << 20

    /// The file as problems name it.
    let file: String
    /// Its characters, without a byte order mark.
    let text: String

    /// Takes characters as they are.
    init(file: String, text: String) {
        self.file = file
        self.text = text
    }

    /// Reads a file; nil, with a problem, if it is no text of a reasonable size.
    init?(path: String, file: String, problems: ProblemList) {
        let start = SourcePosition(file: file, line: 1, column: 1)
        guard let bytes = Self.bytes(path) else {
            problems.add(at: start, .unreadable)
            return nil
        }
        guard bytes.count <= Self.maximumBytes else {
            problems.add(at: start, .tooLarge)
            return nil
        }
        self.init(file: file, bytes: bytes, problems: problems)
    }

    /// Takes the bytes of a file; nil, with a problem, if they are no text.
    init?(file: String, bytes: Data, problems: ProblemList) {
        var walk = Walk()
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var scalars = String.UnicodeScalarView()
        while true {
            let place = SourcePosition(file: file, line: walk.line, column: walk.column)
            switch decoder.decode(&iterator) {
            case .emptyInput:
                self.init(file: file, text: String(scalars))
                return
            case .error:
                problems.add(at: place, .notUTF8)
                return nil
            case .scalarValue(let scalar):
                if scalars.isEmpty, scalar == "\u{FEFF}", walk == Walk() { continue }
                guard Self.isAllowed(scalar) else {
                    problems.add(at: place, .controlCharacter(scalar.value))
                    return nil
                }
                scalars.append(scalar)
                walk.pass(scalar)
            }
        }
    }

    /// The bytes of a regular file; nil if it is none, or if this user may not read it.
    private static func bytes(_ path: String) -> Data? {
        guard Disk.kind(of: path) == .typeRegular,
            let handle = try? FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        else { return nil }
        defer { try? handle.close() }
        // One byte more than allowed tells a file that is too large from one that just fits.
        return (try? handle.read(upToCount: maximumBytes + 1)) ?? Data()
    }

    /// The characters YAML allows in a file.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD: true
        case 0x10000...: true
        default: false
        }
    }

    /// Counts lines and columns as the YAML parser does.
    private struct Walk: Equatable {
        var line = 1
        var column = 1
        private var afterReturn = false

        mutating func pass(_ scalar: Unicode.Scalar) {
            let endsPair = scalar == "\n" && afterReturn
            afterReturn = scalar == "\r"
            if endsPair { return }
            if ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar) {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
    }
}

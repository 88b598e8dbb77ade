/// The order of bytes on the wire; A is the most significant.
///
/// An order is one of registers and one of the two bytes within each. The names with four letters are meant for
/// any number of registers; the rest says more about the order of four registers.
public enum ByteOrder: String, Hashable, Sendable, CaseIterable {
    /// Big-endian words, big-endian bytes: the standard.
    case abcd = "ABCD"
    /// Low word first.
    case cdab = "CDAB"
    /// Bytes swapped within each word.
    case badc = "BADC"
    /// Low word first and bytes swapped: little-endian.
    case dcba = "DCBA"
    /// High half first, low word first within each half.
    case cdabghef = "CDABGHEF"
    /// Low half first, high word first within each half.
    case efghabcd = "EFGHABCD"
    /// High half first, each half little-endian.
    case dcbahgfe = "DCBAHGFE"
    /// Low half first, bytes swapped within each word.
    case fehgbadc = "FEHGBADC"

    /// The orders under every name files may use, those for any number of registers first.
    public static let names: [(String, ByteOrder)] = [
        ("ABCD", .abcd), ("CDAB", .cdab), ("BADC", .badc), ("DCBA", .dcba), ("AB", .abcd), ("BA", .badc),
        ("ABCDEF", .abcd), ("EFCDAB", .cdab), ("BADCFE", .badc), ("FEDCBA", .dcba), ("ABCDEFGH", .abcd),
        ("GHEFCDAB", .cdab), ("BADCFEHG", .badc), ("HGFEDCBA", .dcba), ("CDABGHEF", .cdabghef),
        ("EFGHABCD", .efghabcd), ("DCBAHGFE", .dcbahgfe), ("FEHGBADC", .fehgbadc),
    ]

    /// The orders that differ for so many registers.
    public static func distinct(registers: Int) -> [ByteOrder] {
        switch registers {
        case ...1: [.abcd, .badc]
        case 2...3: [.abcd, .cdab, .badc, .dcba]
        default: allCases
        }
    }

    /// The order with one letter per byte of so many registers.
    public func name(registers: Int) -> String {
        let names = Self.names.filter { $0.1 == self }.map(\.0)
        return names.first { $0.utf8.count == 2 * registers } ?? rawValue
    }

    /// Whether the bytes of each word are swapped.
    var hasSwappedBytes: Bool {
        switch self {
        case .badc, .dcba, .dcbahgfe, .fehgbadc: true
        case .abcd, .cdab, .cdabghef, .efghabcd: false
        }
    }

    /// Which word on the wire is the one with a number counted from the most significant.
    func place(ofWord word: Int, of count: Int) -> Int {
        switch self {
        case .abcd, .badc: word
        case .cdab, .dcba: count - 1 - word
        case .cdabghef, .dcbahgfe: count == 4 ? word ^ 1 : word
        case .efghabcd, .fehgbadc: count == 4 ? word ^ 2 : word
        }
    }
}

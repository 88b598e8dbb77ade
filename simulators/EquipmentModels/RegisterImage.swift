/// The four Modbus tables.
public enum RegisterTable: String, CaseIterable, Hashable, Sendable {
    case coil
    case discrete
    case input
    case holding

    /// Whether the table holds single bits.
    public var holdsBits: Bool {
        switch self {
        case .coil, .discrete: true
        case .input, .holding: false
        }
    }
}

/// What a unit answers at this instant: the registers that exist, and what they hold.
///
/// An address that is not in the image does not exist on the device; reading it is exception 2.
public struct RegisterImage: Hashable, Sendable {
    private var words: [RegisterTable: [Int: UInt16]] = [:]

    /// A device with no registers.
    public init() {}

    /// The word at a 0-based wire address, nothing where the device has no register.
    public func word(_ table: RegisterTable, _ address: Int) -> UInt16? {
        table.holdsBits ? nil : words[table]?[address]
    }

    /// The bit at a 0-based wire address, nothing where the device has none.
    public func bit(_ table: RegisterTable, _ address: Int) -> Bool? {
        guard table.holdsBits, let word = words[table]?[address] else { return nil }
        return word != 0
    }

    /// The addresses that exist in a table, lowest first.
    public func addresses(_ table: RegisterTable) -> [Int] {
        (words[table] ?? [:]).keys.sorted()
    }

    // MARK: - Filling

    mutating func set(_ table: RegisterTable, _ address: Int, word: UInt16) {
        words[table, default: [:]][address] = word
    }

    mutating func set(_ table: RegisterTable, _ address: Int, bit: Bool) {
        words[table, default: [:]][address] = bit ? 1 : 0
    }

    /// One register of flags, the first at bit 0.
    mutating func set(_ table: RegisterTable, _ address: Int, flags: [Bool]) {
        precondition(flags.count <= 16, "a register holds 16 flags, not \(flags.count)")
        var word: UInt16 = 0
        for (position, flag) in flags.enumerated() where flag {
            word |= 1 << UInt16(position)
        }
        set(table, address, word: word)
    }

    /// An unsigned register counting so many parts of the unit, stopping at its ends as real ones do.
    mutating func set(_ table: RegisterTable, _ address: Int, unsigned value: Double, per unit: Double = 1) {
        set(table, address, word: UInt16((value * unit).rounded().clamped(0...65535)))
    }

    /// A signed register counting so many parts of the unit.
    mutating func set(_ table: RegisterTable, _ address: Int, signed value: Double, per unit: Double = 1) {
        let raw = Int16((value * unit).rounded().clamped(-32768...32767))
        set(table, address, word: UInt16(bitPattern: raw))
    }

    /// Two registers with a 32-bit number, high word first (ABCD) unless told otherwise.
    mutating func set(
        _ table: RegisterTable, _ address: Int, bits32: UInt32, highWordFirst: Bool = true
    ) {
        let high = UInt16(truncatingIfNeeded: bits32 >> 16)
        let low = UInt16(truncatingIfNeeded: bits32)
        set(table, address, word: highWordFirst ? high : low)
        set(table, address + 1, word: highWordFirst ? low : high)
    }

    /// Two registers with a floating-point number.
    mutating func set(
        _ table: RegisterTable, _ address: Int, float32 value: Double, highWordFirst: Bool = true
    ) {
        set(table, address, bits32: Float(value).bitPattern, highWordFirst: highWordFirst)
    }

    /// ASCII text, two characters per register, the first in the high byte, padded with zeros.
    mutating func set(_ table: RegisterTable, _ address: Int, text: String, length: Int) {
        var bytes = Array(text.utf8.prefix(length * 2))
        bytes += Array(repeating: 0, count: length * 2 - bytes.count)
        for index in 0..<length {
            let word = UInt16(bytes[index * 2]) << 8 | UInt16(bytes[index * 2 + 1])
            set(table, address + index, word: word)
        }
    }
}

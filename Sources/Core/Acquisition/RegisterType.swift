/// How the bits of one or more registers make a value.
public enum RegisterType: String, Hashable, Sendable, CaseIterable {
    /// One bit.
    case bool
    /// One byte of a register, unsigned.
    case uint8
    /// One byte of a register, two's complement.
    case int8
    /// 16 bits, unsigned.
    case uint16
    /// 16 bits, two's complement.
    case int16
    /// The low 24 of 32 bits, unsigned.
    case uint24
    /// The low 24 of 32 bits, two's complement.
    case int24
    /// 32 bits, unsigned.
    case uint32
    /// 32 bits, two's complement.
    case int32
    /// 48 bits, unsigned.
    case uint48
    /// 48 bits, two's complement.
    case int48
    /// 64 bits, unsigned.
    case uint64
    /// 64 bits, two's complement.
    case int64
    /// IEEE 754 binary16.
    case float16
    /// IEEE 754 binary32.
    case float32
    /// IEEE 754 binary64.
    case float64
    /// Four decimal digits, one per nibble.
    case bcd16
    /// Eight decimal digits, one per nibble.
    case bcd32
    /// Sixteen decimal digits, one per nibble.
    case bcd64
    /// Four decimal digits per register as a number from -9999 to 9999: modulo 10,000.
    case mod10k
    /// Seconds since 1970 UTC in 32 bits.
    case unixSeconds = "time_unix"
    /// Milliseconds since 1970 UTC in 64 bits.
    case unixMilliseconds = "time_unix_ms"
    /// Date and time in the four registers of IEC 60870-5: year; month and day; hour and minute; milliseconds.
    case iecTime = "time_iec"
    /// Date and time as six pairs of decimal digits: year, month, day, hour, minute, second.
    case bcdTime = "time_bcd"
    /// Characters, one or two per register.
    case string

    /// How many registers a value takes; nil where the map says it.
    public var registers: Int? {
        switch self {
        case .bool, .uint8, .int8, .uint16, .int16, .float16, .bcd16: 1
        case .uint24, .int24, .uint32, .int32, .float32, .bcd32, .unixSeconds: 2
        case .uint48, .int48, .bcdTime: 3
        case .uint64, .int64, .float64, .bcd64, .unixMilliseconds, .iecTime: 4
        case .mod10k, .string: nil
        }
    }

    /// How many registers the map may say where the type leaves it open.
    public var lengths: ClosedRange<Int> {
        switch self {
        case .mod10k: 2...4
        case .string: 1...125
        case .bool, .uint8, .int8, .uint16, .int16, .uint24, .int24, .uint32, .int32, .uint48, .int48,
            .uint64, .int64, .float16, .float32, .float64, .bcd16, .bcd32, .bcd64, .unixSeconds,
            .unixMilliseconds, .iecTime, .bcdTime:
            (registers ?? 1)...(registers ?? 1)
        }
    }

    /// What the bits are.
    public var coding: RegisterCoding {
        switch self {
        case .bool, .uint8, .uint16, .uint24, .uint32, .uint48, .uint64: .unsigned
        case .int8, .int16, .int24, .int32, .int48, .int64: .signed
        case .float16, .float32, .float64: .float
        case .bcd16, .bcd32, .bcd64, .mod10k: .digits
        case .unixSeconds, .unixMilliseconds, .iecTime, .bcdTime: .time
        case .string: .characters
        }
    }

    /// How many bits of the value's registers count, from the least significant; the map says it for the rest.
    public var width: Int? {
        switch self {
        case .uint8, .int8: 8
        case .uint24, .int24: 24
        case .bool, .uint16, .int16, .uint32, .int32, .uint48, .int48, .uint64, .int64, .float16, .float32,
            .float64, .bcd16, .bcd32, .bcd64, .unixSeconds, .unixMilliseconds, .iecTime, .bcdTime:
            registers.map { 16 * $0 }
        case .mod10k, .string: nil
        }
    }
}

/// What the bits of a value are.
public enum RegisterCoding: Hashable, Sendable {
    /// A whole number from 0.
    case unsigned
    /// A whole number in two's complement.
    case signed
    /// A binary fraction (IEEE 754).
    case float
    /// Decimal digits.
    case digits
    /// Date and time, decoded to ISO 8601.
    case time
    /// Text.
    case characters
}

/// One of the two bytes of a register.
public enum RegisterHalf: String, Hashable, Sendable, CaseIterable {
    /// The more significant byte, which is sent first.
    case high
    /// The less significant byte.
    case low
}

/// How the bytes of a text make characters.
public enum TextEncoding: String, Hashable, Sendable, CaseIterable {
    /// UTF-8, and so ASCII.
    case utf8
    /// GBK, as Chinese makers use.
    case gbk
}

/// Makes text out of bytes that are not UTF-8; nil if they are no text.
public typealias TextDecoding = @Sendable ([UInt8]) -> String?

/// What a point measured.
public enum Value: Hashable, Sendable {
    /// A measured or scaled number.
    case number(Double)
    /// A whole number as the device holds it: counts, states, raw words.
    case integer(Int64)
    /// A contact or a bit.
    case flag(Bool)
    /// Characters: a serial number, a device's own message.
    case text(String)

    /// The value as a number to compute with; nil for text. A flag counts as 0 or 1.
    public var double: Double? {
        switch self {
        case .number(let number): number
        case .integer(let integer): Double(integer)
        case .flag(let flag): flag ? 1 : 0
        case .text: nil
        }
    }
}

/// How far a value can be trusted, and if not, why.
public enum Quality: Hashable, Sendable {
    /// Read, decoded and plausible.
    case good
    /// A value is there, with a reason to doubt it.
    case uncertain(Doubt)
    /// No usable value, with the reason.
    case bad(Fault)

    /// Whether rules may compute with the value.
    public var isUsable: Bool {
        if case .bad = self { false } else { true }
    }
}

/// Why a value that is there is doubted.
public enum Doubt: UInt8, Hashable, Sendable, CaseIterable {
    /// Retained by a broker: the last known state, not a fresh measurement.
    case retained = 1
    /// Older than three poll periods or than the point's own limit.
    case stale = 2
    /// The device's time stamp disagrees with the gateway's clock.
    case clockSkew = 3
    /// Messages before it were missed: what they said is not known.
    case missed = 4
}

/// Why there is no usable value.
public enum Fault: Hashable, Sendable {
    /// Never read since the point was configured.
    case neverRead
    /// The bus cannot be opened or the connection is down.
    case noConnection
    /// The unit did not answer in time.
    case timeout
    /// The unit answered with a Modbus exception code (1 to 11).
    case exception(UInt8)
    /// The answer was damaged or did not belong to the request.
    case invalidReply
    /// The raw value is the device's own mark for a broken or absent sensor.
    case sensorFault
    /// The value lies outside the point's plausible range.
    case outOfRange
    /// The payload could not be decoded as the point's type.
    case undecodable
    /// The source announced that it is offline, or has been silent too long.
    case offline
    /// The register that says the scale has no value yet, or none that can be a scale.
    case scaleUnknown
    /// The value moved faster than the quantity can.
    case implausible

    /// A number for storage: stable over versions.
    public var code: UInt8 {
        switch self {
        case .neverRead: 1
        case .noConnection: 2
        case .timeout: 3
        case .invalidReply: 4
        case .sensorFault: 5
        case .outOfRange: 6
        case .undecodable: 7
        case .offline: 8
        case .scaleUnknown: 9
        case .implausible: 10
        case .exception(let code): 32 + min(code, 31)
        }
    }

    /// The fault with a stored number; nil for numbers no version has written.
    public init?(code: UInt8) {
        switch code {
        case 1: self = .neverRead
        case 2: self = .noConnection
        case 3: self = .timeout
        case 4: self = .invalidReply
        case 5: self = .sensorFault
        case 6: self = .outOfRange
        case 7: self = .undecodable
        case 8: self = .offline
        case 9: self = .scaleUnknown
        case 10: self = .implausible
        case 32...63: self = .exception(code - 32)
        default: return nil
        }
    }
}

extension Quality {
    /// A number for storage, stable over versions: 0 good, 64 and more uncertain, 128 and more bad.
    public var code: UInt8 {
        switch self {
        case .good: 0
        case .uncertain(let doubt): 64 + doubt.rawValue
        case .bad(let fault): 128 + fault.code
        }
    }

    /// The quality with a stored number; nil for numbers no version has written.
    public init?(code: UInt8) {
        switch code {
        case 0: self = .good
        case 64..<128:
            guard let doubt = Doubt(rawValue: code - 64) else { return nil }
            self = .uncertain(doubt)
        case 128...:
            guard let fault = Fault(code: code - 128) else { return nil }
            self = .bad(fault)
        default: return nil
        }
    }
}

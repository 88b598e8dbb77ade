public import Facility

extension Fault {
    /// The reason in words.
    public var message: Message {
        switch self {
        case .neverRead: Message("fault.never-read")
        case .noConnection: Message("fault.no-connection")
        case .timeout: Message("fault.timeout")
        case .exception(let code): Message("fault.exception", ["code": .text(String(code))])
        case .invalidReply: Message("fault.invalid-reply")
        case .sensorFault: Message("fault.sensor-fault")
        case .outOfRange: Message("fault.out-of-range")
        case .undecodable: Message("fault.undecodable")
        case .offline: Message("fault.offline")
        case .scaleUnknown: Message("fault.scale-unknown")
        case .implausible: Message("fault.implausible")
        }
    }
}

extension Doubt {
    /// The reason in words.
    public var message: Message {
        switch self {
        case .retained: Message("doubt.retained")
        case .stale: Message("doubt.stale")
        case .clockSkew: Message("doubt.clock-skew")
        case .missed: Message("doubt.missed")
        }
    }
}

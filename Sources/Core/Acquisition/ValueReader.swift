internal import Facility

/// Makes of a plain value from a payload what its point is: scaled, checked, or translated.
struct ValueReader: Sendable {
    /// Why there is no value.
    struct Refusal: Error {
        let fault: Fault
    }

    private let type: PayloadType
    private let isState: Bool
    private let flags: [String: Bool]
    private let scale: DecimalScale?
    private let range: ClosedRange<Double>
    private let badAbove: Double
    private let badBelow: Double

    /// What devices write for a contact when the map does not say.
    private static let usualFlags = [
        "ON": true, "OFF": false, "on": true, "off": false, "true": true, "false": false, "1": true,
        "0": false,
    ]

    init(_ point: MQTTPoint) {
        let scaling = point.scaling
        type = point.type
        isState = !point.meaning.states.isEmpty
        flags = point.flags.isEmpty ? Self.usualFlags : point.flags
        scale = scaling.isIdentity ? nil : DecimalScale(scale: scaling.scale, offset: scaling.offset)
        range = scaling.range ?? -.infinity ... .infinity
        badAbove = scaling.badAbove ?? .infinity
        badBelow = scaling.badBelow ?? -.infinity
    }

    /// A number as a measurement, or as the code of a state.
    func number(_ raw: Double) -> Result<Value, Refusal> {
        guard raw.isFinite else { return .failure(Refusal(fault: .undecodable)) }
        guard raw <= badAbove, raw >= badBelow else { return .failure(Refusal(fault: .sensorFault)) }
        let number = scale.map { $0(raw) } ?? raw
        guard range.contains(number) else { return .failure(Refusal(fault: .outOfRange)) }
        guard isState else { return .success(.number(number)) }
        guard let code = Int64(exactly: number) else { return .failure(Refusal(fault: .undecodable)) }
        return .success(.integer(code))
    }

    /// A text as a contact.
    func flag(_ text: String) -> Result<Value, Refusal> {
        guard let flag = flags[text] else { return .failure(Refusal(fault: .undecodable)) }
        return .success(.flag(flag))
    }

    /// A value that has a type of its own already.
    func read(_ value: Value) -> Result<Value, Refusal> {
        switch (type, value) {
        case (.number, .number), (.number, .integer), (.number, .flag):
            return value.double.map(number) ?? .failure(Refusal(fault: .undecodable))
        case (.bool, .flag), (.text, .text): return .success(value)
        case (.bool, .integer(let number)): return flag(String(number))
        case (.bool, .text(let text)): return flag(text)
        case (.text, .integer(let number)): return .success(.text(String(number)))
        case (.number, .text), (.bool, .number), (.text, .number), (.text, .flag):
            return .failure(Refusal(fault: .undecodable))
        }
    }
}

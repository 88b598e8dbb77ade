internal import Acquisition
internal import Facility

/// Register addresses as files write them.
///
/// Only notations that say whether they count from 0 or from 1 are taken: `holding:0` is the address on the
/// wire, `"40001"` the number a manual prints.
enum RegisterReference {
    /// Both notations as a regular expression for the schema.
    static let pattern =
        "^((coil|discrete|input|holding):(0x[0-9A-Fa-f]{1,4}|[0-9]{1,5})|[0134][0-9]{4,5})$"

    /// The register a text names; nil if it names none.
    static func address(_ text: String) -> RegisterAddress? {
        try? parse(text).get()
    }

    /// One register.
    static let form = Form<RegisterAddress>(
        schema: .text(pattern: pattern, maximum: nil)
    ) { node, problems in
        guard case .scalar(let text, let isPlain) = node.content else {
            problems.add(expected: Message("config.form.register"), found: node)
            return nil
        }
        guard !isPlain || PlainMeaning(text) == .text else {
            problems.add(at: node.position, Message("config.register-number", ["text": .text(text)]))
            return nil
        }
        switch parse(text) {
        case .success(let address): return address
        case .failure(let refusal):
            problems.add(at: node.position, refusal.message)
            return nil
        }
    }

    /// Registers from one to another: `holding:100-120`.
    static let rangeForm = Form<ClosedRange<RegisterAddress>>.notation(
        pattern:
            "^(coil|discrete|input|holding):(0x[0-9A-Fa-f]{1,4}|[0-9]{1,5})(-(0x[0-9A-Fa-f]{1,4}|[0-9]{1,5}))?$",
        expected: Message("config.form.register-range")
    ) { text in
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard text.contains(":"), let first = try? parse(String(parts[0])).get() else { return nil }
        guard parts.count == 2 else { return .success(first...first) }
        guard let end = WholeNumber(String(parts[1])).flatMap({ UInt16(exactly: $0.signed) }),
            end >= first.address
        else { return nil }
        return .success(first...RegisterAddress(first.area, end))
    }

    private static func parse(_ text: String) -> Result<RegisterAddress, Refusal> {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return manual(text) }
        let areas = RegisterArea.allCases.map(\.rawValue)
        guard let area = RegisterArea(rawValue: String(parts[0])) else {
            return .failure(Refusal(.unknown("register-area", String(parts[0]), among: areas)))
        }
        guard let number = WholeNumber(String(parts[1])) else { return .failure(Refusal("config.register")) }
        guard let address = UInt16(exactly: number.signed) else {
            return .failure(.outside(String(parts[1]), "0", "65535"))
        }
        return .success(RegisterAddress(area, address))
    }

    /// A number as manuals print it: the first digit is the table, the rest counts from 1.
    private static func manual(_ text: String) -> Result<RegisterAddress, Refusal> {
        let areas: [Character: RegisterArea] = ["0": .coil, "1": .discrete, "3": .input, "4": .holding]
        guard (5...6).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }),
            let first = text.first, let area = areas[first], let number = Int(text.dropFirst())
        else { return .failure(Refusal("config.register")) }
        guard let address = UInt16(exactly: number - 1) else {
            return .failure(.outside(text, "\(first)00001", "\(first)65536"))
        }
        return .success(RegisterAddress(area, address))
    }
}

import EquipmentModels

/// One Modbus unit's side of the protocol: a request's PDU in, a reply's PDU out.
///
/// Written from the Modbus application protocol alone, so that it can prove a client wrong.
struct ModbusResponder {
    /// What the unit made of a request.
    enum Outcome: Equatable {
        case answered([UInt8])
        case refused([UInt8])
        /// A function that would change something: refused, and counted by itself.
        case writeRefused([UInt8])

        var reply: [UInt8] {
            switch self {
            case .answered(let pdu), .refused(let pdu), .writeRefused(let pdu): pdu
            }
        }
    }

    enum ExceptionCode: UInt8 {
        case illegalFunction = 1
        case illegalAddress = 2
        case illegalValue = 3
        case gatewayTargetSilent = 11
    }

    private static let writeFunctions: Set<UInt8> = [5, 6, 15, 16, 21, 22, 23]

    let image: RegisterImage
    let maxRegisters: Int
    let maxBits: Int
    let modelName: String

    func answer(_ request: [UInt8]) -> Outcome {
        guard let function = request.first else { return .refused([]) }
        switch function {
        case 1: return read(request, bits: .coil)
        case 2: return read(request, bits: .discrete)
        case 3: return read(request, words: .holding)
        case 4: return read(request, words: .input)
        case 0x2B: return identify(request)
        case _ where Self.writeFunctions.contains(function):
            return .writeRefused(Self.exception(function, .illegalFunction))
        default: return .refused(Self.exception(function, .illegalFunction))
        }
    }

    static func exception(_ function: UInt8, _ code: ExceptionCode) -> [UInt8] {
        [function | 0x80, code.rawValue]
    }

    // MARK: - Reading

    private func read(_ request: [UInt8], bits table: RegisterTable) -> Outcome {
        switch range(request, limit: min(maxBits, 2000)) {
        case .failure(let refusal): return .refused(Self.exception(request[0], refusal.code))
        case .success(let addresses):
            var packed = [UInt8](repeating: 0, count: (addresses.count + 7) / 8)
            for (position, address) in addresses.enumerated() {
                guard let bit = image.bit(table, address) else {
                    return .refused(Self.exception(request[0], .illegalAddress))
                }
                if bit { packed[position / 8] |= 1 << UInt8(position % 8) }
            }
            return .answered([request[0], UInt8(packed.count)] + packed)
        }
    }

    private func read(_ request: [UInt8], words table: RegisterTable) -> Outcome {
        switch range(request, limit: min(maxRegisters, 125)) {
        case .failure(let refusal): return .refused(Self.exception(request[0], refusal.code))
        case .success(let addresses):
            var bytes: [UInt8] = []
            for address in addresses {
                guard let word = image.word(table, address) else {
                    return .refused(Self.exception(request[0], .illegalAddress))
                }
                bytes += [UInt8(word >> 8), UInt8(word & 0xFF)]
            }
            return .answered([request[0], UInt8(bytes.count)] + bytes)
        }
    }

    private struct Refusal: Error {
        let code: ExceptionCode
    }

    private func range(_ request: [UInt8], limit: Int) -> Result<Range<Int>, Refusal> {
        guard request.count == 5 else { return .failure(Refusal(code: .illegalValue)) }
        let start = Int(request[1]) << 8 | Int(request[2])
        let count = Int(request[3]) << 8 | Int(request[4])
        guard (1...limit).contains(count) else { return .failure(Refusal(code: .illegalValue)) }
        guard start + count <= 65_536 else { return .failure(Refusal(code: .illegalAddress)) }
        return .success(start..<start + count)
    }

    // MARK: - Identification (43/14)

    private func identify(_ request: [UInt8]) -> Outcome {
        guard request.count == 4, request[1] == 0x0E, (1...3).contains(request[2]) else {
            return .refused(Self.exception(request[0], .illegalValue))
        }
        var reply: [UInt8] = [0x2B, 0x0E, request[2], 0x01, 0x00, 0x00, 3]
        for (object, text) in ["sitewatch simulator", modelName, "1.0"].enumerated() {
            reply += [UInt8(object), UInt8(text.utf8.count)] + Array(text.utf8)
        }
        return .answered(reply)
    }
}

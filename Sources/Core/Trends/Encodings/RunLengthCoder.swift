/// Writes each residual once with how often it repeats: for constants, states and regular time stamps.
enum RunLengthCoder: ResidualCoder {
    static let code: UInt8 = 0

    static func cost(of residuals: [Int64], below bound: Int) -> Int? {
        var cost = 0
        var index = 0
        while index < residuals.count {
            let length = run(in: residuals, from: index)
            cost += varintLength(zigzag(residuals[index])) + varintLength(UInt64(length - 1))
            guard cost < bound else { return nil }
            index += length
        }
        return cost
    }

    static func encode(_ residuals: [Int64], to writer: inout ByteWriter) {
        var index = 0
        while index < residuals.count {
            let length = run(in: residuals, from: index)
            writer.write(signed: residuals[index])
            writer.write(varint: UInt64(length - 1))
            index += length
        }
    }

    static func decode(count: Int, from reader: inout ByteReader) throws(CodecError) -> [Int64] {
        var residuals: [Int64] = []
        residuals.reserveCapacity(count)
        while residuals.count < count {
            let residual = try reader.signed()
            let length = try reader.count(atMost: count - residuals.count - 1) + 1
            residuals.append(contentsOf: repeatElement(residual, count: length))
        }
        return residuals
    }

    private static func run(in residuals: [Int64], from start: Int) -> Int {
        var end = start &+ 1
        while end < residuals.count, residuals[end] == residuals[start] { end &+= 1 }
        return end &- start
    }
}

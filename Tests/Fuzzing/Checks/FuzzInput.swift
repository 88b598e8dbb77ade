/// Bytes that choose what a check does, read one after another; behind the end everything is 0.
struct FuzzInput {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func byte() -> UInt8 {
        guard position < bytes.count else { return 0 }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func word() -> UInt16 { UInt16(byte()) << 8 | UInt16(byte()) }

    /// A number of a range.
    mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + (range.count <= 256 ? Int(byte()) : Int(word())) % range.count
    }

    mutating func choice<Choices: RandomAccessCollection>(_ choices: Choices) -> Choices.Element {
        choices[choices.index(choices.startIndex, offsetBy: number(0...choices.count - 1))]
    }

    var isAtEnd: Bool { position >= bytes.count }

    /// So many bytes, filled up with zeros.
    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(position + count, bytes.count)
        let taken = Array(bytes[min(position, end)..<end])
        position = end
        return taken + [UInt8](repeating: 0, count: count - taken.count)
    }

    /// All that is left.
    mutating func rest() -> [UInt8] {
        defer { position = bytes.count }
        return Array(bytes[min(position, bytes.count)...])
    }
}

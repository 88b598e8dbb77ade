import Glibc

/// The records of standard input, block by block: whatever their number, they take no memory to speak of.
struct RecordStream {
    private static let width = 24
    private var block: [UInt8]
    /// CPU seconds of this thread spent here; they are not the store's.
    private(set) var seconds = 0.0

    init(recordsPerBlock: Int = 1000) {
        block = [UInt8](repeating: 0, count: recordsPerBlock * Self.width)
    }

    /// The next records, each turned into something by `make`; nil at the end.
    mutating func next<Output>(_ make: (GeneratedRecord) -> Output) -> [Output]? {
        let start = cpuSeconds(of: CLOCK_THREAD_CPUTIME_ID)
        defer { seconds += cpuSeconds(of: CLOCK_THREAD_CPUTIME_ID) - start }
        let count = fill() / Self.width
        guard count > 0 else { return nil }
        return block.withUnsafeBytes { bytes in
            (0..<count).map { index in
                let place = index * Self.width
                return make(
                    GeneratedRecord(
                        wallMilliseconds: bytes.loadUnaligned(fromByteOffset: place, as: Int64.self),
                        value: bytes.loadUnaligned(fromByteOffset: place + 8, as: Double.self),
                        point: bytes.loadUnaligned(fromByteOffset: place + 16, as: UInt32.self),
                        isDoubtful: bytes.loadUnaligned(fromByteOffset: place + 22, as: UInt16.self) != 0))
            }
        }
    }

    private mutating func fill() -> Int {
        block.withUnsafeMutableBytes { bytes in
            var filled = 0
            while filled < bytes.count {
                let count = read(0, bytes.baseAddress?.advanced(by: filled), bytes.count - filled)
                guard count > 0 else { break }
                filled += count
            }
            return filled
        }
    }
}

/// The changes of a time zone, as a TZif file (RFC 8536) lists them.
struct ZoneTable: Hashable, Sendable {
    /// The instants at which the offset changes, seconds since 1970, rising.
    private let changes: [Int64]
    /// The offset from each of them on.
    private let offsets: [Int]
    /// The offset before the first change.
    private let firstOffset: Int
    /// What holds from the last change on, if the file says.
    private let rule: ZoneRule?

    /// Seconds to add to UTC at an instant.
    func offset(at seconds: Int64) -> Int {
        guard let last = changes.last, let first = changes.first else {
            return rule?.offset(at: seconds) ?? firstOffset
        }
        guard seconds >= first else { return firstOffset }
        guard seconds < last else { return rule?.offset(at: seconds) ?? offsets[changes.count - 1] }
        var low = 0
        var high = changes.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if changes[middle] <= seconds { low = middle } else { high = middle }
        }
        return offsets[low]
    }
}

extension ZoneTable {
    /// Reads a file; nil if it is not a zone file with 64-bit times (version 2 or later).
    init?(_ file: [UInt8]) {
        guard let old = Header(file[...]), old.version >= UInt8(ascii: "2") else { return nil }
        let second = file.dropFirst(Header.size + old.bodySize(timeSize: 4))
        guard let header = Header(second), header.typeCount > 0 else { return nil }
        let body = second.dropFirst(Header.size)
        guard body.count >= header.bodySize(timeSize: 8) else { return nil }

        let indices = body.dropFirst(header.changeCount * 8).prefix(header.changeCount)
        let types = body.dropFirst(header.changeCount * 9)
        let typeOffsets = (0..<header.typeCount).map { index in
            Int(Int32(truncatingIfNeeded: bigEndian(types.dropFirst(index * 6).prefix(4))))
        }
        guard indices.allSatisfy({ Int($0) < header.typeCount }) else { return nil }
        changes = (0..<header.changeCount).map { bigEndian(body.dropFirst($0 * 8).prefix(8)) }
        guard zip(changes, changes.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
        offsets = indices.map { typeOffsets[Int($0)] }
        firstOffset = typeOffsets[0]

        let footer = body.dropFirst(header.bodySize(timeSize: 8))
        guard footer.first == 10, let end = footer.dropFirst().firstIndex(of: 10) else { return nil }
        let text = String(decoding: footer[footer.startIndex + 1..<end], as: UTF8.self)
        rule = ZoneRule(text)
        // An empty footer says that nothing is known; a footer nobody can read must not pass for one.
        guard text.isEmpty || rule != nil else { return nil }
    }

    /// The counts at the head of each of a file's two blocks.
    private struct Header {
        static let size = 44

        let version: UInt8
        let universalCount: Int
        let standardCount: Int
        let leapCount: Int
        let changeCount: Int
        let typeCount: Int
        let characterCount: Int

        init?(_ block: ArraySlice<UInt8>) {
            guard block.count >= Self.size, block.starts(with: Array("TZif".utf8)) else { return nil }
            let start = block.startIndex
            version = block[start + 4]
            let counts = (0..<6).map { Int(bigEndian(block.dropFirst(20 + $0 * 4).prefix(4))) }
            guard counts.allSatisfy({ (0...65536).contains($0) }) else { return nil }
            (universalCount, standardCount, leapCount) = (counts[0], counts[1], counts[2])
            (changeCount, typeCount, characterCount) = (counts[3], counts[4], counts[5])
        }

        /// How many bytes follow the head, given the size of a time in this block.
        func bodySize(timeSize: Int) -> Int {
            changeCount * (timeSize + 1) + typeCount * 6 + characterCount
                + leapCount * (timeSize + 4) + standardCount + universalCount
        }
    }
}

/// A number stored highest byte first; fewer than eight bytes are not sign-extended.
private func bigEndian(_ bytes: some Sequence<UInt8>) -> Int64 {
    Int64(bitPattern: bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
}

import Foundation
import Trends

/// Reads the rows of a month's file out of its bytes, without SQLite: for files SQLite cannot read any more.
///
/// Only the leaves of tables are looked at, and what a row's own checksum proves is believed. How a database
/// file is laid out: https://www.sqlite.org/fileformat2.html.
final class RawPages: Sendable {
    /// A row as its page has it; the body is not yet checked.
    enum Row: Hashable, Sendable {
        case chunk(key: Int64, sequence: UInt64, body: [UInt8])
        case times(id: Int64, body: [UInt8])
    }

    /// What was found on a page.
    struct Found: Sendable {
        var rows: [Row] = []
        /// Whether the page's own list of rows could be followed.
        var isSound = true
    }

    /// How many pages the file has; the last one may be cut short.
    let count: Int
    private let pageBytes: Int
    private let handle: FileHandle

    /// The size of pages of every file made by us, for files that cannot tell any more.
    private static let usualPageBytes = 32_768
    /// A body is never longer than this.
    private static let bodyLimit = 64 << 20
    private static let leaf: UInt8 = 0x0D
    /// Pages that only lead to others: of tables, and of indices.
    private static let inner: Set<UInt8> = [0x05, 0x02, 0x0A]

    init(_ path: String) throws(HistoryError) {
        let opened = try attempt(path) {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            return (handle: handle, bytes: Int(try handle.seekToEnd()))
        }
        handle = opened.handle
        pageBytes = Self.pageBytes(of: opened.handle)
        count = (opened.bytes + pageBytes - 1) / pageBytes
    }

    deinit {
        try? handle.close()
    }

    /// The rows of a page, the first page being 1; nil when the disk does not give it.
    func rows(of number: Int) -> Found? {
        guard let page = page(number) else { return nil }
        let base = number == 1 ? 100 : 0
        guard page.count > base + 8, page[base] == Self.leaf else {
            let isEmpty = page.allSatisfy { $0 == 0 }
            let isInner = page.count > base + 8 && Self.inner.contains(page[base])
            return Found(rows: isEmpty || isInner ? [] : everyRow(in: page), isSound: true)
        }
        var found = listedRows(in: page, base)
        if !found.isSound { found.rows += everyRow(in: page).filter { !found.rows.contains($0) } }
        return found
    }

    private func listedRows(in page: [UInt8], _ base: Int) -> Found {
        var found = Found()
        let cells = Int(page[base + 3]) << 8 | Int(page[base + 4])
        let first = base + 8
        guard first + 2 * cells <= page.count else { return Found(isSound: false) }
        for cell in 0..<cells {
            let place = Int(page[first + 2 * cell]) << 8 | Int(page[first + 2 * cell + 1])
            guard place >= first + 2 * cells, place < page.count else {
                found.isSound = false
                continue
            }
            switch row(in: page, at: place) {
            case .row(let row, _): found.rows.append(row)
            case .other: break
            case .broken: found.isSound = false
            }
        }
        return found
    }

    /// Tries every byte as the start of a row; only rows that their checksum proves are given.
    private func everyRow(in page: [UInt8]) -> [Row] {
        var rows: [Row] = []
        var place = 0
        while place + 16 < page.count {
            if case .row(let row, let end) = row(in: page, at: place), Self.isProven(row) {
                rows.append(row)
                place = end
            } else {
                place += 1
            }
        }
        return rows
    }

    private static func isProven(_ row: Row) -> Bool {
        switch row {
        case .chunk(_, _, let body): (try? Chunk(body)) != nil || (try? RollUpCodec.decode(body)) != nil
        case .times(_, let body): (try? ChunkCodec.decodeTimes(body)) != nil
        }
    }

    private enum Parsed {
        case row(Row, end: Int)
        /// Sound, but no chunk and no times.
        case other
        case broken
    }

    private func row(in page: [UInt8], at start: Int) -> Parsed {
        var reader = CellReader(page, start)
        guard let length = reader.varint(), length > 0, length <= Self.bodyLimit,
            let rowid = reader.varint()
        else { return .broken }
        let local = localBytes(of: Int(length))
        let bodyStart = reader.place
        guard bodyStart + local <= page.count, let types = reader.types(end: bodyStart + local) else {
            return .broken
        }
        guard types.first == 0, let blob = types.last, types.count <= 3, blob >= 12, blob % 2 == 0 else {
            return .other
        }
        let bytes = (blob - 12) / 2
        let numberBytes = types.count == 3 ? CellReader.bytes(ofInteger: types[1]) : 0
        guard let numberBytes, reader.place - bodyStart + numberBytes + bytes == Int(length) else {
            return .broken
        }
        guard let payload = payload(page, bodyStart, local, Int(length)) else { return .broken }
        let body = Array(payload.suffix(bytes))
        let end = bodyStart + local
        guard types.count == 3 else { return .row(.times(id: rowid, body: body), end: end) }
        let sequence = CellReader.integer(types[1], in: payload, at: reader.place - bodyStart)
        return .row(.chunk(key: rowid, sequence: UInt64(bitPattern: sequence), body: body), end: end)
    }

    /// How many bytes of a row stand on its page; the rest is in a chain of pages.
    private func localBytes(of length: Int) -> Int {
        guard length > pageBytes - 35 else { return length }
        let least = (pageBytes - 12) * 32 / 255 - 23
        let wanted = least + (length - least) % (pageBytes - 4)
        return wanted <= pageBytes - 35 ? wanted : least
    }

    private func payload(_ page: [UInt8], _ start: Int, _ local: Int, _ length: Int) -> [UInt8]? {
        var payload = Array(page[start..<start + local])
        guard local < length else { return payload }
        guard start + local + 4 <= page.count else { return nil }
        var next = Self.number(page, start + local)
        while payload.count < length {
            guard next > 1, next <= count, let more = self.page(next), more.count > 4 else { return nil }
            next = Self.number(more, 0)
            payload += more.dropFirst(4).prefix(length - payload.count)
        }
        return payload
    }

    private func page(_ number: Int) -> [UInt8]? {
        try? Self.read(handle, at: UInt64(number - 1) * UInt64(pageBytes), pageBytes)
    }

    private static func read(_ handle: FileHandle, at offset: UInt64, _ bytes: Int) throws -> [UInt8] {
        try handle.seek(toOffset: offset)
        return Array(try handle.read(upToCount: bytes) ?? Data())
    }

    private static func number(_ bytes: [UInt8], _ place: Int) -> Int {
        (0..<4).reduce(0) { $0 << 8 | Int(bytes[place + $1]) }
    }

    private static func pageBytes(of handle: FileHandle) -> Int {
        guard let head = try? read(handle, at: 0, 100), head.count == 100,
            head.prefix(16).elementsEqual(Array("SQLite format 3\0".utf8))
        else { return usualPageBytes }
        let told = Int(head[16]) << 8 | Int(head[17])
        let bytes = told == 1 ? 65_536 : told
        return bytes >= 512 && bytes & (bytes - 1) == 0 && head[20] == 0 ? bytes : usualPageBytes
    }
}

/// Reads the front of a row.
private struct CellReader {
    let bytes: [UInt8]
    private(set) var place: Int

    init(_ bytes: [UInt8], _ place: Int) {
        self.bytes = bytes
        self.place = place
    }

    /// A number in up to nine bytes, highest first.
    mutating func varint() -> Int64? {
        var number: Int64 = 0
        for index in 0..<9 {
            guard place < bytes.count else { return nil }
            let byte = bytes[place]
            place += 1
            if index == 8 { return number << 8 | Int64(byte) }
            number = number << 7 | Int64(byte & 0x7F)
            if byte < 0x80 { return number }
        }
        return nil
    }

    /// The types of a row's columns; nil when they do not end where they should.
    mutating func types(end: Int) -> [Int]? {
        let start = place
        guard let length = varint(), length >= 2, length <= 64, start + Int(length) <= end else { return nil }
        var types: [Int] = []
        while place < start + Int(length) {
            guard let type = varint(), type >= 0, type < 1 << 31 else { return nil }
            types.append(Int(type))
        }
        return place == start + Int(length) ? types : nil
    }

    /// The bytes that an integer of a type takes; nil when the type is none of an integer.
    static func bytes(ofInteger type: Int) -> Int? {
        switch type {
        case 1...4: type
        case 5: 6
        case 6: 8
        case 8, 9: 0
        default: nil
        }
    }

    /// The integer of a type at a place.
    static func integer(_ type: Int, in bytes: [UInt8], at place: Int) -> Int64 {
        guard type < 8 else { return Int64(type - 8) }
        let width = Self.bytes(ofInteger: type) ?? 0
        guard width > 0 else { return 0 }
        return (1..<width).reduce(Int64(Int8(bitPattern: bytes[place]))) {
            $0 << 8 | Int64(bytes[place + $1])
        }
    }
}

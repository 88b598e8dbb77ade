/// Cuts the bytes of a table file into rows as they come: a file of any size needs no memory of its size.
///
/// Works on bytes: separators and quotes are the same in UTF-8 and in GBK.
struct DelimitedStream {
    /// One cell.
    struct Field: Hashable {
        var bytes: [UInt8] = []
        var isQuoted = false
    }

    /// One row and the line it begins on, counted from 1.
    struct Row: Hashable {
        let line: Int
        let fields: [Field]
        /// Whether it was given up: longer than any row is, as when a quote is opened that nothing closes.
        let isTooLong: Bool
    }

    /// What stands between the cells.
    let separator: UInt8

    private var field = Field()
    private var fields: [Field] = []
    private var length = 0
    private var line = 1
    private var firstLine = 1
    private var isInQuotes = false
    private var isAfterQuote = false
    private var isAfterReturn = false
    private var isGivenUp = false

    private static let lengthLimit = 1 << 20
    private static let quote = UInt8(ascii: "\"")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    init(separator: UInt8) {
        self.separator = separator
    }

    /// Takes bytes and gives the rows they end.
    mutating func add(_ bytes: some Sequence<UInt8>, take: (Row) throws -> Void) rethrows {
        for byte in bytes {
            if isInQuotes, !isAfterQuote, byte != Self.quote {
                keep(byte)
                if byte == Self.newline {
                    line += 1
                    if length > Self.lengthLimit { try giveUp(take) }
                }
                continue
            }
            if let row = outside(byte) { try take(row) }
        }
    }

    /// Gives the last row, if no line end closed it.
    mutating func finish(take: (Row) throws -> Void) rethrows {
        if isInQuotes, !isAfterQuote { return try giveUp(take) }
        guard !fields.isEmpty || !field.bytes.isEmpty || field.isQuoted, !isGivenUp else { return }
        if let row = endRow() { try take(row) }
    }

    /// A byte that is not plainly within quotes.
    private mutating func outside(_ byte: UInt8) -> Row? {
        let followsReturn = isAfterReturn
        isAfterReturn = false
        if isInQuotes {
            guard isAfterQuote else {
                isAfterQuote = true
                return nil
            }
            isAfterQuote = false
            if byte == Self.quote {
                keep(byte)
                return nil
            }
            isInQuotes = false
        }
        switch byte {
        case Self.newline where followsReturn: return nil
        case Self.newline, Self.carriageReturn:
            isAfterReturn = byte == Self.carriageReturn
            line += 1
            return endRow()
        case separator:
            endField()
            return nil
        case Self.quote where !field.isQuoted && field.bytes.allSatisfy({ $0 == 32 }):
            field = Field(isQuoted: true)
            isInQuotes = true
            return nil
        default:
            // Blanks behind a closing quote are no part of the text.
            if !field.isQuoted || byte != 32 { keep(byte) }
            return nil
        }
    }

    private mutating func keep(_ byte: UInt8) {
        length += 1
        if length <= Self.lengthLimit { field.bytes.append(byte) }
    }

    private mutating func endField() {
        if !field.isQuoted { field.trim() }
        fields.append(field)
        field = Field()
    }

    private mutating func endRow() -> Row? {
        endField()
        let isTooLong = length > Self.lengthLimit
        defer {
            fields.removeAll(keepingCapacity: true)
            (length, firstLine) = (0, line)
        }
        if isGivenUp {
            isGivenUp = false
            return nil
        }
        if fields.count == 1, fields[0].bytes.isEmpty { return nil }
        return Row(line: firstLine, fields: fields, isTooLong: isTooLong)
    }

    /// Gives a row up and goes on behind the next line end.
    private mutating func giveUp(_ take: (Row) throws -> Void) rethrows {
        let row = Row(line: firstLine, fields: [], isTooLong: true)
        (field, fields, length, firstLine) = (Field(), [], 0, line)
        (isInQuotes, isAfterQuote) = (false, false)
        try take(row)
    }
}

extension DelimitedStream.Field {
    fileprivate mutating func trim() {
        while let last = bytes.last, last == 32 || last == 9 { bytes.removeLast() }
        let blanks = bytes.prefix { $0 == 32 || $0 == 9 }.count
        if blanks > 0 { bytes.removeFirst(blanks) }
    }
}

extension DelimitedStream {
    /// The separator of a file, judged by its first line: the one that stands there most often.
    static func separator(of head: some Sequence<UInt8>) -> UInt8 {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in head {
            if byte == quote { isQuoted.toggle() }
            if !isQuoted, byte == newline || byte == carriageReturn { break }
            if !isQuoted { counts[byte, default: 0] += 1 }
        }
        let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
        return candidates.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? candidates[0]
    }
}

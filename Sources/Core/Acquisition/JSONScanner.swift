/// Why a payload is no JSON text.
enum JSONError: Error {
    /// Against the grammar (RFC 8259).
    case malformed
    /// Nested deeper than any device's payload.
    case tooDeep
}

/// The places of a JSON document that somebody asked for, as a tree of keys.
struct JSONPlaces: Sendable {
    struct Node: Sendable {
        var children: [(key: [UInt8], node: Int)] = []
        /// Of a list: the elements that are asked for by what one of their members is.
        var selections: [Selection] = []
        /// Where those members stand in an element.
        var members: Int?
        /// Who asked for this very place.
        var askers: [Int] = []
        /// Who asked for it or for a place below it.
        var askersBelow: [Int] = []
    }

    /// The element of a list whose member is a certain text or number.
    struct Selection: Sendable {
        /// Who is told what the member is.
        let member: Int
        /// What it must be.
        let value: [UInt8]
        /// The place of the element.
        let node: Int
    }

    private(set) var nodes = [Node()]
    /// How many ask, the members of selections among them.
    private(set) var askerCount = 0

    /// Room for those who ask from outside, counted from 0.
    init(askers: Int = 0) {
        askerCount = askers
    }

    /// Adds a place, written as a JSON pointer (RFC 6901) in which `[KEY=VALUE]` stands for an element of a list.
    mutating func add(_ pointer: String, for asker: Int) {
        askerCount = max(askerCount, asker + 1)
        var node = 0
        nodes[node].askersBelow.append(asker)
        let tokens = pointer.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for token in tokens.dropFirst(pointer.utf8.first == UInt8(ascii: "/") ? 1 : 0) {
            let key = Self.unescaped(token)
            node =
                if let (member, value) = Self.selection(key) {
                    select(member, value, below: node)
                } else {
                    child(key, below: node)
                }
            nodes[node].askersBelow.append(asker)
        }
        nodes[node].askers.append(asker)
    }

    private mutating func child(_ key: [UInt8], below node: Int) -> Int {
        if let known = child(of: node, key[...]) { return known }
        nodes.append(Node())
        nodes[node].children.append((key, nodes.count - 1))
        return nodes.count - 1
    }

    private mutating func select(_ member: [UInt8], _ value: [UInt8], below node: Int) -> Int {
        let members = nodes[node].members ?? nodes.count
        if members == nodes.count {
            nodes.append(Node())
            nodes[node].members = members
        }
        let place = child(member, below: members)
        let asker: Int
        if let known = nodes[place].askers.first {
            asker = known
        } else {
            asker = askerCount
            askerCount += 1
            nodes[place].askers = [asker]
            nodes[place].askersBelow = [asker]
            nodes[members].askersBelow.append(asker)
        }
        if let known = nodes[node].selections.first(where: { $0.member == asker && $0.value == value }) {
            return known.node
        }
        nodes.append(Node())
        nodes[node].selections.append(Selection(member: asker, value: value, node: nodes.count - 1))
        return nodes.count - 1
    }

    /// The member and the value that `[KEY=VALUE]` names; nil for any other key.
    static func selection(_ key: [UInt8]) -> (member: [UInt8], value: [UInt8])? {
        guard key.first == UInt8(ascii: "["), key.last == UInt8(ascii: "]"),
            let equals = key.firstIndex(of: UInt8(ascii: "=")), equals > 1, equals < key.count - 2
        else { return nil }
        return (Array(key[1..<equals]), Array(key[(equals + 1)..<(key.count - 1)]))
    }

    func child(of node: Int, _ key: ArraySlice<UInt8>) -> Int? {
        for (candidate, child) in nodes[node].children where candidate.elementsEqual(key) { return child }
        return nil
    }

    func child(of node: Int, index: Int) -> Int? {
        guard !nodes[node].children.isEmpty else { return nil }
        return child(of: node, Array(String(index).utf8)[...])
    }

    /// `~1` means a slash, `~0` a tilde.
    private static func unescaped(_ token: Substring.UTF8View) -> [UInt8] {
        var result: [UInt8] = []
        var bytes = token.makeIterator()
        while let byte = bytes.next() {
            guard byte == UInt8(ascii: "~"), let code = bytes.next() else {
                result.append(byte)
                continue
            }
            result.append(code == UInt8(ascii: "1") ? UInt8(ascii: "/") : UInt8(ascii: "~"))
        }
        return result
    }
}

/// What stands at a place of a JSON document.
struct JSONToken {
    enum Kind {
        case number
        case string(hasEscapes: Bool)
        case bool(Bool)
        case null
        case container
    }

    let kind: Kind
    /// The bytes; of a string without its quotes.
    let bytes: Range<Int>
}

/// Reads a JSON document once, checks all of it, and remembers only what stands at the asked places.
struct JSONScanner {
    /// The deepest nesting read.
    static let deepest = 16

    private let bytes: [UInt8]
    private let places: JSONPlaces
    private var position = 0
    /// What stands at each asker's place. Of a key that occurs twice the last counts.
    private(set) var found: [JSONToken?]

    init(_ bytes: [UInt8], places: JSONPlaces) {
        self.bytes = bytes
        self.places = places
        found = [JSONToken?](repeating: nil, count: places.askerCount)
    }

    /// Reads the document.
    mutating func scan() throws(JSONError) {
        skipBlanks()
        try value(at: 0, depth: 0)
        skipBlanks()
        guard position == bytes.count else { throw .malformed }
    }

    private mutating func value(at node: Int?, depth: Int) throws(JSONError) {
        guard position < bytes.count else { throw .malformed }
        let start = position
        let token: JSONToken
        switch bytes[position] {
        case UInt8(ascii: "{"):
            try object(at: node, depth: depth + 1)
            token = JSONToken(kind: .container, bytes: start..<position)
        case UInt8(ascii: "["):
            try array(at: node, depth: depth + 1)
            token = JSONToken(kind: .container, bytes: start..<position)
        case UInt8(ascii: "\""):
            let hasEscapes = try string()
            token = JSONToken(kind: .string(hasEscapes: hasEscapes), bytes: start + 1..<position - 1)
        case UInt8(ascii: "t"):
            try word("true")
            token = JSONToken(kind: .bool(true), bytes: start..<position)
        case UInt8(ascii: "f"):
            try word("false")
            token = JSONToken(kind: .bool(false), bytes: start..<position)
        case UInt8(ascii: "n"):
            try word("null")
            token = JSONToken(kind: .null, bytes: start..<position)
        default:
            position = try Self.number(bytes, from: position)
            token = JSONToken(kind: .number, bytes: start..<position)
        }
        guard let node else { return }
        for asker in places.nodes[node].askers { found[asker] = token }
    }

    private mutating func object(at node: Int?, depth: Int) throws(JSONError) {
        guard depth <= Self.deepest else { throw .tooDeep }
        position += 1
        skipBlanks()
        if take(UInt8(ascii: "}")) { return }
        while true {
            skipBlanks()
            guard peek == UInt8(ascii: "\"") else { throw .malformed }
            let start = position + 1
            let hasEscapes = try string()
            var child: Int?
            if let node {
                let key = bytes[start..<position - 1]
                child = places.child(of: node, hasEscapes ? Self.unescaped(key)[...] : key)
            }
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw .malformed }
            skipBlanks()
            try place(child, depth: depth)
            skipBlanks()
            if take(UInt8(ascii: "}")) { return }
            guard take(UInt8(ascii: ",")) else { throw .malformed }
        }
    }

    private mutating func array(at node: Int?, depth: Int) throws(JSONError) {
        guard depth <= Self.deepest else { throw .tooDeep }
        position += 1
        skipBlanks()
        if take(UInt8(ascii: "]")) { return }
        var index = 0
        while true {
            skipBlanks()
            let start = position
            try place(node.flatMap { places.child(of: $0, index: index) }, depth: depth)
            if let node, !places.nodes[node].selections.isEmpty {
                try select(from: places.nodes[node], start, depth: depth)
            }
            index += 1
            skipBlanks()
            if take(UInt8(ascii: "]")) { return }
            guard take(UInt8(ascii: ",")) else { throw .malformed }
        }
    }

    /// Reads an element again that is asked for by its members, wherever in the element they stand.
    ///
    /// The first element that fits is the one that is meant.
    private mutating func select(from list: JSONPlaces.Node, _ start: Int, depth: Int) throws(JSONError) {
        let end = position
        position = start
        try place(list.members, depth: depth)
        for selection in list.selections {
            guard let token = found[selection.member], Self.means(token, selection.value, bytes),
                places.nodes[selection.node].askersBelow.allSatisfy({ found[$0] == nil })
            else { continue }
            position = start
            try place(selection.node, depth: depth)
        }
        position = end
    }

    private static func means(_ token: JSONToken, _ value: [UInt8], _ bytes: [UInt8]) -> Bool {
        switch token.kind {
        case .string(hasEscapes: true): unescaped(bytes[token.bytes]) == value
        case .string(hasEscapes: false), .number, .bool: bytes[token.bytes].elementsEqual(value)
        case .null, .container: false
        }
    }

    /// Reads a member; what an earlier member of the same name left behind is forgotten.
    private mutating func place(_ node: Int?, depth: Int) throws(JSONError) {
        if let node {
            for asker in places.nodes[node].askersBelow { found[asker] = nil }
        }
        try value(at: node, depth: depth)
    }

    /// Reads a string with its quotes; whether it contains escapes.
    private mutating func string() throws(JSONError) -> Bool {
        position += 1
        var hasEscapes = false
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return hasEscapes
            case UInt8(ascii: "\\"):
                hasEscapes = true
                position += 1
                try escape()
            case 0..<0x20:
                throw .malformed
            default:
                position += 1
            }
        }
        throw .malformed
    }

    private mutating func escape() throws(JSONError) {
        guard position < bytes.count else { throw .malformed }
        let code = bytes[position]
        position += 1
        if "\"\\/bfnrt".utf8.contains(code) { return }
        guard code == UInt8(ascii: "u"), position + 4 <= bytes.count else { throw .malformed }
        for _ in 0..<4 {
            guard Self.hexadecimal(bytes[position]) != nil else { throw .malformed }
            position += 1
        }
    }

    /// Where the number that starts at `start` ends.
    static func number(_ bytes: [UInt8], from start: Int) throws(JSONError) -> Int {
        var position = start
        func digits() throws(JSONError) {
            let first = position
            while position < bytes.count, 0x30...0x39 ~= bytes[position] { position += 1 }
            guard position > first else { throw .malformed }
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        if position < bytes.count, bytes[position] == 0x30 { position += 1 } else { try digits() }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == 0x2B || bytes[position] == 0x2D { position += 1 }
            try digits()
        }
        return position
    }

    private mutating func word(_ text: StaticString) throws(JSONError) {
        let word = text.description.utf8
        guard bytes[position...].starts(with: word) else { throw .malformed }
        position += word.count
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipBlanks() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte) - 0x30
        case 0x41...0x46: UInt32(byte) - 0x37
        case 0x61...0x66: UInt32(byte) - 0x57
        default: nil
        }
    }

    /// The bytes a string with escapes means. A lone surrogate becomes the replacement character.
    static func unescaped(_ string: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = string
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let code = rest.popFirst() else {
                result.append(byte)
                continue
            }
            switch code {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"): result += Array(String(takeScalar(&rest)).utf8)
            default: result.append(code)
            }
        }
        return result
    }

    private static func takeScalar(_ rest: inout ArraySlice<UInt8>) -> Character {
        let high = takeUnit(&rest)
        if 0xD800..<0xDC00 ~= high, rest.starts(with: "\\u".utf8) {
            var ahead = rest.dropFirst(2)
            let low = takeUnit(&ahead)
            if 0xDC00..<0xE000 ~= low,
                let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
            {
                rest = ahead
                return Character(scalar)
            }
        }
        return Character(Unicode.Scalar(high) ?? "\u{FFFD}")
    }

    private static func takeUnit(_ rest: inout ArraySlice<UInt8>) -> UInt32 {
        let unit = rest.prefix(4).reduce(UInt32(0)) { $0 << 4 | (hexadecimal($1) ?? 0) }
        rest = rest.dropFirst(4)
        return unit
    }
}

/// Makes a text fit into so many bytes without ever cutting a character, and says how much is missing.
public struct TextFit: Sendable {
    /// The most bytes the text may have as it is sent.
    public let bytes: Int
    /// How many bytes a piece of text has as it is sent, escaped for its format; longer pieces have no fewer.
    public let measure: @Sendable (String) -> Int
    /// What stands in the place of lines that were left out.
    public let remark: @Sendable (_ lines: Int) -> String

    /// Describes the room there is.
    public init(
        bytes: Int, measure: @escaping @Sendable (String) -> Int = { $0.utf8.count },
        remark: @escaping @Sendable (_ lines: Int) -> String
    ) {
        self.bytes = bytes
        self.measure = measure
        self.remark = remark
    }

    /// The text, or as much of it as fits: lines that are far too long are shortened first, because what stands
    /// below a hostile name is worth more than the rest of the name; then lines are left out at the end.
    public func fit(_ text: String) -> String {
        guard measure(text) > bytes else { return text }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let longest = max(bytes / 4, 16)
        let short = lines.map { measure($0) <= longest ? $0 : cut($0, to: longest) }
        let joined = short.joined(separator: "\n")
        guard measure(joined) > bytes else { return joined }
        return withoutLastLines(short)
    }

    /// The first characters of a text and an ellipsis, together not longer than so many bytes.
    public func cut(_ text: String, to bytes: Int) -> String {
        guard measure(text) > bytes else { return text }
        let ellipsis = "…"
        var room = bytes - measure(ellipsis)
        guard room >= 0 else { return "" }
        var kept = ""
        for character in text {
            let size = measure(String(character))
            if size <= room {
                kept.append(character)
                room -= size
            } else {
                // A character of a hundred marks is longer than any line: some of its marks go.
                if size > 64 { kept += prefix(of: character, &room) }
                break
            }
        }
        return kept + ellipsis
    }

    private func prefix(of character: Character, _ room: inout Int) -> String {
        var kept = ""
        for scalar in character.unicodeScalars {
            let size = measure(String(scalar))
            guard size <= room else { break }
            kept.unicodeScalars.append(scalar)
            room -= size
        }
        return kept
    }

    private func withoutLastLines(_ lines: [String]) -> String {
        var kept = lines.count
        var sizes = lines.map { measure($0 + "\n") }.reduce(0, +)
        while kept > 0 {
            kept -= 1
            sizes -= measure(lines[kept] + "\n")
            let note = remark(lines.count - kept)
            if sizes + measure(note) <= bytes {
                return (lines[..<kept] + [note]).joined(separator: "\n")
            }
        }
        return cut(remark(lines.count), to: bytes)
    }
}

/// The characters of a table file, in whatever encoding a spreadsheet wrote it.
public enum TableText {
    /// The characters: UTF-8, UTF-16 with its mark, or GBK. Nil if they are none of these.
    public static func text(_ bytes: [UInt8], gbk: ([UInt8]) -> String?) -> String? {
        if bytes.starts(with: [0xFF, 0xFE]) { return utf16(bytes.dropFirst(2), isBig: false) }
        if bytes.starts(with: [0xFE, 0xFF]) { return utf16(bytes.dropFirst(2), isBig: true) }
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        if let text = String(validating: body, as: UTF8.self) { return text.contains("\0") ? nil : text }
        return gbk(bytes)
    }

    private static func utf16(_ bytes: ArraySlice<UInt8>, isBig: Bool) -> String? {
        guard bytes.count.isMultiple(of: 2) else { return nil }
        let units = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { index in
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            return isBig ? first << 8 | second : second << 8 | first
        }
        return String(validating: units, as: UTF16.self)
    }
}

import Testing

@testable import SystemService

@Suite struct `Text in GBK` {
    // The bytes were written by another encoder (Python's).
    @Test(
        arguments: [
            ([0xC8, 0xFD, 0xCF, 0xE0, 0xB5, 0xE7, 0xB1, 0xED], "三相电表"),
            ([0x50, 0x31, 0x20, 0xA2, 0xF1, 0x20, 0xC2, 0xB7], "P1 Ⅰ 路"),
            ([0xBB, 0xF0, 0xBE, 0xAF], "火警"),
            (Array("plain".utf8), "plain"),
            ([0x80, 0x80], "€€"), ([], ""),
        ] as [([UInt8], String)])
    func `is the text that another encoder wrote`(bytes: [UInt8], text: String) {
        #expect(textOfGBK(bytes) == text)
    }

    @Test(arguments: [[0xC8], [0x41, 0xB5], [0xFF, 0xFF], [0xC8, 0x20]] as [[UInt8]])
    func `is none where bytes are half a character or no character`(bytes: [UInt8]) {
        #expect(textOfGBK(bytes) == nil)
    }

    @Test func `is long where the text is long`() {
        let bytes = Array(repeating: [0xBB, 0xF0] as [UInt8], count: 50_000).flatMap(\.self)
        #expect(textOfGBK(bytes) == String(repeating: "火", count: 50_000))
    }
}

import Glibc

/// The characters of text in GBK, the encoding of Chinese devices and spreadsheets; nil if it is no such text.
///
/// Done by the C library. Where its conversion tables are not installed, no text is.
public func textOfGBK(_ bytes: [UInt8]) -> String? {
    guard !bytes.isEmpty else { return "" }
    let converter = unsafe iconv_open("UTF-8", "GBK")
    // The C library says "none" with the address -1.
    guard Int(bitPattern: converter) != -1 else { return nil }
    defer { unsafe iconv_close(converter) }
    var source = bytes.map { CChar(bitPattern: $0) }
    // A byte or two become at most three.
    var target = [CChar](repeating: 0, count: 3 * bytes.count)
    var sourceLeft = source.count
    var targetLeft = target.count
    let isConverted = unsafe source.withUnsafeMutableBufferPointer { source in
        unsafe target.withUnsafeMutableBufferPointer { target in
            var input = source.baseAddress
            var output = target.baseAddress
            return unsafe iconv(converter, &input, &sourceLeft, &output, &targetLeft) == 0
        }
    }
    guard isConverted, sourceLeft == 0 else { return nil }
    let characters = target.dropLast(targetLeft).map { UInt8(bitPattern: $0) }
    return String(validating: characters, as: UTF8.self)
}

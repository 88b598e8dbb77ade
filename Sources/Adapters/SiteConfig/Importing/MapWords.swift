internal import Acquisition

/// The words in which makers' tables say what our files say.
enum MapWords {
    /// The table a cell names: a function code, a word, or `4x`.
    static func table(_ text: String) -> RegisterArea? {
        let plain = MapHeading.normal(text)
        let words: [(RegisterArea, [String])] = [
            (
                .holding,
                [
                    "holding", "holdingregister", "holdingregisters", "保持寄存器", "保持", "4x", "4xxxx", "hr",
                    "03h", "0x03",
                ]
            ),
            (
                .input,
                [
                    "input", "inputregister", "inputregisters", "输入寄存器", "输入", "3x", "3xxxx", "ir", "04h",
                    "0x04",
                ]
            ),
            (.coil, ["coil", "coils", "线圈", "线圈状态", "0x", "0xxxx", "do", "01h", "0x01"]),
            (
                .discrete,
                [
                    "discrete", "discreteinput", "discreteinputs", "离散输入", "离散量输入", "输入状态", "1x", "1xxxx",
                    "di", "02h", "0x02",
                ]
            ),
        ]
        if let found = words.first(where: { $0.1.contains(plain) }) { return found.0 }
        let codes = text.split { !$0.isNumber }.compactMap { Int($0) }
        return RegisterArea.allCases.first { area in codes.contains(Int(area.function)) }
    }

    /// Our name of a type, and the byte order if the cell says it too; the text itself if it is not known.
    static func type(_ text: String) -> (type: String, order: String?) {
        var words = text.split { " _(（)）,".contains($0) }.map(String.init)
        var order: String?
        if words.count > 1, let last = words.last?.uppercased(), last.count >= 4,
            Set("ABCDEFGH").isSuperset(of: last)
        {
            order = last
            words.removeLast()
        }
        let plain = MapHeading.normal(words.joined())
        let names: [(String, [String])] = [
            (
                "uint16",
                [
                    "uint16", "u16", "word", "ushort", "unsigned16", "unsignedshort", "uint", "unsigned",
                    "unsignedint16", "int16u", "无符号16位", "16位无符号", "无符号整型", "无符号短整型", "无符号整数", "16位无符号整数",
                ]
            ),
            (
                "int16",
                [
                    "int16", "s16", "i16", "short", "int", "signed16", "signed", "signedint16", "sint16",
                    "有符号16位", "16位有符号", "有符号整型", "短整型", "有符号整数", "16位有符号整数",
                ]
            ),
            (
                "uint32",
                [
                    "uint32", "u32", "dword", "udint", "ulong", "unsigned32", "unsignedlong", "unsignedint32",
                    "int32u", "无符号32位", "32位无符号", "无符号长整型", "双字", "32位无符号整数",
                ]
            ),
            (
                "int32",
                [
                    "int32", "s32", "i32", "dint", "long", "signed32", "signedint32", "有符号32位", "32位有符号",
                    "长整型", "32位有符号整数",
                ]
            ),
            ("uint64", ["uint64", "u64", "ulint", "qword", "unsigned64", "int64u", "无符号64位", "64位无符号"]),
            ("int64", ["int64", "s64", "i64", "lint", "signed64", "有符号64位", "64位有符号"]),
            (
                "float32",
                [
                    "float32", "float", "real", "f32", "single", "ieee754", "浮点", "浮点数", "单精度", "单精度浮点",
                    "单精度浮点数", "32位浮点", "浮点型",
                ]
            ),
            ("float64", ["float64", "double", "f64", "lreal", "双精度", "双精度浮点", "双精度浮点数", "64位浮点"]),
            ("bool", ["bool", "boolean", "bit", "布尔", "布尔量", "开关量", "位"]),
            ("string", ["string", "ascii", "char", "字符串", "字符"]),
            ("bcd16", ["bcd16", "bcd"]), ("bcd32", ["bcd32"]),
        ]
        return (names.first { $0.1.contains(plain) }?.0 ?? text, order)
    }

    /// A byte order as the files write it.
    static func order(_ text: String) -> String {
        let letters = text.uppercased().filter(\.isLetter)
        if Set("ABCDEFGH").isSuperset(of: letters), letters.count >= 2 { return letters }
        switch MapHeading.normal(text) {
        case "bigendian", "big", "be", "大端", "高字在前", "高位在前", "msbfirst": return "ABCD"
        case "littleendian", "little", "le", "小端", "lsbfirst": return "DCBA"
        case "wordswap", "wordswapped", "littleendianwordswap", "低字在前", "字交换", "middleendian": return "CDAB"
        case "byteswap", "byteswapped", "bigendianbyteswap", "字节交换": return "BADC"
        default: return text
        }
    }

    /// A factor as a number: `×0.1`, `/10`, `1/10`, `10^-1`, `0,1`; the text itself if it is none.
    static func factor(_ text: String, hasDecimalComma: Bool) -> String {
        var plain = text.filter { !$0.isWhitespace }
        if let first = plain.first, "×xX*".contains(first) { plain.removeFirst() }
        if hasDecimalComma, plain.filter({ $0 == "," }).count == 1, !plain.contains(".") {
            plain = String(plain.map { $0 == "," ? "." : $0 })
        }
        if let first = plain.first, "/÷".contains(first) { plain = "1/" + plain.dropFirst() }
        let parts = plain.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2, let divisor = Int(parts[1]), parts[0] == "1", let zeros = powerOfTen(divisor) {
            return zeros == 0 ? "1" : "0." + String(repeating: "0", count: zeros - 1) + "1"
        }
        if plain.hasPrefix("10^"), let exponent = Int(plain.dropFirst(3)), (-12...12).contains(exponent) {
            return exponent < 0
                ? "0." + String(repeating: "0", count: -exponent - 1) + "1"
                : "1" + String(repeating: "0", count: exponent)
        }
        return plain
    }

    private static func powerOfTen(_ number: Int) -> Int? {
        var (rest, zeros) = (number, 0)
        guard rest > 0 else { return nil }
        while rest % 10 == 0 { (rest, zeros) = (rest / 10, zeros + 1) }
        return rest == 1 ? zeros : nil
    }

    /// A unit as the files write it.
    static func unit(_ text: String) -> String {
        let same = [
            "℃": "°C", "degC": "°C", "C": "°C", "度": "°C", "m3/h": "m³/h", "m3": "m³", "M³": "m³",
            "Mpa": "MPa", "mpa": "MPa", "kw": "kW", "KW": "kW", "kwh": "kWh", "KWH": "kWh", "KWh": "kWh",
            "Kvar": "kvar", "kVar": "kvar", "KVA": "kVA", "hz": "Hz", "HZ": "Hz", "％": "%", "安": "A",
            "伏": "V", "千瓦": "kW", "千瓦时": "kWh", "赫兹": "Hz",
        ]
        return same[text] ?? text
    }

    /// Whether a cell says that something can only be written.
    static func isWriteOnly(_ text: String) -> Bool {
        ["w", "wo", "writeonly", "write", "只写", "写"].contains(MapHeading.normal(text))
    }

    /// A name for rules out of a text; nil if nothing of it can be one.
    static func identifier(_ text: String) -> String? {
        var name = ""
        for character in text.lowercased() {
            let isLetter = character.isASCII && (character.isLetter || character.isNumber)
            if isLetter {
                name.append(character)
            } else if name.last != "_", !name.isEmpty {
                name.append("_")
            }
        }
        while name.last == "_" { name.removeLast() }
        guard let first = name.first else { return nil }
        let whole = first.isLetter ? name : "p_" + name
        // Of a Chinese name the two Latin letters in it say nothing.
        return text.contains(where: { !$0.isASCII && $0.isLetter })
            ? nil : String(whole.prefix(NameStyle.maximum))
    }
}

/// What the columns of a register table are called.
enum MapHeading {
    /// Columns that are no key of a point: they say part of what a key says.
    static let point = "point"
    static let table = "table"
    static let nameZh = "name_zh"
    static let nameEn = "name_en"
    static let name = "name"
    static let access = "access"
    static let registers = "registers"

    /// The names of each column: the first is written for people who read Chinese.
    static let synonyms: [(column: String, names: [String])] = [
        (
            point,
            [
                "测点", "标识", "变量名", "变量", "点名", "点号", "编码", "point", "id", "key", "tag", "tag name",
                "variable", "point name", "symbol",
            ]
        ),
        (
            "register",
            [
                "寄存器", "地址", "寄存器地址", "起始地址", "十进制地址", "十六进制地址", "通讯地址", "modbus地址", "点表地址", "register",
                "address", "addr", "reg", "register address", "modbus address", "start address",
                "starting address", "modbus register", "offset address", "hex address", "address hex",
                "address dec",
            ]
        ),
        (
            table,
            [
                "区", "寄存器类型", "寄存器区", "功能码", "功能", "读功能码", "存储区", "table", "area", "function",
                "function code", "fc", "register type", "read function", "object type", "modbus function",
            ]
        ),
        (
            "type",
            ["类型", "数据类型", "数据格式", "格式", "变量类型", "type", "data type", "datatype", "format", "data format"]
        ),
        ("order", ["字节序", "字序", "字节顺序", "大小端", "order", "byte order", "word order", "endian", "endianness"]),
        ("length", ["长度", "length", "len"]),
        (
            registers,
            [
                "寄存器数", "寄存器个数", "寄存器数量", "数量", "字数", "registers", "words", "quantity", "register count",
                "number of registers", "no of registers", "size words",
            ]
        ),
        ("bit", ["位", "位号", "bit", "bit number", "bit no"]),
        ("bits", ["位段", "bits", "bit range"]),
        (
            "scale",
            [
                "倍率", "系数", "比例", "比例系数", "变比", "缩放", "精度", "分辨率", "scale", "factor", "multiplier", "gain",
                "ratio", "scaling", "scale factor", "resolution", "coefficient",
            ]
        ),
        ("offset", ["偏移", "偏移量", "修正", "offset", "bias"]),
        ("unit", ["单位", "unit", "units", "uom", "engineering unit", "eng unit"]),
        ("kind", ["种类", "kind"]),
        ("poll", ["轮询", "采集频率", "采集等级", "poll", "poll class"]),
        ("range", ["范围", "range"]),
        ("bad", ["无效值", "坏值", "bad", "invalid values", "sentinel"]),
        ("deadband", ["死区", "deadband", "dead band"]),
        ("enum", ["枚举", "取值", "状态值", "取值说明", "enum", "values", "states", "enumeration"]),
        (nameZh, ["中文名", "中文名称", "name_zh", "name zh", "chinese name"]),
        (nameEn, ["英文名", "英文名称", "name_en", "name en", "english name"]),
        (
            name,
            [
                "名称", "测点名称", "参数名称", "参数", "说明", "描述", "含义", "信号名称", "内容", "name", "description",
                "parameter", "signal", "label", "parameter name", "meaning", "text", "comment",
            ]
        ),
        (access, ["读写", "读写属性", "属性", "权限", "access", "r/w", "rw", "read/write", "mode"]),
    ]

    /// The column a heading means; nil if it is none we know.
    static func column(_ heading: String) -> String? {
        let exact = heading.trimmedBlanks
        let plain = normal(heading)
        guard !plain.isEmpty else { return nil }
        return synonyms.first { $0.column == exact || $0.names.contains { normal($0) == plain } }?.column
    }

    /// What a column is called for people of a language.
    static func title(_ column: String, isChinese: Bool) -> String {
        guard isChinese else { return column }
        return synonyms.first { $0.column == column }?.names.first ?? column
    }

    /// Letters only, small, without what stands in brackets: `Address (Hex)` is `address`.
    static func normal(_ text: String) -> String {
        var depth = 0
        var result = ""
        for character in text.lowercased() {
            if "(（[【".contains(character) { depth += 1 }
            if depth == 0, character.isLetter || character.isNumber || character == "/" {
                result.append(character)
            }
            if ")）]】".contains(character) { depth = max(0, depth - 1) }
        }
        return result
    }
}

/// What the columns of the equipment ledger are called, and what spreadsheets make of their cells.
enum AssetHeadings {
    /// The columns, in order, with what Chinese ledgers call them. A column in braces in the files is written
    /// `a=b; c=d`.
    private static let names: [(column: String, chinese: [String])] = [
        ("id", ["编号", "设备编号", "设备号"]), ("class", ["类别", "设备类别"]),
        ("name_zh", ["名称", "设备名称", "中文名称"]), ("name_en", ["英文名称"]), ("location", ["位置", "安装位置"]),
        ("parent", ["上级", "上级设备"]), ("criticality", ["重要性"]), ("state", ["状态"]),
        ("contractor", ["维保单位"]), ("maker", ["制造商", "厂家", "品牌"]), ("model", ["型号"]),
        ("serial", ["出厂编号", "序列号"]), ("commissioned", ["投用日期", "启用日期"]),
        ("warranty_until", ["质保至", "保修期至"]), ("expected_life_years", ["预期寿命", "设计年限"]),
        ("registrations", ["登记号", "注册代码"]), ("meters", ["计量测点"]), ("labels", ["标签"]),
        ("profile", ["模板", "设备模板"]), ("bus", ["总线"]), ("unit", ["从站", "从站地址"]), ("address", ["地址"]),
        ("timeout", ["超时"]), ("weight", ["权重"]),
    ]

    /// The columns as they are written.
    static let columns = names.map(\.column)

    /// The column that a heading names.
    static func column(_ heading: String) -> String? {
        let wanted = heading.trimmedBlanks.lowercased()
        return names.first { $0.column == wanted || $0.chinese.contains(wanted) }?.column
    }

    /// A cell as the files want it, where a spreadsheet has put it into its own form: dates as `2020/5/18`, whole
    /// numbers as `2.0`.
    static func text(_ cell: String, of column: String) -> String {
        switch column {
        case "commissioned", "warranty_until": date(cell) ?? cell
        case "expected_life_years", "unit", "weight":
            if cell.hasSuffix(".0"), Int(cell.dropLast(2)) != nil { String(cell.dropLast(2)) } else { cell }
        default: cell
        }
    }

    private static func date(_ cell: String) -> String? {
        guard let day = cell.wholeMatch(of: /(\d{4})[\/\-.年](\d{1,2})[\/\-.月](\d{1,2})日?( 0?0:00(:00)?)?/)
        else {
            return nil
        }
        func two(_ digits: Substring) -> String { digits.count == 1 ? "0\(digits)" : String(digits) }
        return "\(day.1)-\(two(day.2))-\(two(day.3))"
    }
}

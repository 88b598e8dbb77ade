public import Acquisition
public import Facility

/// Reads a register table, as makers print them or as `MapExport` writes them, and makes a device profile of it.
///
/// Every problem is found by the reader of profiles itself, and told with the row and column of its cell.
public struct MapImport {
    /// What the table does not say.
    public struct Settings: Sendable {
        /// The name of the profile.
        public var profile: String
        /// The class of equipment; nil if the table says it.
        public var assetClass: String?
        /// The table of registers where no cell names one.
        public var area: RegisterArea?
        /// Whether plain addresses count from 0 or from 1; nil if only other notations are to be taken.
        public var base: Int?

        /// Collects the settings.
        public init(
            profile: String, assetClass: String? = nil, area: RegisterArea? = nil, base: Int? = nil
        ) {
            self.profile = profile
            self.assetClass = assetClass
            self.area = area
            self.base = base
        }
    }

    /// What came of reading a table.
    public struct Result: Sendable {
        /// The profile's file; nil if anything is wrong.
        public let yaml: String?
        /// How many points it has.
        public let points: Int
        /// What is wrong; `line` is the row and `column` the column of the cell, both from 1.
        public let problems: [Problem]
    }

    /// Keys whose values are characters whatever they look like.
    static let textKeys: Set<String> = [
        "register", "json", "metric", "unit", "name_zh", "name_en", "profile", "class", "source", "topic",
    ]
    private static let pointKeys: Set<String> = keys(ModbusPointShape.form.schema)
        .union(keys(MQTTPointShape.form(.json).schema)).union(keys(MQTTPointShape.form(.metric).schema))

    private let table: DelimitedText
    private let file: String
    private let settings: Settings
    private let problems = ProblemList()

    /// Reads the text of a table.
    ///
    /// - Parameter file: what problems call it.
    public static func read(_ text: String, file: String, _ settings: Settings) -> Result {
        let reader = MapImport(
            table: DelimitedText(text) { column($0) != nil }, file: file, settings: settings)
        let root = reader.root()
        let profile = root.flatMap { ProfileFile.form.read($0, reader.problems) }
        let isSound = reader.problems.errorCount == 0 && profile != nil
        return Result(
            yaml: isSound ? root.map(yaml) : nil, points: profile?.profile.meanings.count ?? 0,
            problems: reader.problems.sorted)
    }

    // MARK: The table

    private func root() -> YAMLNode? {
        if let row = table.openQuoteRow {
            problems.add(at: place(row, 1), Message("import.open-quote"))
            return nil
        }
        let head = table.rows.filter { $0.first?.text.hasPrefix("#") == true }
        let isOwn = head.contains { $0[0].text == "#profile" }
        guard let heading = heading(), let names = columns(heading, isOwn: isOwn) else { return nil }
        var entries = isOwn ? head.compactMap(headEntry) : headOfForeign(at: place(heading, 1))
        var points: [YAMLNode.Entry] = []
        var seen: [String: Int] = [:]
        for row in table.rows[heading...] where row.contains(where: { !$0.text.isEmpty }) {
            if row[0].text.hasPrefix("#") { continue }
            guard let point = isOwn ? ownPoint(row, names) : foreignPoint(row, names, seen: seen) else {
                continue
            }
            if let first = seen[point.key] {
                problems.add(
                    at: point.position,
                    Message("import.twice", ["name": .text(point.key), "row": .text(String(first))]))
                continue
            }
            seen[point.key] = point.position.line
            points.append(point)
        }
        let start = place(heading, 1)
        if points.isEmpty, problems.errorCount == 0 { problems.add(at: start, Message("import.no-points")) }
        entries.append(.init(key: "points", position: start, value: YAMLNode(.section(points), at: start)))
        return YAMLNode(.section(entries), at: start)
    }

    /// The row of the headings, from 1: the first that has an address and something else we know.
    private func heading() -> Int? {
        for (index, row) in table.rows.enumerated() where row.first?.text.hasPrefix("#") != true {
            let known = row.compactMap { Self.column($0.text) }
            if known.count > 1, !Set(known).isDisjoint(with: ["register", "json", "metric"]) {
                return index + 1
            }
        }
        problems.add(at: place(1, 1), Message("import.no-heading"))
        return nil
    }

    private static func column(_ heading: String) -> String? {
        MapHeading.column(heading) ?? (pointKeys.contains(heading) ? heading : nil)
    }

    private func columns(_ heading: Int, isOwn: Bool) -> [Int: String]? {
        var names: [Int: String] = [:]
        for cell in table.rows[heading - 1] where !cell.text.isEmpty {
            guard let name = Self.column(cell.text) else {
                problems.add(
                    isOwn ? .error : .warning, at: place(cell),
                    Message("import.unused-column", ["name": .text(cell.text.shortened)]))
                continue
            }
            if names.values.contains(name) {
                problems.add(
                    at: place(cell), Message("import.column-twice", ["name": .text(cell.text.shortened)]))
                continue
            }
            names[cell.column] = name
        }
        return names
    }

    // MARK: Our own tables

    private func headEntry(_ row: [DelimitedText.Cell]) -> YAMLNode.Entry? {
        guard row.count > 1 else { return nil }
        let key = String(row[0].text.dropFirst())
        return node(row[1], key: key).map { .init(key: key, position: place(row[0]), value: $0) }
    }

    private func ownPoint(_ row: [DelimitedText.Cell], _ names: [Int: String]) -> YAMLNode.Entry? {
        var point = PointCells(at: place(row[0]))
        for cell in row where !cell.text.isEmpty {
            guard let name = names[cell.column] else {
                problems.add(at: place(cell), Message("import.no-column"))
                continue
            }
            if name == MapHeading.point {
                point.name = cell.text
                point.position = place(cell)
            } else if let node = node(cell, key: name) {
                point.add(name, node)
            }
        }
        guard let name = point.name else {
            problems.add(at: point.position, Message("config.missing", ["key": "point"]))
            return nil
        }
        return point.entry(name)
    }

    /// The value of a cell: characters, or YAML where it begins as lists, sections and quotes do.
    private func node(_ cell: DelimitedText.Cell, key: String) -> YAMLNode? {
        guard let first = cell.text.first, "{[\"'".contains(first) else {
            let isText = Self.textKeys.contains(key)
            return YAMLNode(.scalar(cell.text, isPlain: !isText), at: place(cell))
        }
        let inner = ProblemList()
        guard let node = YAMLReader.read(SourceText(file: file, text: cell.text), problems: inner) else {
            for problem in inner.problems { problems.add(at: place(cell), problem.message) }
            return nil
        }
        return node.moved(to: place(cell))
    }

    // MARK: Tables of makers

    private func headOfForeign(at start: SourcePosition) -> [YAMLNode.Entry] {
        let pairs = [
            ("profile", settings.profile), ("class", settings.assetClass),
            ("source", "imported from \(file)"),
        ]
        return pairs.compactMap { key, value in
            value.map {
                .init(key: key, position: start, value: YAMLNode(.scalar($0, isPlain: false), at: start))
            }
        } + [
            .init(
                key: "verified", position: start, value: YAMLNode(.scalar("false", isPlain: true), at: start))
        ]
    }

    private func foreignPoint(
        _ row: [DelimitedText.Cell], _ names: [Int: String], seen: [String: Int]
    ) -> YAMLNode.Entry? {
        var cells: [String: DelimitedText.Cell] = [:]
        for cell in row where !cell.text.isEmpty {
            if let name = names[cell.column] { cells[name] = cell }
        }
        if let access = cells[MapHeading.access], MapWords.isWriteOnly(access.text) {
            problems.add(.warning, at: place(access), Message("import.write-only"))
            return nil
        }
        guard let address = cells["register"] else {
            // One cell alone is the title of a group of rows.
            if cells.count > 1 { problems.add(at: place(row[0]), Message("import.no-address")) }
            return nil
        }
        guard let (register, bit) = register(address, table: cells[MapHeading.table]) else { return nil }
        var point = PointCells(at: place(address))
        point.add("register", scalar("\(register)", at: address, isPlain: false))
        if let bit, cells["bit"] == nil { point.add("bit", scalar(String(bit), at: address)) }
        addShape(cells, register.area, to: &point)
        addMeaning(cells, to: &point)
        let name = name(cells, register, bit, seen: seen)
        return point.entry(name)
    }

    private func addShape(
        _ cells: [String: DelimitedText.Cell], _ area: RegisterArea, to point: inout PointCells
    ) {
        var order = cells["order"].map { (MapWords.order($0.text), $0) }
        var type: String?
        if let cell = cells["type"] {
            let said = MapWords.type(cell.text)
            type = said.type
            if order == nil, let inner = said.order { order = (inner, cell) }
            if !area.isBits { point.add("type", scalar(said.type, at: cell)) }
        }
        if let order, !area.isBits,
            type.map({ RegisterType(rawValue: $0)?.registers != 1 || order.0 != "ABCD" }) ?? true
        {
            let isOneWord = type.flatMap { RegisterType(rawValue: $0)?.registers } == 1
            // In one register the order of words says nothing.
            if !isOneWord || order.0 == "BADC" || order.0 == "BA" {
                point.add("order", scalar(order.0, at: order.1))
            }
        }
        for key in ["bit", "bits", "length"] {
            if let cell = cells[key] { point.add(key, scalar(cell.text, at: cell)) }
        }
        guard let cell = cells[MapHeading.registers], let count = Int(cell.text), !area.isBits else { return }
        guard let type, let fixed = RegisterType(rawValue: type)?.registers else {
            if type == "string", cells["length"] == nil { point.add("length", scalar(cell.text, at: cell)) }
            return
        }
        guard fixed != count else { return }
        problems.add(
            at: place(cell),
            Message(
                "import.registers-of-type",
                ["type": .text(type), "needs": .text(String(fixed)), "says": .text(String(count))]))
    }

    private func addMeaning(_ cells: [String: DelimitedText.Cell], to point: inout PointCells) {
        let hasDecimalComma = table.separator != ","
        for key in ["scale", "offset"] {
            guard let cell = cells[key] else { continue }
            let number = MapWords.factor(cell.text, hasDecimalComma: hasDecimalComma)
            let isIdentity = number == (key == "scale" ? "1" : "0")
            if !isIdentity { point.add(key, scalar(number, at: cell)) }
        }
        if let cell = cells["unit"], !["-", "/", "无", "—", "--"].contains(cell.text) {
            point.add("unit", scalar(MapWords.unit(cell.text), at: cell, isPlain: false))
        }
        for key in ["kind", "poll", "deadband", "range", "bad"] {
            guard let cell = cells[key], let node = node(cell, key: key) else { continue }
            point.add(key, node)
        }
        if let cell = cells["enum"] {
            if cell.text.hasPrefix("{") {
                if let node = node(cell, key: "enum") { point.add("enum", node) }
            } else {
                addStates(cell, to: &point)
            }
        }
        let zh = cells[MapHeading.nameZh] ?? cells[MapHeading.name] ?? cells[MapHeading.nameEn]
        let en = cells[MapHeading.nameEn] ?? cells[MapHeading.name] ?? cells[MapHeading.nameZh]
        if let zh, let en {
            point.add("name_zh", scalar(zh.text, at: zh, isPlain: false))
            point.add("name_en", scalar(en.text, at: en, isPlain: false))
        }
    }

    /// States as tables write them: `0=stop; 1=auto`, `0：停止，1：运行`.
    private func addStates(_ cell: DelimitedText.Cell, to point: inout PointCells) {
        var states: [YAMLNode.Entry] = []
        var labels: [YAMLNode.Entry] = []
        for part in cell.text.split(whereSeparator: { ";；,，、\n|".contains($0) }) {
            let sides = part.split(maxSplits: 1, whereSeparator: { "=＝:：-—".contains($0) })
                .map { String($0).trimmedBlanks }
            guard sides.count == 2, Int64(sides[0]) != nil else {
                problems.add(
                    at: place(cell), Message("import.states", ["text": .text(String(part).shortened)]))
                return
            }
            let name = MapWords.identifier(sides[1]) ?? "state_\(sides[0])"
            let label = scalar(sides[1], at: cell, isPlain: false)
            states.append(.init(key: sides[0], position: place(cell), value: scalar(name, at: cell)))
            let both = ["zh", "en"].map { YAMLNode.Entry(key: $0, position: place(cell), value: label) }
            labels.append(
                .init(key: name, position: place(cell), value: YAMLNode(.section(both), at: place(cell))))
        }
        point.add("enum", YAMLNode(.section(states), at: place(cell)))
        point.add("labels", YAMLNode(.section(labels), at: place(cell)))
    }

    /// The register of a cell, and the bit where the cell names one: `40001.3`.
    private func register(
        _ cell: DelimitedText.Cell, table named: DelimitedText.Cell?
    ) -> (RegisterAddress, Int?)? {
        var text = cell.text.lowercased().filter { !$0.isWhitespace }
        var bit: Int?
        if let dot = text.firstIndex(of: "."), let number = Int(text[text.index(after: dot)...]) {
            if number < 16, !text.hasSuffix(".0") || text.count > 2 { bit = number }
            text = String(text[..<dot])
        }
        if let end = text.firstIndex(where: { "-~～—".contains($0) }) { text = String(text[..<end]) }
        var area = settings.area
        if let named {
            guard let found = MapWords.table(named.text) else {
                problems.add(
                    at: place(named), Message("import.table", ["text": .text(named.text.shortened)]))
                return nil
            }
            area = found
        }
        if let whole = RegisterReference.address(text), text.contains(":") || settings.base == nil {
            guard named == nil || area == whole.area else {
                problems.add(
                    at: place(cell),
                    Message(
                        "import.table-differs",
                        ["text": .text(cell.text), "table": .text(whole.area.rawValue)]))
                return nil
            }
            return (whole, bit)
        }
        let areas: [Character: RegisterArea] = ["0": .coil, "1": .discrete, "3": .input, "4": .holding]
        let parts = text.split(separator: "x", omittingEmptySubsequences: false)
        var number: Int?
        // 4x0001 is a number of a manual, 0x0010 a number in hexadecimal.
        if parts.count == 2, let first = parts[0].first, parts[0].count == 1, first != "0",
            let printed = areas[first]
        {
            area = printed
            number = Int(parts[1]).map { $0 - 1 }
        } else if text.hasPrefix("0x") {
            number = Int(text.dropFirst(2), radix: 16)
        } else if text.hasSuffix("h") {
            number = Int(text.dropLast(), radix: 16)
        } else if let plain = Int(text) {
            guard let base = settings.base else {
                problems.add(at: place(cell), Message("import.base"))
                return nil
            }
            number = plain - base
        }
        guard let address = number.flatMap({ UInt16(exactly: $0) }) else {
            problems.add(at: place(cell), Message("import.address", ["text": .text(cell.text.shortened)]))
            return nil
        }
        guard let area else {
            problems.add(at: place(cell), Message("import.no-table"))
            return nil
        }
        return (RegisterAddress(area, address), bit)
    }

    private func name(
        _ cells: [String: DelimitedText.Cell], _ register: RegisterAddress, _ bit: Int?,
        seen: [String: Int]
    ) -> String {
        let place = "\(register.area.rawValue)_\(register.address)" + (bit.map { "_\($0)" } ?? "")
        if let given = cells[MapHeading.point]?.text {
            if NameStyle.identifier.accepts(given) { return given }
            if let name = MapWords.identifier(given) { return seen[name] == nil ? name : "\(name)_\(place)" }
        }
        let words = [MapHeading.nameEn, MapHeading.name].lazy.compactMap { cells[$0]?.text }
        let name = words.compactMap(MapWords.identifier).first ?? place
        return seen[name] == nil ? name : "\(name)_\(place)"
    }

    // MARK: Nodes

    private func scalar(_ text: String, at cell: DelimitedText.Cell, isPlain: Bool = true) -> YAMLNode {
        YAMLNode(.scalar(text, isPlain: isPlain), at: place(cell))
    }

    private func place(_ cell: DelimitedText.Cell) -> SourcePosition { place(cell.row, cell.column) }

    private func place(_ row: Int, _ column: Int) -> SourcePosition {
        SourcePosition(file: file, line: row, column: column)
    }

    private static func keys(_ schema: SchemaNode) -> Set<String> {
        guard case .section(let properties) = schema else { return [] }
        return Set(properties.map(\.name))
    }

    private static func yaml(_ root: YAMLNode) -> String {
        var text = ""
        for entry in root.entries ?? [] where entry.key != "points" {
            text += "\(entry.key): \(FlowText.text(entry.value))\n"
        }
        text += "points:\n"
        for point in root["points"]?.entries ?? [] {
            let line = "  \(point.key): \(FlowText.text(point.value))"
            guard line.count > 110 else {
                text += line + "\n"
                continue
            }
            text += "  \(point.key):\n"
            for entry in point.value.entries ?? [] {
                text += "    \(FlowText.scalar(entry.key, isPlain: true)): \(FlowText.text(entry.value))\n"
            }
        }
        return text
    }
}

/// The values of a point as its row gives them.
private struct PointCells {
    var name: String?
    var position: SourcePosition
    private var entries: [YAMLNode.Entry] = []
    private var label: [YAMLNode.Entry] = []

    init(at position: SourcePosition) {
        self.position = position
    }

    /// Adds a value; the two names become one value.
    mutating func add(_ key: String, _ node: YAMLNode) {
        let entry = YAMLNode.Entry(key: key, position: node.position, value: node)
        switch key {
        case "name_zh": label.append(.init(key: "zh", position: node.position, value: node))
        case "name_en": label.append(.init(key: "en", position: node.position, value: node))
        default: entries.append(entry)
        }
    }

    func entry(_ name: String) -> YAMLNode.Entry {
        let names = label.first.map {
            YAMLNode.Entry(
                key: "name", position: $0.position, value: YAMLNode(.section(label), at: $0.position))
        }
        let value = YAMLNode(.section(entries + [names].compactMap(\.self)), at: position)
        return YAMLNode.Entry(key: name, position: position, value: value)
    }
}

extension YAMLNode {
    /// The same value, as if all of it stood in one place.
    fileprivate func moved(to place: SourcePosition) -> YAMLNode {
        switch content {
        case .scalar, .refused: YAMLNode(content, at: place)
        case .list(let items): YAMLNode(.list(items.map { $0.moved(to: place) }), at: place)
        case .section(let entries):
            YAMLNode(
                .section(
                    entries.map { .init(key: $0.key, position: place, value: $0.value.moved(to: place)) }),
                at: place)
        }
    }
}

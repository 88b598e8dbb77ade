public import Facility
internal import Foundation

/// The equipment ledger as a table that people edit in a spreadsheet: written, and read back strictly.
public struct AssetTable {
    /// What came of reading a table.
    public struct Result: Sendable {
        /// The file of `assets/` that says the same; nil if anything is wrong.
        public let yaml: String?
        /// How many assets there are.
        public let count: Int
        /// What is wrong, by row and column.
        public let problems: [Problem]
    }

    /// Those whose cells are pairs.
    private static let tables: Set<String> = ["registrations", "meters", "labels"]
    /// Those whose cells are numbers.
    private static let numbers: Set<String> = ["expected_life_years", "unit", "weight"]

    // MARK: Writing

    /// The assets of a folder as a table; what is wrong with the files is not its concern.
    public static func csv(folder: String) -> String {
        let problems = ProblemList()
        var rows: [[String: String]] = []
        for file in ConfigurationFolder(path: folder).files(under: "assets") {
            guard let source = SourceText(path: file.path, file: file.name, problems: problems),
                let root = YAMLReader.read(source, problems: problems)
            else { continue }
            rows += (root["assets"]?.entries ?? []).map(row)
        }
        let columns = AssetHeadings.columns
        let lines = [columns] + rows.map { row in columns.map { row[$0] ?? "" } }
        return lines.map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
    }

    private static func row(_ asset: YAMLNode.Entry) -> [String: String] {
        var cells = ["id": asset.key]
        for entry in asset.value.entries ?? [] {
            switch (entry.key, entry.value.content) {
            case ("name", .section(let names)):
                for name in names { cells["name_\(name.key)"] = text(name.value) }
            case (_, .section(let pairs)):
                cells[entry.key] = pairs.map { "\($0.key)=\(text($0.value))" }.joined(separator: "; ")
            default: cells[entry.key] = text(entry.value)
            }
        }
        return cells
    }

    private static func text(_ node: YAMLNode) -> String {
        if case .scalar(let text, _) = node.content { text } else { "" }
    }

    private static func quoted(_ cell: String) -> String {
        let needsQuotes = cell.contains { ",\"\n\r;\t".contains($0) } || cell.trimmedBlanks != cell
        return needsQuotes ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
    }

    // MARK: Reading

    /// Reads a table: every row is an asset, or all of it is refused.
    ///
    /// - Parameter file: what problems call it.
    public static func read(_ text: String, file: String) -> Result {
        var reader = AssetTable(table: DelimitedText(text) { AssetHeadings.column($0) != nil }, file: file)
        guard let root = reader.root() else {
            return Result(yaml: nil, count: 0, problems: reader.problems.sorted)
        }
        let form = Form<[Named<AssetEntry>]>.section(AssetsShape.self) { $0(\.assets) ?? [] }
        let assets = form.read(root, reader.problems) ?? []
        let isSound = reader.problems.errorCount == 0
        return Result(
            yaml: isSound ? yaml(root) : nil, count: assets.count, problems: reader.problems.sorted)
    }

    private let table: DelimitedText
    private let file: String
    private let problems = ProblemList()

    private init(table: DelimitedText, file: String) {
        self.table = table
        self.file = file
    }

    private func place(_ row: Int, _ column: Int) -> SourcePosition {
        SourcePosition(file: file, line: row, column: column)
    }

    private mutating func root() -> YAMLNode? {
        if let row = table.openQuoteRow {
            problems.add(at: place(row, 1), Message("import.open-quote"))
            return nil
        }
        guard let heading = table.rows.first,
            heading.contains(where: { AssetHeadings.column($0.text) == "id" })
        else {
            problems.add(at: place(1, 1), Message("assets.no-heading"))
            return nil
        }
        var names: [Int: String] = [:]
        for cell in heading where !cell.text.isEmpty {
            if let name = AssetHeadings.column(cell.text) {
                names[cell.column] = name
            } else {
                problems.add(
                    at: place(1, cell.column), .unknown("column", cell.text, among: AssetHeadings.columns))
            }
        }
        // What the rows lack under a wrong heading is said by the heading alone.
        guard problems.errorCount == 0 else { return nil }
        var seen: [String: Int] = [:]
        var assets: [YAMLNode.Entry] = []
        for row in table.rows.dropFirst() where row.contains(where: { !$0.text.isEmpty }) {
            guard let asset = asset(row, names) else { continue }
            if let first = seen[asset.key] {
                problems.add(
                    at: asset.position,
                    Message("import.asset-twice", ["name": .text(asset.key), "row": .text(String(first))]))
                continue
            }
            seen[asset.key] = asset.position.line
            assets.append(asset)
        }
        let start = place(1, 1)
        let list = YAMLNode.Entry(
            key: "assets", position: start, value: YAMLNode(.section(assets), at: start))
        return YAMLNode(.section([list]), at: start)
    }

    private func asset(_ row: [DelimitedText.Cell], _ names: [Int: String]) -> YAMLNode.Entry? {
        var id: YAMLNode.Entry?
        var entries: [YAMLNode.Entry] = []
        var labels: [YAMLNode.Entry] = []
        let first = place(row.first?.row ?? 1, 1)
        for cell in row where !cell.text.isEmpty {
            let position = place(cell.row, cell.column)
            guard let name = names[cell.column] else {
                if cell.column > (table.rows.first?.count ?? 0) {
                    problems.add(at: position, Message("assets.no-column"))
                }
                continue
            }
            let value = node(cell, name, at: position)
            switch name {
            case "id": id = .init(key: cell.text, position: position, value: value)
            case "name_zh", "name_en":
                labels.append(.init(key: String(name.dropFirst(5)), position: position, value: value))
            default: entries.append(.init(key: name, position: position, value: value))
            }
        }
        guard let id else {
            problems.add(at: first, Message("assets.no-id"))
            return nil
        }
        if let label = labels.first {
            entries.insert(
                .init(
                    key: "name", position: label.position,
                    value: YAMLNode(.section(labels), at: label.position)),
                at: 0)
        }
        return .init(key: id.key, position: id.position, value: YAMLNode(.section(entries), at: id.position))
    }

    private func node(_ cell: DelimitedText.Cell, _ name: String, at position: SourcePosition) -> YAMLNode {
        guard Self.tables.contains(name) else {
            let text = AssetHeadings.text(cell.text, of: name)
            return YAMLNode(.scalar(text, isPlain: Self.numbers.contains(name)), at: position)
        }
        var pairs: [YAMLNode.Entry] = []
        for part in cell.text.split(separator: ";") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { String($0).trimmedBlanks }
            guard sides.count == 2 else {
                problems.add(at: position, Message("assets.no-pair", ["text": .text(String(part))]))
                return YAMLNode(.refused, at: position)
            }
            pairs.append(
                .init(
                    key: sides[0], position: position,
                    value: YAMLNode(.scalar(sides[1], isPlain: false), at: position)))
        }
        return YAMLNode(.section(pairs), at: position)
    }

    private static func yaml(_ root: YAMLNode) -> String {
        var text = "assets:\n"
        for asset in root["assets"]?.entries ?? [] {
            text += "  \(asset.key):\n"
            for entry in asset.value.entries ?? [] {
                text += "    \(entry.key): \(FlowText.text(entry.value))\n"
            }
        }
        return text
    }
}

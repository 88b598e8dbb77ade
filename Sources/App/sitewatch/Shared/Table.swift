/// Rows and columns, before anybody knows where they are shown.
struct Table: Hashable {
    /// What a cell says about itself, shown as a colour where there are colours.
    enum Tone: Hashable {
        case plain
        case good
        case doubtful
        case bad
        case faint
    }

    /// One cell.
    struct Cell: Hashable, ExpressibleByStringInterpolation {
        /// What people read.
        let text: String
        /// What programs read: the same in every language.
        let code: String
        let tone: Tone

        init(_ text: String, _ tone: Tone = .plain, code: String? = nil) {
            self.text = text
            self.code = code ?? text
            self.tone = tone
        }

        init(stringLiteral value: String) {
            self.init(value)
        }
    }

    /// One column.
    struct Column: Hashable {
        /// The heading that people read.
        let title: String
        /// The heading that programs read.
        let name: String
        /// Whether numbers are to stand under one another.
        let isNumeric: Bool

        init(_ title: String, name: String, isNumeric: Bool = false) {
            self.title = title
            self.name = name
            self.isNumeric = isNumeric
        }
    }

    let columns: [Column]
    private(set) var rows: [[Cell]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row, one cell per column.
    mutating func add(_ row: [Cell]) {
        precondition(row.count == columns.count, "\(row.count) cells in \(columns.count) columns")
        rows.append(row)
    }

    /// Lines for a terminal: columns two blanks apart, as wide as their widest cell.
    func terminalLines(hasColour: Bool, hasHeading: Bool = true) -> [String] {
        let heading = columns.map { Cell($0.title) }
        let shown = ((hasHeading ? [heading] : []) + rows).map { row in
            row.map { Cell(SafeText.plain($0.text), $0.tone) }
        }
        let widths = columns.indices.map { column in
            shown.map { TextWidth.columns($0[column].text) }.max() ?? 0
        }
        return shown.enumerated().map { index, row in
            let isHeading = hasHeading && index == 0
            let cells = row.indices.map { column in
                pad(
                    row[column], to: widths[column], atEnd: column == row.count - 1,
                    isRight: columns[column].isNumeric,
                    style: hasColour ? (isHeading ? "1" : row[column].tone.style) : nil)
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// Lines for a pipe: the programs' headings, cells parted by tabs.
    func plainLines(hasHeading: Bool = true) -> [String] {
        let lines = rows.map { row in row.map { SafeText.plain($0.code) }.joined(separator: "\t") }
        return (hasHeading ? [columns.map(\.name).joined(separator: "\t")] : []) + lines
    }

    /// Lines of CSV: the programs' headings, fields quoted where needed.
    func csvLines(hasHeading: Bool = true) -> [String] {
        let lines = rows.map { row in row.map { SafeText.csv($0.code) }.joined(separator: ",") }
        return (hasHeading ? [columns.map(\.name).joined(separator: ",")] : []) + lines
    }

    private func pad(_ cell: Cell, to width: Int, atEnd: Bool, isRight: Bool, style: String?) -> String {
        let blanks = String(repeating: " ", count: max(0, width - TextWidth.columns(cell.text)))
        let text = style.map { "\u{1B}[\($0)m\(cell.text)\u{1B}[0m" } ?? cell.text
        if isRight { return blanks + text }
        return atEnd ? text : text + blanks
    }
}

extension Table.Tone {
    /// The parameters of the terminal's colour; nil for none.
    var style: String? {
        switch self {
        case .plain: nil
        case .good: "32"
        case .doubtful: "33"
        case .bad: "31"
        case .faint: "2"
        }
    }
}

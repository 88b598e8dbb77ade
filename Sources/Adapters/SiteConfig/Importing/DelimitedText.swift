/// Rows and cells of a CSV file or of a part of a spreadsheet.
struct DelimitedText {
    /// One cell and where it stands, both counted from 1 as spreadsheets do.
    struct Cell: Hashable {
        let text: String
        let row: Int
        let column: Int
    }

    /// What stands between the cells.
    let separator: Character
    /// The rows, empty ones too, so that they are numbered as in a spreadsheet.
    let rows: [[Cell]]
    /// The row in which a quote was opened that nothing closes.
    let openQuoteRow: Int?

    /// Reads a text, whatever separates its cells.
    ///
    /// - Parameter isKnown: whether a cell is a heading of the table that is looked for.
    init(_ text: String, isKnown: (String) -> Bool) {
        let separators: [Character] = [",", ";", "\t"]
        let readings = separators.map { Self.read(text, $0) }
        // The separator that was meant makes headings of a row; a lucky comma inside of values does not.
        let headings = readings.map { reading in
            reading.0.map { row in row.count { isKnown($0.text) } }.max() ?? 0
        }
        let chosen = readings.indices.max { (headings[$0], -$0) < (headings[$1], -$1) } ?? 0
        separator = separators[chosen]
        (rows, openQuoteRow) = readings[chosen]
    }

    private static func read(_ text: String, _ separator: Character) -> ([[Cell]], Int?) {
        var rows: [[Cell]] = []
        var cells: [Cell] = []
        var cell = ""
        var isQuoted = false
        var wasQuoted = false
        var quoteRow = 1
        func trimmed() -> String { wasQuoted ? cell : cell.trimmedBlanks }
        func endCell() {
            cells.append(Cell(text: trimmed(), row: rows.count + 1, column: cells.count + 1))
            (cell, wasQuoted) = ("", false)
        }
        func endRow() {
            endCell()
            rows.append(cells)
            cells = []
        }
        var characters = text.makeIterator()
        var next = characters.next()
        while let character = next {
            next = characters.next()
            switch character {
            case "\"" where isQuoted && next == "\"":
                cell.append("\"")
                next = characters.next()
            case "\"" where isQuoted: isQuoted = false
            case _ where isQuoted: cell.append(character)
            case "\"" where cell.trimmedBlanks.isEmpty:
                (isQuoted, wasQuoted, cell, quoteRow) = (true, true, "", rows.count + 1)
            case separator: endCell()
            case _ where character.isNewline: endRow()
            default: cell.append(character)
            }
        }
        if !cell.isEmpty || !cells.isEmpty || wasQuoted { endRow() }
        return (rows, isQuoted ? quoteRow : nil)
    }
}

extension String {
    /// The text without blanks at both ends, wide ones included.
    var trimmedBlanks: String {
        let start = drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}

/// A table of any length: what does not go on one sheet goes on further ones.
public final class SheetSeries {
    /// The sheet rows are added to now.
    public private(set) var sheet: Sheet
    /// The first sheet.
    public let first: Sheet

    private let file: SpreadsheetFile
    private let name: String
    private let columns: [SheetColumn]
    private let rowLimit: Int
    private var number = 1

    /// Begins a table.
    public init(
        _ file: SpreadsheetFile, _ name: String, _ columns: [SheetColumn],
        rowLimit: Int = SpreadsheetFile.rowLimit
    ) throws(SpreadsheetError) {
        self.file = file
        self.name = name
        self.columns = columns
        self.rowLimit = rowLimit
        first = try file.addSheet(name, columns)
        sheet = first
    }

    /// Adds a row; gives the sheet it is on and its place there, counted from 0.
    @discardableResult
    public func add(_ cells: [SheetCell]) throws(SpreadsheetError) -> (sheet: String, row: Int) {
        if sheet.count >= rowLimit {
            sheet.addFilter()
            number += 1
            sheet = try file.addSheet("\(name) \(number)", columns)
        }
        sheet.add(cells)
        return (sheet.name, sheet.count - 1)
    }

    /// Ends the table.
    public func finish() {
        sheet.addFilter()
    }
}

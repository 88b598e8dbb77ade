/// What stands in one cell of a sheet.
public enum SheetCell: Hashable, Sendable {
    /// Nothing.
    case empty
    /// Characters; never computed, whatever they begin with.
    case text(String)
    /// A number; one that no spreadsheet has, such as infinity, is left out.
    case number(Double)
    /// A local time, milliseconds since 1970 by the clock on the wall.
    case time(localMilliseconds: Int64)
}

/// A column of a sheet.
public struct SheetColumn: Hashable, Sendable {
    /// What stands above it.
    public let heading: String
    /// How many characters wide it is.
    public let width: Double

    /// Describes a column.
    public init(_ heading: String, width: Double) {
        self.heading = heading
        self.width = width
    }
}

/// A curve of a chart: two columns of some rows of one sheet.
public struct SheetCurve: Hashable, Sendable {
    /// What the legend calls it.
    public let name: String
    /// The sheet's name.
    public let sheet: String
    /// The column of times, counted from 0.
    public let times: Int
    /// The column of numbers, counted from 0.
    public let values: Int
    /// The rows, counted from 0 with the headings.
    public let rows: ClosedRange<Int>

    /// Describes a curve.
    public init(name: String, sheet: String, times: Int, values: Int, rows: ClosedRange<Int>) {
        self.name = name
        self.sheet = sheet
        self.times = times
        self.values = values
        self.rows = rows
    }
}

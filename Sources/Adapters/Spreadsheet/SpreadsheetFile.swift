import CXlsxWriter

/// A spreadsheet that is written row by row and needs no memory of its size.
///
/// Nothing is there before `close`. Used by one task at a time.
@safe public final class SpreadsheetFile {
    /// So many rows, headings included, go on one sheet of the format.
    public static let rowLimit = 1_048_576

    private let path: String
    private let book: UnsafeMutablePointer<lxw_workbook>
    private let heading: UnsafeMutablePointer<lxw_format>
    private let time: UnsafeMutablePointer<lxw_format>
    private var isClosed = false

    /// A text of a cell has at most so many characters in the format.
    private static let textLimit = 32_767

    /// Begins a spreadsheet.
    public init(_ path: String) throws(SpreadsheetError) {
        var options = unsafe lxw_workbook_options()
        unsafe options.constant_memory = 1
        unsafe options.use_zip64 = 1
        guard let book = unsafe workbook_new_opt(path, &options),
            let heading = unsafe workbook_add_format(book),
            let time = unsafe workbook_add_format(book)
        else { throw .unwritable(file: path, reason: "no memory") }
        self.path = path
        unsafe self.book = book
        unsafe self.heading = heading
        unsafe self.time = time
        unsafe format_set_bold(heading)
        unsafe format_set_num_format(time, "yyyy-mm-dd hh:mm:ss.000")
    }

    deinit {
        // A book that nobody closed must not appear under its name, and only closing gives its memory back.
        precondition(isClosed, "a spreadsheet was neither closed nor discarded")
    }

    /// Adds a sheet with headings that stay in view.
    public func addSheet(_ name: String, _ columns: [SheetColumn]) throws(SpreadsheetError) -> Sheet {
        guard let sheet = unsafe workbook_add_worksheet(book, name) else {
            throw .unwritable(file: path, reason: "sheet '\(name)'")
        }
        for (place, column) in columns.enumerated() {
            let place = lxw_col_t(place)
            unsafe worksheet_set_column(sheet, place, place, column.width, nil)
            unsafe worksheet_write_string(sheet, 0, place, column.heading, heading)
        }
        unsafe worksheet_freeze_panes(sheet, 1, 0)
        return unsafe Sheet(
            name: name, sheet: sheet, time: time, width: columns.count, textLimit: Self.textLimit)
    }

    /// Puts a chart of curves over time on a sheet, its upper left corner beside the columns.
    public func addChart(_ curves: [SheetCurve], on sheet: Sheet, column: Int) {
        guard !curves.isEmpty,
            let chart = unsafe workbook_add_chart(book, UInt8(LXW_CHART_SCATTER_STRAIGHT.rawValue))
        else { return }
        for curve in curves {
            guard let series = unsafe chart_add_series(chart, nil, nil) else { continue }
            let (first, last) = (lxw_row_t(curve.rows.lowerBound), lxw_row_t(curve.rows.upperBound))
            let (times, values) = (lxw_col_t(curve.times), lxw_col_t(curve.values))
            unsafe chart_series_set_categories(series, curve.sheet, first, times, last, times)
            unsafe chart_series_set_values(series, curve.sheet, first, values, last, values)
            // The library takes a name that begins so for the address of a cell.
            unsafe chart_series_set_name(series, curve.name.hasPrefix("=") ? " " + curve.name : curve.name)
        }
        unsafe chart_axis_set_num_format(chart.pointee.x_axis, "mm-dd hh:mm")
        unsafe chart_legend_set_position(chart, UInt8(LXW_CHART_LEGEND_BOTTOM.rawValue))
        var options = unsafe lxw_chart_options()
        unsafe options.x_scale = 2
        unsafe options.y_scale = 1.6
        unsafe worksheet_insert_chart_opt(sheet.sheet, 1, lxw_col_t(column), chart, &options)
    }

    /// Writes the file.
    public func close() throws(SpreadsheetError) {
        precondition(!isClosed, "a spreadsheet is closed once")
        isClosed = true
        let code = unsafe workbook_close(book)
        guard code == LXW_NO_ERROR else {
            throw .unwritable(file: path, reason: unsafe String(cString: lxw_strerror(code)))
        }
    }
}

/// A sheet under way: rows go below one another.
@safe public final class Sheet {
    /// What its tab says.
    public let name: String
    /// How many rows it has, headings included.
    public private(set) var count = 1

    fileprivate let sheet: UnsafeMutablePointer<lxw_worksheet>
    private let time: UnsafeMutablePointer<lxw_format>
    private let width: Int
    private let textLimit: Int

    fileprivate init(
        name: String, sheet: UnsafeMutablePointer<lxw_worksheet>, time: UnsafeMutablePointer<lxw_format>,
        width: Int, textLimit: Int
    ) {
        self.name = name
        unsafe self.sheet = sheet
        unsafe self.time = time
        self.width = width
        self.textLimit = textLimit
    }

    /// Adds a row.
    public func add(_ cells: [SheetCell]) {
        precondition(count < SpreadsheetFile.rowLimit, "a sheet with too many rows")
        let row = lxw_row_t(count)
        for (place, cell) in cells.enumerated() {
            let column = lxw_col_t(place)
            switch cell {
            case .empty: break
            case .text(let text):
                unsafe worksheet_write_string(sheet, row, column, String(text.prefix(textLimit)), nil)
            case .number(let number):
                if number.isFinite { unsafe worksheet_write_number(sheet, row, column, number, nil) }
            case .time(let milliseconds):
                unsafe worksheet_write_number(sheet, row, column, Self.serial(milliseconds), time)
            }
        }
        count += 1
    }

    /// Lets people filter the rows by their columns; called behind the last row.
    public func addFilter() {
        guard width > 0 else { return }
        unsafe worksheet_autofilter(sheet, 0, 0, lxw_row_t(max(1, count - 1)), lxw_col_t(width - 1))
    }

    /// The number spreadsheets have for a local time: days since 1899-12-30.
    private static func serial(_ localMilliseconds: Int64) -> Double {
        25_569 + Double(localMilliseconds) / 86_400_000
    }
}

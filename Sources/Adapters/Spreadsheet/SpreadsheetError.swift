public import Facility

/// Why a spreadsheet was not written.
public enum SpreadsheetError: Error, Hashable, Sendable {
    /// The file or the temporary files behind it cannot be written; `reason` is the library's own word.
    case unwritable(file: String, reason: String)

    /// What people are told.
    public var message: Message {
        switch self {
        case .unwritable(let file, let reason):
            Message("spreadsheet.unwritable", ["file": .text(file), "reason": .text(reason)])
        }
    }
}

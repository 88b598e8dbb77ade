import GRDB
import SystemPackage

/// What can go wrong with the history.
public enum HistoryError: Error, Hashable, Sendable {
    /// Another process writes to the folder.
    case inUse(folder: String)
    /// The disk is full. What was appended waits in memory and is tried again.
    case noSpace(file: String)
    /// The system refused or failed; `reason` is its own word.
    case failed(file: String, reason: String)
    /// A file is not what it should be: damaged, or of a newer version.
    case damaged(file: String)
    /// The query's span is empty, or its step would make too many buckets.
    case invalidSpan

    /// Whether the same call may succeed later by itself.
    public var isRetryable: Bool {
        switch self {
        case .noSpace, .failed: true
        case .inUse, .damaged, .invalidSpan: false
        }
    }

    /// Tells what an error of the system or the database means for a file.
    init(_ error: any Error, file: String) {
        switch error {
        case let known as HistoryError: self = known
        case let errno as Errno where errno == .noSpace || errno.rawValue == 122:
            self = .noSpace(file: file)  // 122: the quota is used up.
        case let database as DatabaseError:
            switch database.resultCode {
            case .SQLITE_FULL: self = .noSpace(file: file)
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(file: file)
            default: self = .failed(file: file, reason: database.description)
            }
        default: self = .failed(file: file, reason: String(describing: error))
        }
    }
}

/// Runs a step and says in the history's words what went wrong with a file.
func attempt<Result>(_ file: String, _ body: () throws -> Result) throws(HistoryError) -> Result {
    do { return try body() } catch { throw HistoryError(error, file: file) }
}

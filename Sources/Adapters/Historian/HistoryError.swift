public import Facility
import Foundation
import GRDB
import SystemPackage
import Trends

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

    /// What people are told.
    public var message: Message {
        switch self {
        case .inUse(let folder): Message("history.in-use", ["folder": .text(folder)])
        case .noSpace(let file): Message("history.no-space", ["file": .text(file)])
        case .failed(let file, let reason):
            Message("history.failed", ["file": .text(file), "reason": .text(reason)])
        case .damaged(let file): Message("history.damaged", ["file": .text(file)])
        case .invalidSpan: Message("history.invalid-span")
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
            default:
                let code = "SQLite \(database.extendedResultCode.rawValue)"
                self = .failed(file: file, reason: database.message.map { "\($0) (\(code))" } ?? code)
            }
        case let cocoa as CocoaError where cocoa.code == .fileWriteOutOfSpace: self = .noSpace(file: file)
        case let cocoa as CocoaError:
            // The system's own word says more than the wrapping.
            if let system = cocoa.underlying as? POSIXError {
                self.init(Errno(rawValue: system.code.rawValue), file: file)
            } else {
                self = .failed(file: file, reason: cocoa.localizedDescription)
            }
        case is CodecError: self = .damaged(file: file)
        default: self = .failed(file: file, reason: String(describing: error))
        }
    }
}

/// Runs a step and says in the history's words what went wrong with a file.
func attempt<Result>(_ file: String, _ body: () throws -> Result) throws(HistoryError) -> Result {
    do { return try body() } catch { throw HistoryError(error, file: file) }
}

public import Facility
import GRDB

/// What stands between the ledger and its work, by what the caller can do about it.
///
/// An error of a commit never means that nothing was committed: a disk may keep what it reported as lost.
/// The daemon then leaves and starts again from what the ledger holds.
public enum LedgerError: Error, Hashable, Sendable {
    /// Another program holds the database: end it and try again.
    case busy
    /// The disk has no room left: make some.
    case full
    /// The file is not a sound database: salvage it, or start a new one beside it.
    case damaged(path: String, detail: String)
    /// A later version has written the file: run that version, or restore the backup made before it.
    case newerSchema(path: String, found: String)
    /// The file or its folder cannot be opened or written: see its owner and mode, and the disk.
    case unwritable(path: String, detail: String)
    /// The entry would break one of the ledger's invariants; nothing of it was written.
    case violated(String)
    /// Anything else SQLite reports, with its own code.
    case failed(code: Int, detail: String)

    /// What happened and what to do, for people.
    public var message: Message {
        switch self {
        case .busy: Message("ledger.busy")
        case .full: Message("ledger.full")
        case .damaged(let path, let detail):
            Message("ledger.damaged", ["path": .text(path), "detail": .text(detail)])
        case .newerSchema(let path, let found):
            Message("ledger.newer-schema", ["path": .text(path), "found": .text(found)])
        case .unwritable(let path, let detail):
            Message("ledger.unwritable", ["path": .text(path), "detail": .text(detail)])
        case .violated(let detail): Message("ledger.violated", ["detail": .text(detail)])
        case .failed(let code, let detail):
            Message("ledger.failed", ["code": .text(String(code)), "detail": .text(detail)])
        }
    }
}

extension LedgerError {
    /// Sorts what went wrong while using the database at a path.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as LedgerError: self = error
        case let error as DatabaseError: self = Self.sorted(error, path: path)
        default: self = .damaged(path: path, detail: String(describing: error))
        }
    }

    // A row that does not decode is damage too: the error that is not SQLite's comes from JSON.
    private static func sorted(_ error: DatabaseError, path: String) -> LedgerError {
        // The statement's values stay out of the text: they may be anybody's words.
        let detail = error.message ?? error.resultCode.description
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: return .busy
        case .SQLITE_FULL: return .full
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return .damaged(path: path, detail: detail)
        case .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
            return .unwritable(path: path, detail: detail)
        case .SQLITE_CONSTRAINT: return .violated(detail)
        default: return .failed(code: Int(error.extendedResultCode.rawValue), detail: detail)
        }
    }
}

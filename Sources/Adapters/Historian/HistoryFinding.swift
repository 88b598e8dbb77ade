/// Something in the files of the history that is not as it should be.
public struct HistoryFinding: Hashable, Sendable {
    /// What is not as it should be; texts for people have the raw value as their key.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The file cannot be opened, or is no database any more.
        case unreadable
        /// SQLite finds the file's pages contradicting each other.
        case pages
        /// A writer died in a commit; the daemon takes that back at its next start.
        case interrupted
        /// A chunk whose checksum does not match, or that does not decode.
        case chunk
        /// The times that chunks share are damaged or missing.
        case times
        /// A chunk that is not where its times belong.
        case key
        /// A chunk whose readings are not in order of time.
        case order
        /// A chunk's summary is not what its readings amount to.
        case summary
        /// A chunk that no query would find, because the list of levels leaves it out.
        case level
        /// The list of points contradicts itself.
        case points
        /// Readings of a number that the list of points does not know.
        case unknownPoint = "unknown-point"
        /// Records of the tail that cannot be reached, because one before them is damaged.
        case record
    }

    /// The file, by its name in the folder.
    public let file: String
    /// What is not as it should be.
    public let kind: Kind
    /// What exactly, in the words of who found it; may be empty.
    public let detail: String
    /// The point concerned, if it is one.
    public let point: String?
    /// The span concerned, if it is known. Milliseconds since 1970.
    public let span: Range<Int64>?

    init(
        _ file: String, _ kind: Kind, detail: String = "", point: String? = nil, span: Range<Int64>? = nil
    ) {
        self.file = file
        self.kind = kind
        self.detail = detail
        self.point = point
        self.span = span
    }
}

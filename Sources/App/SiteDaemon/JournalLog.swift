public import Logging
import Synchronization

/// Writes log lines for the system journal: the level as the journal's `<n>` mark, then the stable id, then
/// `key=value` pairs.
public struct JournalLog: LogHandler {
    /// What is added to every line.
    public var metadata: Logger.Metadata = [:]
    /// The least level that is written.
    public var logLevel: Logger.Level

    private let write: @Sendable (String) -> Void

    /// A handler that writes lines with a function.
    public init(level: Logger.Level, write: @escaping @Sendable (String) -> Void) {
        self.logLevel = level
        self.write = write
    }

    /// A value added to every line.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let pairs = all.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.escaped("\($0.value)"))" }
        let line = ([event.message.description] + pairs).joined(separator: " ")
        write("<\(event.level.journalNumber)>\(line)\n")
    }

    /// One line stays one line whatever a device calls itself.
    private static func escaped(_ text: String) -> String {
        let cleaned = text.unicodeScalars.map { scalar in
            scalar.value < 32 || scalar.value == 127
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined()
        return cleaned.contains(" ") ? "\"\(cleaned)\"" : cleaned
    }
}

extension Logger.Level {
    /// The syslog severity (RFC 5424).
    fileprivate var journalNumber: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}

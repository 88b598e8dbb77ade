/// One figure for Prometheus.
public struct Metric: Hashable, Sendable {
    /// How a figure behaves over time.
    public enum Kind: String, Hashable, Sendable {
        /// It only grows while the daemon runs.
        case counter
        /// It goes up and down.
        case gauge
    }

    /// The name, its unit last: `sitewatch_history_bytes`.
    public let name: String
    /// What it says, in one line.
    public let help: String
    /// How it behaves.
    public let kind: Kind
    /// What tells it apart from others of its name.
    public let labels: [String: String]
    /// The number.
    public let value: Double

    /// Describes a figure.
    public init(
        _ name: String, _ kind: Kind, help: String, labels: [String: String] = [:], value: Double
    ) {
        precondition(Self.isName(name), "\(name) is not a name Prometheus takes")
        precondition(labels.keys.allSatisfy(Self.isName), "\(labels.keys) are not labels Prometheus takes")
        self.name = name
        self.help = help
        self.kind = kind
        self.labels = labels
        self.value = value
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
        }
    }
}

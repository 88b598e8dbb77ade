/// What this program is.
public enum Version {
    /// The version of the program.
    public static let current = "0.1.0"
}

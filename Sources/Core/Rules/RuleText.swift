/// The texts of rules: what stands between braces is filled in.
public enum RuleText {
    /// The names of the `{name}` places, in the order of the text.
    public static func places(_ text: String) -> [String] {
        var names: [String] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            names.append(String(rest[rest.index(after: open)..<close]))
            rest = rest[rest.index(after: close)...]
        }
        return names
    }
}

import Facility

/// The header by which a caller says what it reads.
enum AcceptLanguage {
    /// The language of ours that the caller wants most: `zh-CN,zh;q=0.9,en;q=0.5`; nil if it wants neither.
    static func preferred(_ header: String) -> Language? {
        var best: (language: Language, weight: Double)?
        // A header is bounded by the server's header limit; more than a dozen wishes are noise.
        for wish in header.split(separator: ",").prefix(12) {
            let parts = wish.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            guard let tag = parts.first?.lowercased(), let language = language(tag) else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
            guard (weight ?? 1) > (best?.weight ?? 0) else { continue }
            best = (language, weight ?? 1)
        }
        return best?.language
    }

    private static func language(_ tag: String) -> Language? {
        Language.allCases.first { tag == $0.rawValue || tag.hasPrefix($0.rawValue + "-") }
    }
}

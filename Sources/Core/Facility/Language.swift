/// The languages everything a person reads exists in.
public enum Language: String, Hashable, Sendable, CaseIterable, Codable {
    /// Chinese, simplified.
    case zh
    /// English.
    case en
}

/// A text that the site's own files give in both languages.
public struct Bilingual: Hashable, Sendable, Codable {
    /// The Chinese text.
    public let zh: String
    /// The English text.
    public let en: String

    /// Pairs both texts.
    public init(zh: String, en: String) {
        self.zh = zh
        self.en = en
    }

    /// The text in a language.
    public subscript(_ language: Language) -> String {
        switch language {
        case .zh: zh
        case .en: en
        }
    }
}

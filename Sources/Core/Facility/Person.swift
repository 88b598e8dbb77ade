/// Somebody who hears of alarms or works on orders.
public struct Person: Hashable, Sendable {
    /// The name in files.
    public let id: PersonID
    /// What people call them.
    public let label: Bilingual
    /// The language they read.
    public let language: Language
    /// A telephone number for the channels that need one.
    public let phone: String?
    /// A mail address for the channels that need one.
    public let mail: String?
    /// What they can do, in the site's words: `lift`, `high-voltage`.
    public let skills: Set<String>

    /// Describes a person.
    public init(
        id: PersonID, label: Bilingual, language: Language, phone: String? = nil, mail: String? = nil,
        skills: Set<String> = []
    ) {
        self.id = id
        self.label = label
        self.language = language
        self.phone = phone
        self.mail = mail
        self.skills = skills
    }
}

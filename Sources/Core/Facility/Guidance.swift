/// What a person needs in order to act.
public struct Guidance: Hashable, Sendable, Codable {
    /// What usually causes it.
    public let cause: Bilingual
    /// What happens if nobody acts.
    public let consequence: Bilingual
    /// What to do.
    public let action: Bilingual
    /// How long there is to act, milliseconds.
    public let respondWithinMilliseconds: Int64?

    /// Collects the parts.
    public init(
        cause: Bilingual, consequence: Bilingual, action: Bilingual, respondWithinMilliseconds: Int64?
    ) {
        self.cause = cause
        self.consequence = consequence
        self.action = action
        self.respondWithinMilliseconds = respondWithinMilliseconds
    }
}

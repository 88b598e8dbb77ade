import GRDB

/// One step from a schema to the next. Released steps are never edited: what is wrong in one, the next mends.
struct Migration: Sendable {
    /// The name the database keeps, so that it is known which steps it has taken.
    let name: String
    /// What the step does, in one transaction.
    let apply: @Sendable (Database) throws -> Void
}

/// The steps from an empty file to the schema of this version, in order.
enum Migrations {
    /// The register. One line per step.
    static let all: [Migration] = [
        .foundation, .fieldMemory, .siteMemory, .outboxSettled, .journalPriority,
        .orderLife, .planOccurrences, .promisesOfAnyOrder, .outboxWays,
    ]

    /// The steps as GRDB runs them.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for step in all {
            migrator.registerMigration(step.name, migrate: step.apply)
        }
        return migrator
    }
}

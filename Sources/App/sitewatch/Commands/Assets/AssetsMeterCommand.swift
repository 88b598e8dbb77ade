import ArgumentParser
import Facility
import WebAPI

/// What concerns the counters of assets.
struct AssetsMeterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meter", abstract: "The counters that plans add up.",
        subcommands: [AssetsMeterReplaceCommand.self])
}

/// Says that a counter was replaced.
struct AssetsMeterReplaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replace",
        abstract: "Say that a counter was replaced: what the old one counted stays.",
        discussion: """
            Without --old-reading the old counter ends with its last reading. A counter that goes on from elsewhere \
            without a word is believed after three readings, and nothing is added for the leap.
            """)

    @Argument(help: "The asset.")
    var asset: String

    @Argument(help: "The counter: its name in the asset's meters, or its point.")
    var meter: String

    @Option(help: ArgumentHelp("What the new counter shows.", valueName: "number"))
    var newReading: Double

    @Option(help: ArgumentHelp("What the old counter showed at the end.", valueName: "number"))
    var oldReading: Double?

    @OptionGroup var person: PersonOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let action = PersonAction(person, connection, session)
            let request = action.request()
            let document = try await action.client.post(
                AssetDossierDocument.self, ["assets", asset, "meters", meter, "replacement"],
                MeterReplacementRequest(
                    person: request.person, note: request.note, newReading: newReading,
                    oldReading: oldReading, requestId: request.requestId))
            session.say(
                try action.told(
                    document, asJSON: person.json,
                    Message("cli.asset.meter-replaced", ["asset": .text(asset), "meter": .text(meter)])))
        }
    }
}

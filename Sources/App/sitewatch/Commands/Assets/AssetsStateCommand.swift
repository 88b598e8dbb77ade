import ArgumentParser
import Facility
import WebAPI

/// Say how assets stand.
struct AssetsStateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract:
            "Say how an asset stands: being commissioned, in service, in maintenance, stopped, retired.",
        discussion: """
            While an asset is commissioned or retired its alarms are shown, but open no orders; while it is in \
            maintenance they belong to the order of that work.
            """)

    static let states = ListedWords(option: "STATE", known: AssetState.allCases.map(\.rawValue))

    @Argument(help: "The asset.")
    var asset: String

    @Argument(help: "How it stands: \(AssetsStateCommand.states.list).")
    var state: String

    @OptionGroup var person: PersonOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        _ = try Self.states.one(state)
        guard person.note?.contains(where: { !$0.isWhitespace }) == true else {
            throw Usage.error(Message("cli.usage.why", ["option": "--note"]))
        }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let action = PersonAction(person, connection, session)
            let request = action.request()
            let document = try await action.client.post(
                AssetDossierDocument.self, ["assets", asset, "state"],
                AssetStateRequest(
                    person: request.person, note: request.note ?? "", state: state,
                    requestId: request.requestId))
            session.say(
                try action.told(
                    document, asJSON: person.json,
                    Message(
                        "cli.asset.state",
                        [
                            "asset": .text(asset),
                            "state": .message(Message("asset.state.\(document.state.rawValue)")),
                        ])))
        }
    }
}

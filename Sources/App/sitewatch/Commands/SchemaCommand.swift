public import ArgumentParser
import Delivery
import Facility
public import SiteConfig

/// Prints what every file of a site may say.
struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of a file, or of all files by name.")

    @Argument(
        help: ArgumentHelp(
            "One of \(Schema.File.allCases.map(\.rawValue).joined(separator: ", ")); all where absent.",
            valueName: "file"))
    var file: Schema.File?

    @OptionGroup var language: LanguageOptions

    func run() async throws {
        try await Session.run(language) { session in
            _ = try session.needShare()
            guard let file else {
                let members = Schema.File.allCases.map { "\"\($0.rawValue)\": \(Self.schema($0, session))" }
                session.say("{\n" + members.joined(separator: ",\n") + "\n}")
                return
            }
            session.say(Self.schema(file, session))
        }
    }

    private static func schema(_ file: Schema.File, _ session: Session) -> String {
        let text = Schema.json(
            file, channelKinds: Channels.kinds, catalog: session.catalog, language: session.language)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}

extension Schema.File: ExpressibleByArgument {}

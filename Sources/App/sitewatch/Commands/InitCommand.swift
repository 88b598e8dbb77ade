import ArgumentParser
import Facility
import SiteConfig

/// Writes a small site to start from.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a small site with comments to start from; replaces nothing.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        try await Session.run(site.language) { session in
            let share = try session.needShare()
            let files: [String]
            do throws(SiteTemplate.Failure) {
                files = try SiteTemplate.write(to: site.config, from: share)
            } catch {
                throw CommandFailure(Self.message(error))
            }
            session.say(files.map { "\(site.config)/\($0)" })
            session.complain(
                Message(
                    "cli.init.next", ["folder": .text(site.config), "options": .text(site.suffix)]))
        }
    }

    private static func message(_ failure: SiteTemplate.Failure) -> Message {
        switch failure {
        case .noTemplates(let folder): Message("cli.init.no-templates", ["folder": .text(folder)])
        case .exists(let file): Message("cli.init.exists", ["file": .text(file)])
        case .unwritable(let file): Message("cli.init.unwritable", ["file": .text(file)])
        }
    }
}

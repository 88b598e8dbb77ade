import Acquisition
import ArgumentParser
import Facility
import SiteConfig

/// Writes a profile as a table.
struct ProfilesExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a profile as CSV, to be edited in a spreadsheet and imported again.")

    @Argument(help: "The profile.")
    var profile: String

    @OptionGroup var site: SiteOptions

    func run() async throws {
        try await Session.run(site.language) { session in
            let loader = try session.loader(site)
            let library = loader.loadProfiles()
            guard library[profile] != nil, let path = loader.path(ofProfile: profile),
                let table = MapExport.csv(path: path, isChinese: session.language == .zh)
            else {
                throw CommandFailure(
                    NearestName.unknown(
                        "cli.profiles.unknown", profile, among: library.entries.map(\.profile.id)))
            }
            session.terminal.out(table)
        }
    }
}

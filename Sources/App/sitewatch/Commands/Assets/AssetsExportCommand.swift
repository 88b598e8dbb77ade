import ArgumentParser
import SiteConfig

/// Writes the equipment ledger as a table.
struct AssetsExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the equipment of the site's files as CSV, to be edited and imported again.")

    @OptionGroup var site: SiteOptions

    func run() async throws {
        try await Session.run(site.language) { session in
            session.terminal.out(AssetTable.csv(folder: site.config))
        }
    }
}

import ArgumentParser
import Facility
import Foundation
import SiteConfig
import SystemService

/// Makes a file of assets out of a table.
struct AssetsImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a file of assets out of a CSV table.",
        discussion: """
            If anything is wrong all of it is told with row and column, and nothing is written. Put the file into \
            the site's assets/ folder and run sitewatch check.
            """)

    @Argument(help: ArgumentHelp("The table.", valueName: "csv"))
    var table: String

    @Option(help: ArgumentHelp("Where to write it. Default: the standard output.", valueName: "file"))
    var out: String?

    @Flag(help: "Only say whether the table is sound.")
    var dryRun = false

    @OptionGroup var language: LanguageOptions

    func run() async throws {
        try await Session.run(language) { session in
            guard let data = FileManager.default.contents(atPath: table) else {
                throw CommandFailure(Message("import.unreadable", ["file": .text(table)]))
            }
            guard let text = TableText.text([UInt8](data), gbk: textOfGBK) else {
                throw CommandFailure(Message("import.no-text", ["file": .text(table)]))
            }
            let result = AssetTable.read(text, file: (table as NSString).lastPathComponent)
            for problem in result.problems {
                let place = Message(
                    "import.place",
                    [
                        "file": .text(problem.position.file), "row": .text(String(problem.position.line)),
                        "column": .text(ImportReport.letters(problem.position.column)),
                    ])
                session.terminal.err(
                    "\(session.text(place)): \(SafeText.plain(session.text(problem.message)))\n")
            }
            guard let yaml = result.yaml else {
                session.complain(Message("assets.refused"))
                throw Ending.findings
            }
            try write(yaml, session)
            session.complain(Message("assets.imported", ["count": .text(String(result.count))]))
        }
    }

    private func write(_ yaml: String, _ session: Session) throws {
        guard !dryRun else { return }
        guard let out else { return session.terminal.out(yaml) }
        try NewFile.write(yaml, to: out)
    }
}

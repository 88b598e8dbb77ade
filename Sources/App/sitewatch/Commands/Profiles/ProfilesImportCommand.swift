import Acquisition
import ArgumentParser
import Facility
import Foundation
import SiteConfig
import SystemService

/// Makes a profile out of a register table.
struct ProfilesImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a profile out of a register table: a CSV file or a spreadsheet's.",
        discussion: """
            Cells may be parted by commas, semicolons or tabs, in UTF-8, UTF-16 or GBK; headings may be Chinese \
            or English. If anything is wrong all of it is told with row and column, and nothing is written.
            """)

    @Argument(help: ArgumentHelp("The table; - for the standard input.", valueName: "map"))
    var map: String

    @Option(help: "The name of the profile. Default: the file's.")
    var profile: String?

    @Option(name: .customLong("class"), help: "The class of equipment, such as pump or meter.")
    var assetClass: String?

    @Option(help: "Where the table does not say it: coil, discrete, holding or input.")
    var table: RegisterArea?

    @Option(help: "What plain addresses count from: 0 or 1.")
    var base: Int?

    @Option(
        help: ArgumentHelp("Where to write the profile. Default: the standard output.", valueName: "file"))
    var out: String?

    @Flag(help: "Write the problems as JSON.")
    var json = false

    @OptionGroup var language: LanguageOptions

    func validate() throws {
        guard base == nil || base == 0 || base == 1 else { throw ValidationError("--base is 0 or 1.") }
    }

    func run() async throws {
        try await Session.run(language) { session in
            let name = map == "-" ? "-" : (map as NSString).lastPathComponent
            let stem = profile ?? Self.profileName((name as NSString).deletingPathExtension)
            let result = MapImport.read(
                try text(), file: name,
                MapImport.Settings(profile: stem, assetClass: assetClass, area: table, base: base))
            if json {
                try session.show(json: ImportReport(result, session))
            } else {
                for problem in result.problems { report(problem, session) }
            }
            guard let yaml = result.yaml else {
                if !json { session.complain(Message("import.refused")) }
                throw Ending.findings
            }
            if let out {
                try NewFile.write(yaml, to: out)
            } else if !json {
                session.terminal.out(yaml)
            }
            session.complain(Message("import.done", ["points": .text(String(result.points))]))
        }
    }

    private func text() throws -> String {
        let data: Data?
        if map == "-" {
            data = try? FileHandle.standardInput.readToEnd()
        } else {
            data = FileManager.default.contents(atPath: map)
        }
        guard let data else { throw CommandFailure(Message("import.unreadable", ["file": .text(map)])) }
        guard data.count <= 4 << 20 else {
            throw CommandFailure(Message("import.too-large", ["file": .text(map)]))
        }
        guard let text = TableText.text([UInt8](data), gbk: textOfGBK) else {
            throw CommandFailure(Message("import.no-text", ["file": .text(map)]))
        }
        return text
    }

    private func report(_ problem: Problem, _ session: Session) {
        let severity = session.text("cli.severity.\(problem.severity.rawValue)")
        let place = session.text(
            Message(
                "import.place",
                [
                    "file": .text(problem.position.file), "row": .text(String(problem.position.line)),
                    "column": .text(ImportReport.letters(problem.position.column)),
                ]))
        session.terminal.err(
            "\(place): \(severity): \(SafeText.plain(session.text(problem.message)))\n")
    }

    /// A name for the profile out of the file's.
    private static func profileName(_ stem: String) -> String {
        let name = stem.lowercased().map { character in
            character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
                ? character : "-"
        }
        let trimmed = String(name).drop { "-._".contains($0) }
        return trimmed.isEmpty ? "imported" : String(trimmed)
    }
}

/// What `profiles import --json` writes.
struct ImportReport: Encodable {
    struct Entry: Encodable {
        let severity: String
        let row: Int
        let column: Int
        let cell: String
        let message: String
    }

    let version = 1
    let points: Int
    let profile: String?
    let problems: [Entry]

    init(_ result: MapImport.Result, _ session: Session) {
        points = result.points
        profile = result.yaml
        problems = result.problems.map {
            Entry(
                severity: $0.severity.rawValue, row: $0.position.line, column: $0.position.column,
                cell: "\(Self.letters($0.position.column))\($0.position.line)",
                message: session.text($0.message))
        }
    }

    /// A column as spreadsheets name it: A, B … Z, AA.
    static func letters(_ column: Int) -> String {
        var (rest, text) = (column, "")
        while rest > 0 {
            let letter = UnicodeScalar(UInt8(65 + (rest - 1) % 26))
            text = String(letter) + text
            rest = (rest - 1) / 26
        }
        return text
    }
}

public import ArgumentParser
public import Facility

/// The language of what is printed.
struct LanguageOptions: ParsableArguments {
    @Option(help: "Language of the output: zh or en. Default: from LANG.")
    var lang: Language?
}

/// Where the site's files are.
struct SiteOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of the site's files.", valueName: "dir"))
    var config = SiteOptions.usualFolder

    @OptionGroup var language: LanguageOptions

    /// The folder where nobody names another.
    static let usualFolder = "/etc/sitewatch"

    /// What a command about this site has to say behind its name: nothing where it is the usual folder.
    var suffix: String {
        guard config != Self.usualFolder else { return "" }
        let isPlain = config.allSatisfy { $0.isLetter || $0.isNumber || "/._-+~".contains($0) }
        return " --config " + (isPlain ? config : "'\(config.replacing("'", with: "'\\''"))'")
    }
}

/// Where the daemon is.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The daemon's Unix socket. Default: from the site's files.", valueName: "path"))
    var socket: String?

    @Option(help: ArgumentHelp("The daemon's address instead of the socket; looking only.", valueName: "url"))
    var url: String?

    @OptionGroup var site: SiteOptions

    func validate() throws {
        guard socket == nil || url == nil else {
            throw Usage.either("--socket", "--url")
        }
        try ArgumentCheck.url(url)
    }
}

/// How a list is written.
struct FormatOptions: ParsableArguments {
    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @Flag(help: "Write CSV.")
    var csv = false

    func validate() throws {
        guard !(json && csv) else { throw Usage.either("--json", "--csv") }
    }
}

/// Who does something.
struct PersonOptions: ParsableArguments {
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("Who does it. Default: your login name.", valueName: "person"))
    var person: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("What you want to say with it.", valueName: "text"))
    var note: String?

    @Flag(help: "Write what became of it as JSON, a line each.")
    var json = false

    func validate() throws {
        try ArgumentCheck.person(person)
    }
}

extension Language: ExpressibleByArgument {}

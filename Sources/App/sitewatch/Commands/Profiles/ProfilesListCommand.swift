import Acquisition
import ArgumentParser
import Facility
import SiteConfig

/// Lists the device profiles a site can use.
struct ProfilesListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the shipped profiles and the site's own; no daemon needed.")

    @OptionGroup var format: FormatOptions
    @OptionGroup var site: SiteOptions

    func run() async throws {
        try await Session.run(site.language) { session in
            let library = try session.loader(site).loadProfiles()
            if format.json {
                try session.show(json: ProfilesDocument(library))
            } else {
                session.show(Self.table(library, session), format)
            }
            try ProfileFindings.report(library, session)
        }
    }

    private static func table(_ library: ProfileLibrary, _ session: Session) -> Table {
        var table = Table([
            session.column("class"), session.column("profile"), session.column("name_zh"),
            session.column("name_en"), session.column("points", isNumeric: true),
            session.column("verified"),
        ])
        let byClass = library.entries.sorted {
            ($0.profile.assetClass.rawValue, $0.profile.id) < ($1.profile.assetClass.rawValue, $1.profile.id)
        }
        for entry in byClass {
            let profile = entry.profile
            table.add([
                .init(profile.assetClass.rawValue), .init(profile.id), .init(profile.label.zh),
                .init(profile.label.en), .init(String(profile.meanings.count)),
                session.word(
                    "cli.profiles.verified", profile.isVerified ? "yes" : "no",
                    profile.isVerified ? .good : .doubtful),
            ])
        }
        return table
    }
}

/// What is wrong with the files of profiles, said behind what could be read.
enum ProfileFindings {
    /// Says everything that is wrong; ends with findings if there is an error.
    static func report(_ library: ProfileLibrary, _ session: Session) throws {
        for problem in library.problems {
            session.terminal.err("\(problem.position): \(SafeText.plain(session.text(problem.message)))\n")
        }
        if library.problems.contains(where: { $0.severity == .error }) { throw Ending.findings }
    }
}

/// What `profiles list --json` writes.
struct ProfilesDocument: Encodable {
    struct Name: Encodable {
        let zh: String
        let en: String

        init(_ label: Bilingual) {
            zh = label.zh
            en = label.en
        }
    }

    struct Profile: Encodable {
        let profile: String
        let `class`: String
        let name: Name
        let points: Int
        let verified: Bool
        let source: String
        let file: String
        let shipped: Bool
    }

    let version = 1
    let profiles: [Profile]

    init(_ library: ProfileLibrary) {
        profiles = library.entries.map { entry in
            Profile(
                profile: entry.profile.id, class: entry.profile.assetClass.rawValue,
                name: Name(entry.profile.label), points: entry.profile.meanings.count,
                verified: entry.profile.isVerified, source: entry.profile.source, file: entry.file,
                shipped: entry.isShipped)
        }
    }
}

public import Engine
public import Facility
internal import Foundation
public import Notices

/// Reads the folder of a site and builds the site out of it, or says everything that is wrong with it.
public struct ConfigurationLoader: Sendable {
    private let folder: String
    private let share: ShareFolder
    private let channelKinds: [ChannelKind]
    private let credentials: String
    private let zone: @Sendable (String) -> SiteZone?
    private let now: @Sendable () -> Int64

    /// Prepares to read a folder.
    ///
    /// - Parameters:
    ///   - folder: the site's folder, such as `/etc/sitewatch`.
    ///   - share: the shipped profiles and rule packs.
    ///   - channelKinds: what channels may be told.
    ///   - credentials: where systemd puts the service's credentials; `credential:NAME` stands for a file there.
    ///   - zone: finds a time zone by its IANA name.
    ///   - now: tells the time, milliseconds since 1970, for the look at rosters; the machine's clock where nil.
    public init(
        folder: String, share: ShareFolder, channelKinds: [ChannelKind],
        credentials: String = "/run/credentials/sitewatch.service",
        zone: @escaping @Sendable (String) -> SiteZone?,
        now: (@Sendable () -> Int64)? = nil
    ) {
        self.folder = folder
        self.share = share
        self.channelKinds = channelKinds
        self.credentials = credentials
        self.zone = zone
        self.now = now ?? { Int64(Date().timeIntervalSince1970 * 1000) }
    }

    /// Reads everything; the configuration is nil if anything is an error.
    public func load() -> LoadResult {
        load(ruleFiles: nil)
    }

    /// Reads everything, and the rules of other files and folders in place of the site's and the shipped ones.
    public func load(rules paths: [String]) -> LoadResult {
        load(
            ruleFiles: paths.flatMap { path in
                let files = ConfigurationFolder.files(
                    under: path, named: path.hasSuffix("/") ? path : path + "/")
                return files.isEmpty ? [ConfigurationFile(path: path, name: path)] : files
            })
    }

    private func load(ruleFiles: [ConfigurationFile]?) -> LoadResult {
        let problems = ProblemList()
        var reader = reader(problems)
        reader.readsUnusedProfiles = false
        reader.ruleFiles = ruleFiles
        let files = reader.read()
        let builder = SiteBuilder(files: files, zone: zone, now: now(), problems: problems)
        let configuration = builder.build()
        return LoadResult(
            configuration: problems.errorCount == 0 ? configuration : nil, draft: configuration,
            problems: problems.sorted)
    }

    /// The Unix socket of the site's daemon, whatever else is wrong with the files: the daemon still runs with what
    /// they said before. Nil only if `site.yaml` cannot be read or is no YAML.
    public func socketPath() -> String? {
        let problems = ProblemList()
        guard let file = ConfigurationFolder(path: folder).file("site.yaml"),
            let source = SourceText(path: file.path, file: file.name, problems: problems),
            let root = YAMLReader.read(source, problems: problems), root.entries != nil
        else { return nil }
        return root["web"]?["socket"].flatMap { Paths.absolute.read($0, problems) }
            ?? WebShape.Web.standard.socket
    }

    /// Reads the stories told to the site's own rules and to the shipped packs it uses, or to all of them.
    public func loadRuleTests(
        ofAllPacks: Bool = false
    ) -> (tests: [RuleTestCase], problems: [Problem]) {
        let problems = ProblemList()
        let files = reader(ProblemList()).read()
        let used = SiteBuilder(files: files, zone: zone, now: now(), problems: ProblemList()).usedPacks()
        let packs = ofAllPacks ? files.packs.map(\.name) : used
        let shipped = packs.map {
            ConfigurationFile(path: "\(share.rules)/\($0).test.yaml", name: "\(share.rules)/\($0).test.yaml")
        }
        let own = ConfigurationFolder(path: folder).files(under: "rules").filter {
            $0.name.hasSuffix(".test.yaml")
        }
        let present = shipped.filter { FileManager.default.fileExists(atPath: $0.path) }
        let tests = RuleTestReader(files: files, problems: problems).tests(own + present)
        return (tests, problems.sorted)
    }

    func reader(_ problems: ProblemList) -> SiteReader {
        SiteReader(
            folder: ConfigurationFolder(path: folder), share: share, channelKinds: channelKinds,
            credentials: credentials, problems: problems)
    }

    /// Every YAML file among the profiles, the site's own first.
    func profileFiles() -> [ConfigurationFile] {
        ConfigurationFolder(path: folder).files(under: "profiles")
            + ConfigurationFolder.files(under: share.profiles, named: "\(share.profiles)/")
    }
}

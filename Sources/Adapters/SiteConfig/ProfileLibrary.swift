public import Acquisition
public import Facility

/// The device profiles a site can use, its own and the shipped ones, each with the situations that test it.
public struct ProfileLibrary: Sendable {
    /// One profile.
    public struct Entry: Sendable {
        /// What it says.
        public let profile: DeviceProfile
        /// Its file, as problems name it.
        public let file: String
        /// Whether it came with sitewatch.
        public let isShipped: Bool
        /// The situations told about it.
        public let tests: [ProfileTestCase]
    }

    /// The profiles, in the order of their names.
    public let entries: [Entry]
    /// Everything found wrong with their files.
    public let problems: [Problem]

    /// The profile with a name; nil if there is none.
    public subscript(name: String) -> Entry? {
        entries.first { $0.profile.id == name }
    }
}

extension ConfigurationLoader {
    /// Reads the profiles and their `*.test.yaml` files; the rest of the site may be missing or wrong.
    public func loadProfiles() -> ProfileLibrary {
        let problems = ProblemList()
        var files = SiteFiles()
        reader(problems).readProfiles(into: &files)
        var tests: [String: [ProfileTestCase]] = [:]
        for file in profileFiles() where file.stem.hasSuffix(".test") {
            let name = String(file.stem.dropLast(".test".count))
            guard files.profileNames.contains(name) else {
                problems.add(at: file.start, Message("config.test-without-profile", ["name": .text(name)]))
                continue
            }
            tests[name, default: []] +=
                SourceText(path: file.path, file: file.name, problems: problems)
                .flatMap { YAMLReader.read($0, problems: problems) }
                .flatMap { ProfileTestsShape.form.read($0, problems) } ?? []
        }
        let entries = files.profiles.map { source in
            ProfileLibrary.Entry(
                profile: source.value.profile, file: source.file.name, isShipped: source.isShipped,
                tests: tests[source.value.profile.id] ?? [])
        }
        return ProfileLibrary(
            entries: entries.sorted { $0.profile.id < $1.profile.id }, problems: problems.sorted)
    }
}

public import Facility
public import SiteConfig

/// What a daemon is started with.
public struct DaemonOptions: Sendable {
    /// The folder of the site's files.
    public let configuration: String
    /// The folder of the ledger and the history.
    public let data: String
    /// The shared files: profiles, rule packs, messages.
    public let share: ShareFolder
    /// The language of what is printed and logged for people.
    public let language: Language

    /// Collects the options.
    public init(configuration: String, data: String, share: ShareFolder, language: Language) {
        self.configuration = configuration
        self.data = data
        self.share = share
        self.language = language
    }
}

/// Why a daemon did not start or could not go on. Each says what to do about it.
public enum DaemonError: Error {
    /// The files have errors; nothing was started.
    case configuration([Problem])
    /// Something the daemon needs cannot be had: a folder, a port, the ledger.
    case unusable(Message)
}

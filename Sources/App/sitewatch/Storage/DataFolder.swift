import Facility
import Foundation
import Ledger
import SiteConfig
import SystemService

/// The folder with everything a daemon stores.
struct DataFolder: Hashable, Sendable {
    let path: String

    /// The folder where nobody names another.
    static let usual = "/var/lib/sitewatch"

    var history: String { path + "/history" }
    var ledger: LedgerFile { LedgerFile(path: path + "/ledger.sqlite") }

    /// Whether there is a history or a ledger in it.
    var isPresent: Bool {
        ledger.isPresent || FileManager.default.fileExists(atPath: history)
    }

    /// The zone times are shown in: the site's, else the machine's.
    static func zone(_ site: SiteOptions, _ session: Session) -> SiteZone {
        let loaded = try? session.loader(site).load().configuration
        let named = session.terminal.environment["TZ"] ?? TimeZone.current.identifier
        return loaded?.site.zone ?? SystemZone.load(named) ?? .fixed("UTC", hours: 0)
    }

    /// A folder without data in it cannot be worked with.
    func needed() throws {
        guard !isPresent else { return }
        throw CommandFailure(Message("storage.no-data", ["folder": .text(path)]))
    }
}

internal import Foundation

/// Where the files that come with sitewatch are: profiles, rule packs, texts.
public struct ShareFolder: Hashable, Sendable {
    /// The folder that holds `profiles`, `rules` and `messages`.
    public let path: String

    /// Names the folder.
    public init(_ path: String) {
        self.path = path
    }

    /// The shipped device profiles.
    public var profiles: String { "\(path)/profiles" }
    /// The shipped rule packs.
    public var rules: String { "\(path)/rules" }
    /// The shipped plans, and the calendars among them.
    public var plans: String { "\(path)/plans" }
    /// The shipped calendars of holidays.
    public var calendars: String { "\(path)/plans/calendars" }
    /// Every text a person reads.
    public var messages: String { "\(path)/messages" }
    /// The files a new site starts from.
    public var templates: String { "\(path)/init" }
    /// The example site.
    public var example: String { "\(path)/example" }
    /// What the demonstration needs.
    public var demo: String { "\(path)/demo" }
    /// The simulated sites; beside `config` in a checkout.
    public var simulators: String {
        let installed = "\(path)/simulators"
        guard !FileManager.default.fileExists(atPath: installed), path.hasSuffix("/config") else {
            return installed
        }
        return "\(path.dropLast("/config".count))/simulators"
    }

    /// Finds the folder: `SITEWATCH_SHARE`, `/usr/share/sitewatch`, beside the executable, or in the checkout
    /// the executable was built in. Nil if it is at none of these places.
    public static func locate(
        executable: String, environment: [String: String], installed: String = "/usr/share/sitewatch"
    ) -> ShareFolder? {
        if let named = environment["SITEWATCH_SHARE"], !named.isEmpty {
            return hasProfiles(named) ? ShareFolder(named) : nil
        }
        if hasProfiles(installed) { return ShareFolder(installed) }
        var folder = URL(fileURLWithPath: executable).resolvingSymlinksInPath().deletingLastPathComponent()
        let beside = folder.deletingLastPathComponent().appendingPathComponent("share/sitewatch").path
        if hasProfiles(beside) { return ShareFolder(beside) }
        while true {
            let config = folder.appendingPathComponent("config").path
            if hasProfiles(config) { return ShareFolder(config) }
            guard folder.path != "/" else { return nil }
            folder = folder.deletingLastPathComponent()
        }
    }

    private static func hasProfiles(_ path: String) -> Bool {
        Disk.kind(of: "\(path)/profiles") == .typeDirectory
    }
}

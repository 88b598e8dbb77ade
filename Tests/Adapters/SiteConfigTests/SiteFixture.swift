import Facility
import Foundation
import Notices
import SiteConfig

/// The checkout the tests run in.
enum Checkout {
    static let root: String = {
        var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<4 { folder = folder.deletingLastPathComponent() }
        return folder.path
    }()

    static let share = ShareFolder("\(root)/config")
    static let fixtures = "\(root)/Tests/Fixtures/configurations"
    static let catalog = MessageFiles.load(share).catalog
}

/// What the tests tell the loader about the world outside of the files.
enum World {
    static let channelKinds = [
        ChannelKind(
            name: "webhook",
            settings: [
                .init("url", .url, isRequired: true), .init("secret_file", .secretFile),
                .init("timeout", .duration),
            ], addressesPeople: true),
        ChannelKind(
            name: "mqtt", settings: [.init("bus", .mqttBus, isRequired: true), .init("prefix", .text)],
            addressesPeople: false),
    ]

    /// 2026-11-30 08:00 in Shanghai.
    static let now: Int64 = 1_795_996_800_000

    static func zone(_ name: String) -> SiteZone? {
        ["Asia/Shanghai", "UTC"].contains(name) ? .fixed(name, hours: name == "UTC" ? 0 : 8) : nil
    }

    static func loader(_ folder: String, share: ShareFolder = Checkout.share) -> ConfigurationLoader {
        ConfigurationLoader(
            folder: folder, share: share, channelKinds: channelKinds, zone: { zone($0) }, now: { now })
    }
}

/// Problems as a person reads them.
func rendered(_ problems: [Problem], replacing paths: [(String, String)] = []) -> [String] {
    problems.map { problem in
        let text = Checkout.catalog.text(problem.message, in: .en)
        let line = "\(problem.position): \(problem.severity.rawValue): \(text)"
        return paths.reduce(line) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
    }
}

/// A folder of its own that is gone afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "sitewatch-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
}

/// Copies the files of a folder into another, over what stands there.
func overlay(_ source: String, onto target: String) throws {
    let manager = FileManager.default
    guard let names = manager.enumerator(atPath: source) else { return }
    for case let name as String in names {
        let attributes = try manager.attributesOfItem(atPath: "\(source)/\(name)")
        guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
        let file = URL(fileURLWithPath: "\(target)/\(name)")
        try manager.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        if manager.fileExists(atPath: file.path) { try manager.removeItem(at: file) }
        try manager.copyItem(atPath: "\(source)/\(name)", toPath: file.path)
    }
}

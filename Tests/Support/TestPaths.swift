public import Foundation

/// Where tests find things.
public enum TestPaths {
    /// The root of the checkout.
    public static let checkout = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The folder of the programs built together with the tests.
    public static let programs = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()

    /// Independent data beside the checkout (`shared/data`), or nil where it is absent.
    public static let sharedData: URL? = {
        if let named = ProcessInfo.processInfo.environment["SITEWATCH_SHARED_DATA"] {
            return URL(fileURLWithPath: named)
        }
        let beside = checkout.deletingLastPathComponent().appendingPathComponent("shared/data")
        return FileManager.default.fileExists(atPath: beside.path) ? beside : nil
    }()

    /// A program of the system, or nil where it is not installed.
    public static func program(_ name: String) -> URL? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(
            String.init)
        return (folders + ["/usr/sbin", "/usr/local/sbin"])
            .map { URL(fileURLWithPath: $0).appendingPathComponent(name) }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }
}

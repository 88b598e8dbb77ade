import Foundation
import Testing

/// The folder of the repository.
private let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

private let analyze = ["/usr/bin/systemd-analyze", "/bin/systemd-analyze"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

/// Tests of the unit need `systemd-analyze`; on the build machine its absence is a failure.
private let isAnalyzable = analyze != nil || ProcessInfo.processInfo.environment["CI"] == "true"

/// A copy of the shipped unit that starts a program every machine has.
private func copyOfUnit(in folder: TemporaryFolder) throws -> String {
    let unit = try String(contentsOfFile: root + "/systemd/sitewatch.service", encoding: .utf8)
    try #require(unit.contains("ExecStart=/usr/bin/sitewatch "))
    let path = folder.path + "/sitewatch.service"
    try unit.replacingOccurrences(of: "=/usr/bin/sitewatch ", with: "=/bin/true ")
        .write(toFile: path, atomically: true, encoding: .utf8)
    return path
}

@Test(.enabled(if: isAnalyzable, "systemd-analyze is not installed: script/bootstrap test"))
func `systemd finds nothing to say about the unit`() throws {
    let folder = try TemporaryFolder()
    let unit = try copyOfUnit(in: folder)
    let said = try output(of: try #require(analyze), ["verify", "--man=no", unit])
        .split(separator: "\n").filter { $0.contains("sitewatch") || $0.contains(folder.path) }
    #expect(said.isEmpty)
}

@Test(.enabled(if: isAnalyzable, "systemd-analyze is not installed: script/bootstrap test"))
func `the unit is exposed to no more than 1.6 of 10`() throws {
    let folder = try TemporaryFolder()
    let unit = try copyOfUnit(in: folder)
    let said = try output(
        of: try #require(analyze), ["security", "--offline=true", "--no-pager", "--threshold=16", unit])
    let overall = try #require(said.split(separator: "\n").last { $0.contains("Overall exposure level") })
    let level = try #require(overall.split(separator: " ").compactMap { Double($0) }.first)
    #expect(level <= 1.6, "\(overall)")
}

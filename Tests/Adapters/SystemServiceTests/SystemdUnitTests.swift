import Foundation
import TestSupport
import Testing

private let analyze = TestPaths.program("systemd-analyze")

/// Tests of the unit need `systemd-analyze`; on the build machine its absence is a failure.
private let isAnalyzable = analyze != nil || ProcessInfo.processInfo.environment["CI"] == "true"

/// A copy of the shipped unit that starts a program every machine has.
private func copyOfUnit(in folder: TemporaryFolder) throws -> String {
    let shipped = TestPaths.checkout.appending(path: "systemd/sitewatch.service")
    let unit = try String(contentsOf: shipped, encoding: .utf8)
    try #require(unit.contains("ExecStart=/usr/bin/sitewatch "))
    try folder.write("sitewatch.service", unit.replacing("=/usr/bin/sitewatch ", with: "=/bin/true "))
    return folder.path("sitewatch.service")
}

@Test(.enabled(if: isAnalyzable, "systemd-analyze is not installed: script/bootstrap test"))
func `systemd finds nothing to say about the unit`() throws {
    let folder = try TemporaryFolder("unit")
    let unit = try copyOfUnit(in: folder)
    let said = try output(of: try #require(analyze).path, ["verify", "--man=no", unit])
        .split(separator: "\n").filter { $0.contains("sitewatch") || $0.contains(folder.url.path) }
    #expect(said.isEmpty)
}

@Test(.enabled(if: isAnalyzable, "systemd-analyze is not installed: script/bootstrap test"))
func `the unit is exposed to no more than 1.6 of 10`() throws {
    let folder = try TemporaryFolder("unit")
    let unit = try copyOfUnit(in: folder)
    let said = try output(
        of: try #require(analyze).path, ["security", "--offline=true", "--no-pager", "--threshold=16", unit])
    let overall = try #require(said.split(separator: "\n").last { $0.contains("Overall exposure level") })
    let level = try #require(overall.split(separator: " ").compactMap { Double($0) }.first)
    #expect(level <= 1.6, "\(overall)")
}

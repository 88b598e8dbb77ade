import Facility
import Foundation
import SiteConfig
import Testing

/// Every folder of `Tests/Fixtures/configurations` with an `expected.txt` is a site with something wrong: its
/// files lie over those of `base`, without the files named in `delete.txt`.
///
/// `UPDATE_FIXTURES=1` writes what the loader says into the `expected.txt` files; read the difference before
/// committing it.
@Suite struct `A site with something wrong` {
    static let cases: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: Checkout.fixtures)) ?? []
        return names.sorted().filter {
            FileManager.default.fileExists(atPath: "\(Checkout.fixtures)/\($0)/expected.txt")
        }
    }()

    @Test(arguments: cases)
    func `is told all of it, with file, line and column`(name: String) throws {
        let folder = "\(Checkout.fixtures)/\(name)"
        let lines = try withTemporaryFolder { site in
            try overlay("\(Checkout.fixtures)/base", onto: site)
            for unwanted in try deletions(folder) {
                try FileManager.default.removeItem(atPath: "\(site)/\(unwanted)")
            }
            try overlay(folder, onto: site)
            let share = ShareFolder("\(Checkout.fixtures)/share")
            let loader = World.loader(site, share: share)
            let result = loader.load()
            let errors = result.problems.contains { $0.severity == .error }
            #expect((result.configuration == nil) == errors)
            let told = result.problems + loader.loadRuleTests().problems
            return rendered(told, replacing: [(share.path, "SHARE"), (site, "SITE")])
        }
        let text = lines.map { $0 + "\n" }.joined()
        let file = URL(fileURLWithPath: "\(folder)/expected.txt")
        if ProcessInfo.processInfo.environment["UPDATE_FIXTURES"] != nil {
            try Data(text.utf8).write(to: file)
        }
        #expect(text == (try String(contentsOf: file, encoding: .utf8)))
    }

    @Test func `is one of many`() {
        #expect(Self.cases.count >= 60)
    }

    @Test func `starts from a site with nothing wrong`() {
        let share = ShareFolder("\(Checkout.fixtures)/share")
        let result = World.loader("\(Checkout.fixtures)/base", share: share).load()
        #expect(rendered(result.problems) == [])
        #expect(result.configuration != nil)
    }

    private func deletions(_ folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: "\(folder)/delete.txt") else { return [] }
        let text = try String(contentsOfFile: "\(folder)/delete.txt", encoding: .utf8)
        return text.split(separator: "\n").map(String.init)
    }
}

import Facility
import Foundation
import SiteConfig
import Testing

@Suite struct `The texts of the loader` {
    @Test func `exist in both languages under the same keys`() {
        let (catalog, problems) = MessageFiles.load(Checkout.share)
        #expect(rendered(problems) == [])
        let difference = catalog.keys(.en).symmetricDifference(catalog.keys(.zh)).sorted()
        #expect(difference == [])
    }

    @Test func `exist for every key that the code names`() throws {
        let folder = "\(Checkout.root)/Sources/Adapters/SiteConfig"
        let names = try #require(FileManager.default.enumerator(atPath: folder))
        let keys = Checkout.catalog.keys(.en)
        var count = 0
        for case let name as String in names where name.hasSuffix(".swift") {
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            for part in text.components(separatedBy: "\"config.").dropFirst() {
                let key = "config." + part.prefix { $0 != "\"" && $0 != "\\" }
                count += 1
                #expect(
                    keys.contains(key) || keys.contains { key.hasSuffix(".") && $0.hasPrefix(key) }
                        || key == "config.speaks-", "\(name) names \(key)")
            }
        }
        #expect(count > 100)
    }

    @Test(arguments: Language.allCases, Schema.File.allCases)
    func `say what every key of every file is for`(language: Language, file: Schema.File) {
        let schema = Schema.json(
            file, channelKinds: World.channelKinds, catalog: Checkout.catalog, language: language)
        #expect(!schema.contains("\"config."), "\(file.rawValue) has a key without a purpose")
    }
}

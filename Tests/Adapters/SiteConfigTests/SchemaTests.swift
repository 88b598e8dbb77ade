import Facility
import Foundation
import SiteConfig
import Testing

/// Whether an independent JSON Schema validator is at hand.
private let hasValidator: Bool = Python.run(["-c", "import jsonschema, yaml"])?.status == 0

private enum Python {
    static func run(_ arguments: [String]) -> (status: Int32, output: String)? {
        let process = Process()
        // The one `script/bootstrap test` prepares, else the system's.
        let named = ProcessInfo.processInfo.environment["SITEWATCH_PYTHON"]
        process.executableURL = URL(fileURLWithPath: named ?? "/usr/bin/python3")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        guard (try? process.run()) != nil else { return nil }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}

@Suite struct `The JSON Schemas` {
    @Test(.enabled(if: hasValidator, "SKIPPED: python3 with jsonschema and PyYAML is not installed"))
    func `are valid, accept what the loader accepts and refuse what it refuses`() throws {
        try withTemporaryFolder { folder in
            for file in Schema.File.allCases {
                let schema = Schema.json(
                    file, channelKinds: World.channelKinds, catalog: Checkout.catalog, language: .en)
                try Data(schema.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(file.rawValue).json"))
            }
            let script = "\(Checkout.root)/Tests/Fixtures/configurations/validate_schemas.py"
            let result = try #require(Python.run([script, folder, Checkout.root]))
            #expect(result.status == 0, "\(result.output)")
        }
    }

    @Test func `describe keys in the language that was asked for`() {
        func schema(_ language: Language) -> String {
            Schema.json(.site, channelKinds: [], catalog: Checkout.catalog, language: language)
        }
        #expect(schema(.zh).contains("项目名称"))
        #expect(schema(.en).contains("what people call the site"))
    }
}

import Facility
import Foundation
import GRDB
import SystemPackage
import TestSupport
import Testing
import Trends

@testable import Historian

/// The texts of the history as they are shipped.
private func catalog() throws -> MessageCatalog {
    func entries(_ language: String) throws -> [String: String] {
        let file = TestPaths.checkout.appendingPathComponent("config/messages/history.\(language).yaml")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        return Dictionary(
            uniqueKeysWithValues: try lines.map { line in
                let colon = try #require(line.firstRange(of: ": \""))
                return (String(line[..<colon.lowerBound]), String(line[colon.upperBound...].dropLast()))
            })
    }
    return MessageCatalog([.en: try entries("en"), .zh: try entries("zh-Hans")])
}

@Test(
    arguments: [
        (HistoryError.inUse(folder: "/data/history"), "history.in-use", ["/data/history"]),
        (.noSpace(file: "/data/tail-0"), "history.no-space", ["/data/tail-0"]),
        (
            .failed(file: "/data/tail-0", reason: "Input/output error"), "history.failed",
            ["/data/tail-0", "Input/output error"]
        ),
        (.damaged(file: "/data/2026-03.sqlite"), "history.damaged", ["/data/2026-03.sqlite"]),
        (.invalidSpan, "history.invalid-span", []),
    ] as [(HistoryError, String, [String])])
func `every error has a text in both languages that names what it is about`(
    error: HistoryError, key: String, parts: [String]
) throws {
    let catalog = try catalog()
    #expect(error.message.key == key)
    for language in [Language.en, .zh] {
        #expect(catalog.keys(language).contains(key))
        let text = catalog.text(error.message, in: language)
        #expect(parts.allSatisfy(text.contains))
        #expect(!text.contains("{"))
    }
}

@Test func `the reason of a failure is the system's word, not the code's`() throws {
    let folder = try TemporaryFolder("reason")
    let file = folder.url.appendingPathComponent("file").path
    try Data().write(to: URL(fileURLWithPath: file))
    #expect(throws: HistoryError.failed(file: "\(file)/history", reason: "Not a directory")) {
        try HistoryStore(folder: "\(file)/history", points: [], boot: "boot") {
            Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        }
    }
    let full = CocoaError(.fileWriteOutOfSpace)
    #expect(HistoryError(full, file: "a") == .noSpace(file: "a"))
    #expect(HistoryError(CodecError.damaged, file: "a") == .damaged(file: "a"))
    let refused = DatabaseError(
        resultCode: .SQLITE_READONLY, message: "attempt to write a readonly database",
        sql: "INSERT INTO chunk VALUES (?)")
    #expect(
        HistoryError(refused, file: "a")
            == .failed(file: "a", reason: "attempt to write a readonly database (SQLite 8)"))
    #expect(HistoryError(Errno.ioError, file: "a") == .failed(file: "a", reason: "Input/output error"))
}

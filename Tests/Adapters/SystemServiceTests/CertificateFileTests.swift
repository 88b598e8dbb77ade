import Foundation
import SystemService
import Testing

@Suite struct `A file of certificates` {
    private static let folder = NSTemporaryDirectory() + "certificates-" + UUID().uuidString

    /// Runs openssl, which must be there: the certificates are real ones.
    private func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }

    /// A certificate for so many days from now on.
    private func certificate(_ name: String, days: Int, key: [String] = ["rsa:2048"]) throws -> String {
        try FileManager.default.createDirectory(atPath: Self.folder, withIntermediateDirectories: true)
        let path = "\(Self.folder)/\(name).pem"
        try openssl(
            "req", "-x509", "-newkey", key[0], "-nodes", "-keyout", path + ".key", "-out", path, "-days",
            String(days), "-subj", "/CN=\(name)/O=物业")
        return path
    }

    @Test(arguments: [1, 20, 8000, 20_000])
    func `it says when a certificate ends, on either side of the year 2050`(days: Int) throws {
        let path = try certificate("for-\(days)-days", days: days)
        let end = try #require(CertificateFile(path: path).ends.first)
        let expected = Int64(Date.now.timeIntervalSince1970 * 1000) + Int64(days) * 86_400_000
        #expect(abs(end - expected) < 60_000)
    }

    @Test func `it knows every certificate of a chain, whatever stands between`() throws {
        let first = try certificate("first", days: 10)
        let second = try certificate("second", days: 40)
        let chain = Self.folder + "/chain.pem"
        let text = try [first, second].map { try String(contentsOfFile: $0, encoding: .utf8) }
            .joined(separator: "\n# the authority\n")
        try ("subject=CN = first\n" + text).write(toFile: chain, atomically: true, encoding: .utf8)
        let ends = CertificateFile(path: chain).ends
        #expect(ends.count == 2)
        #expect((ends.last ?? 0) - (ends.first ?? 0) > 29 * 86_400_000)
    }

    @Test func `what is no certificate says nothing`() throws {
        let path = try certificate("cut", days: 5)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(CertificateFile(path: "/nowhere/x.pem").ends == [])
        #expect(CertificateFile(path: path + ".key").ends == [])
        let cut = Self.folder + "/cut-off.pem"
        for length in stride(from: 0, to: text.count - 30, by: 37) {
            try String(text.prefix(length)).write(toFile: cut, atomically: true, encoding: .utf8)
            #expect(CertificateFile(path: cut).ends == [])
        }
        var body = text.split(separator: "\n").map(String.init)
        body[3] = String(body[3].reversed())
        try body.joined(separator: "\n").write(toFile: cut, atomically: true, encoding: .utf8)
        #expect(CertificateFile(path: cut).ends.count <= 1)
    }
}

import Crypto
import Foundation
import WebAPI

/// What a backup consists of: written last, so that a folder with one is whole.
struct BackupManifest: Codable, Hashable, Sendable {
    /// One file.
    struct File: Codable, Hashable, Sendable {
        /// Its place in the backup.
        let path: String
        let bytes: Int64
        let sha256: String
        /// What told that it did not change, for the next backup into the same folder.
        let identity: String?
    }

    /// The version of this form.
    let version: Int
    /// When the copy began. Milliseconds since 1970.
    let wallMilliseconds: Int64
    /// The version of the program that made it.
    let program: String
    /// Every file but this one and the list of sums.
    let files: [File]
    /// Files of the configuration that were left out.
    let leftOut: [String]
    /// The SHA-256 of the list of sums: guards this very file's list.
    let sumsSha256: String

    /// The name of the manifest in a backup.
    static let name = "manifest.json"
    /// The same sums once more, as `sha256sum --check` takes them.
    static let sumsName = "SHA256SUMS"
    static let currentVersion = 1

    init(wallMilliseconds: Int64, program: String, files: [File], leftOut: [String]) {
        version = Self.currentVersion
        self.wallMilliseconds = wallMilliseconds
        self.program = program
        self.files = files
        self.leftOut = leftOut
        sumsSha256 = FileDigest.text(of: Data(Self.sums(files).utf8))
    }

    /// The list of sums.
    var sums: String { Self.sums(files) }

    /// Whether its list is as it was written.
    var isSound: Bool { sumsSha256 == FileDigest.text(of: Data(sums.utf8)) }

    /// Bytes of all files.
    var bytes: Int64 { files.reduce(0) { $0 + $1.bytes } }

    /// Reads the manifest of a backup; nil if there is none that makes sense.
    init?(in folder: String) {
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(Self.name)"),
            let read = try? JSON.decode(BackupManifest.self, from: data)
        else { return nil }
        self = read
    }

    private static func sums(_ files: [File]) -> String {
        files.map { "\($0.sha256)  \($0.path)\n" }.joined()
    }
}

/// The SHA-256 of files.
enum FileDigest {
    /// Of bytes in memory, as hexadecimal digits.
    static func text(of data: Data) -> String {
        text(SHA256.hash(data: data))
    }

    /// Of a file, as hexadecimal digits, part by part; `read` is told of every part.
    static func text(ofFile path: String, read: (Int) -> Void = { _ in }) throws -> (
        digest: String, bytes: Int64
    ) {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        var hash = SHA256()
        var bytes: Int64 = 0
        while let part = try handle.read(upToCount: 1 << 20), !part.isEmpty {
            hash.update(data: part)
            bytes += Int64(part.count)
            read(part.count)
        }
        return (text(hash.finalize()), bytes)
    }

    private static func text(_ digest: SHA256.Digest) -> String {
        let digits = Array("0123456789abcdef")
        return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

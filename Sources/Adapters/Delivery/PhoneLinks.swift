import Crypto
import Facility
import Foundation
public import Notices

/// Makes and reads the tokens of links in messages: a ticket, signed with a key that never leaves the data folder.
public struct PhoneLinks: Sendable {
    /// Why a token opens nothing.
    public enum Failure: Error, Hashable, Sendable {
        /// It is none of ours, or was changed.
        case invalid
        /// It was good once.
        case expired(LinkTicket)
    }

    /// How much of the signature a token carries, bytes: nobody guesses 128 bits, and a short message stays short.
    private static let signatureBytes = 16
    /// No token is longer.
    public static let longestToken = 400
    private static let keyBytes = 32

    private let key: SymmetricKey

    /// Signs and checks with a key.
    public init(key: [UInt8]) {
        self.key = SymmetricKey(data: key)
    }

    /// Signs and checks with the key in a file, which is made at the first time and only its owner may read.
    public init(keyFile path: String) throws(DeliveryError) {
        do {
            self.init(key: try Self.key(inFile: path))
        } catch {
            throw .unreadableSecret(channel: "links", path: path, detail: error.localizedDescription)
        }
    }

    /// The token of a ticket, of letters and digits only, so that no channel takes a part of it for formatting.
    public func token(of ticket: LinkTicket) -> String {
        let bytes = ticket.bytes
        return TokenText.write(bytes + signature(of: bytes))
    }

    /// The ticket of a token, if it is good at a time.
    public func ticket(of token: String, at wallMilliseconds: Int64) -> Result<LinkTicket, Failure> {
        guard token.utf8.count <= Self.longestToken, let bytes = TokenText.read(token),
            bytes.count > Self.signatureBytes
        else { return .failure(.invalid) }
        let content = bytes.dropLast(Self.signatureBytes)
        let given = bytes.suffix(Self.signatureBytes)
        guard Signatures.areEqual(Array(given), signature(of: Array(content))),
            let ticket = LinkTicket(bytes: Array(content))
        else { return .failure(.invalid) }
        return wallMilliseconds / 1000 < ticket.expiresWallSeconds
            ? .success(ticket) : .failure(.expired(ticket))
    }

    /// What the address of the calendar feed ends with: it opens that feed for reading, and nothing else.
    public var feedToken: String { TokenText.write(feedSignature) }

    /// Whether a token is that of the feed; how long the answer takes tells nothing of how near a guess was.
    public func admitsFeed(_ token: String) -> Bool {
        guard token.utf8.count <= Self.longestToken, let bytes = TokenText.read(token) else { return false }
        return Signatures.areEqual(bytes, feedSignature)
    }

    private var feedSignature: [UInt8] {
        Array(
            HMAC<SHA256>.authenticationCode(for: Array("sitewatch feed 1".utf8), using: key)
                .prefix(Self.signatureBytes))
    }

    private func signature(of bytes: [UInt8]) -> [UInt8] {
        let signed = Array("sitewatch link 1".utf8) + bytes
        return Array(
            HMAC<SHA256>.authenticationCode(for: signed, using: key).prefix(Self.signatureBytes))
    }

    private static func key(inFile path: String) throws -> [UInt8] {
        let file = URL(fileURLWithPath: path)
        if let kept = try? Data(contentsOf: file), kept.count == keyBytes { return [UInt8](kept) }
        var generator = SystemRandomNumberGenerator()
        let key = (0..<keyBytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
        // Written beside and moved, so that a power cut leaves no half of a key, and never readable to others.
        let fresh = path + ".new"
        try? FileManager.default.removeItem(atPath: fresh)
        guard
            FileManager.default.createFile(
                atPath: fresh, contents: Data(key), attributes: [.posixPermissions: 0o600])
        else { throw CocoaError(.fileWriteUnknown) }
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
        try FileManager.default.moveItem(atPath: fresh, toPath: path)
        return key
    }
}

/// Bytes as small letters and digits: base 32 of RFC 4648 without padding.
enum TokenText {
    private static let digits = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    static func write(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var rest: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            rest = (rest << 8 | UInt32(byte)) & 0xFFFF
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(digits[Int(rest >> bits & 31)])
            }
        }
        if bits > 0 { text.append(digits[Int(rest << (5 - bits) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text; nil if it is not how `write` writes them.
    static func read(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest: UInt32 = 0
        var bits: UInt32 = 0
        for sign in text.utf8 {
            guard let digit = digits.firstIndex(of: sign) else { return nil }
            rest = (rest << 5 | UInt32(digit)) & 0xFFFF
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: rest >> bits))
            }
        }
        // One ticket has one token.
        return write(bytes) == text ? bytes : nil
    }
}

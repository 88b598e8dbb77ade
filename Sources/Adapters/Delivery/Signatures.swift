import Crypto
import Foundation

/// The ways in which services want requests signed.
enum Signatures {
    /// HMAC-SHA256 in hexadecimal.
    static func hexadecimal(_ text: [UInt8], key: String) -> String {
        digits(HMAC<SHA256>.authenticationCode(for: text, using: SymmetricKey(data: Array(key.utf8))))
    }

    /// HMAC-SHA256 in base64.
    static func base64(_ text: [UInt8], key: String) -> String {
        Data(HMAC<SHA256>.authenticationCode(for: text, using: SymmetricKey(data: Array(key.utf8))))
            .base64EncodedString()
    }

    /// SHA-256 in hexadecimal.
    static func hash(_ bytes: [UInt8]) -> String { digits(SHA256.hash(data: bytes)) }

    /// DingTalk: the time and the secret, signed with the secret; for an address.
    static func dingTalk(milliseconds: Int64, secret: String) -> String {
        percent(base64(Array("\(milliseconds)\n\(secret)".utf8), key: secret))
    }

    /// Feishu: nothing, signed with the time and the secret.
    static func feishu(seconds: Int64, secret: String) -> String {
        base64([], key: "\(seconds)\n\(secret)")
    }

    /// A text inside of a query: everything but letters, digits and `-_.~` as bytes.
    static func percent(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F, 0x2E, 0x7E:
                String(UnicodeScalar(byte))
            default: "%" + String(256 + Int(byte), radix: 16).dropFirst().uppercased()
            }
        }.joined()
    }

    private static func digits(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { String(String(256 + Int($0), radix: 16).dropFirst()) }.joined()
    }
}

/// A call to Alibaba Cloud signed by `ACS3-HMAC-SHA256`, its parameters in the query and no body.
struct AliyunCall {
    let host: String
    let action: String
    let version: String
    let parameters: [String: String]
    /// The time of the call in UTC: `2023-10-26T10:22:32Z`.
    let date: String
    /// Never the same twice.
    let nonce: String

    /// The parameters in the order of their names.
    var query: String {
        parameters.sorted { $0.key < $1.key }
            .map { "\(Signatures.percent($0.key))=\(Signatures.percent($0.value))" }
            .joined(separator: "&")
    }

    /// The headers of the call.
    func headers(keyID: String, secret: String) -> [HTTPField] {
        let signed = [
            ("host", host), ("x-acs-action", action), ("x-acs-content-sha256", Signatures.hash([])),
            ("x-acs-date", date), ("x-acs-signature-nonce", nonce), ("x-acs-version", version),
        ]
        let names = signed.map(\.0).joined(separator: ";")
        let request = [
            "POST", "/", query, signed.map { "\($0.0):\($0.1)\n" }.joined(), names, Signatures.hash([]),
        ].joined(separator: "\n")
        let signature = Signatures.hexadecimal(
            Array("ACS3-HMAC-SHA256\n\(Signatures.hash(Array(request.utf8)))".utf8), key: secret)
        return signed.map { HTTPField($0.0, $0.1) } + [
            HTTPField(
                "Authorization",
                "ACS3-HMAC-SHA256 Credential=\(keyID),SignedHeaders=\(names),Signature=\(signature)")
        ]
    }
}

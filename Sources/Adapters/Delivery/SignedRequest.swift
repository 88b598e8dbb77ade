import Crypto
import Synchronization

/// Checks that a request from outside was signed lately by who knows a secret, and is not a repetition.
///
/// Signed is the time in seconds, a full stop and the content, by HMAC-SHA256, as our own webhooks are.
public final class SignedRequests: Sendable {
    /// Why a request is not believed.
    public enum Failure: Error, Hashable, Sendable {
        /// There is no time, or no signature, or neither can be read.
        case unsigned
        /// The signature is not that of the content.
        case wrongSignature
        /// The time is too far from ours; by how much, seconds.
        case clock(offSeconds: Int64)
        /// The very same request came before.
        case repeated
    }

    /// How far the other side's clock may be off, seconds.
    public static let skewSeconds: Int64 = 300
    /// How many requests are remembered; more in so short a time are no requests of people.
    static let remembered = 10_000

    private let seen = Mutex<[String: Int64]>([:])

    /// Remembers nothing yet.
    public init() {}

    /// Believes a request, once.
    public func check(
        _ content: [UInt8], timestamp: String?, signature: String?, secret: String,
        now wallMilliseconds: Int64
    ) -> Result<Void, Failure> {
        guard let timestamp, let signature, signature.hasPrefix("sha256="),
            timestamp.utf8.count <= 12, let seconds = Int64(timestamp), seconds > 0
        else { return .failure(.unsigned) }
        let expected = Signatures.hexadecimal(Array("\(timestamp).".utf8) + content, key: secret)
        guard Signatures.areEqual(Array(signature.dropFirst(7).lowercased().utf8), Array(expected.utf8))
        else { return .failure(.wrongSignature) }
        let now = wallMilliseconds / 1000
        guard abs(now - seconds) <= Self.skewSeconds else {
            return .failure(.clock(offSeconds: seconds - now))
        }
        let isNew = seen.withLock { seen in
            seen = seen.filter { now - $0.value <= 2 * Self.skewSeconds }
            guard seen[expected] == nil, seen.count < Self.remembered else { return false }
            seen[expected] = seconds
            return true
        }
        return isNew ? .success(()) : .failure(.repeated)
    }
}

extension Signatures {
    /// Whether two signatures are the same, in a time that says nothing about where they differ.
    static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        return zip(one, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

import Dispatch
import Facility

/// One mail on its way to a server.
struct MailRequest: Sendable {
    /// Where: `smtp://host:port` or `smtps://host:port`.
    let server: String
    /// Whether the connection must be encrypted: by STARTTLS where the address does not say it already.
    let isEncrypted: Bool
    let user: String?
    let password: String?
    let from: String
    let to: String
    let data: [UInt8]
    let timeoutMilliseconds: Int64
    let caFile: String?
}

/// Why a mail was not taken.
enum MailError: Error, Hashable, Sendable {
    /// The server said no; its code and words.
    case refused(code: Int, words: String)
    /// The server does not encrypt, and must.
    case unencrypted(String)
    /// There was no conversation.
    case failed(HTTPError)
}

/// Sends mails one at a time, on a thread of its own, as `HTTPTransfer` does.
final class MailTransfer: Sendable {
    private let queue = DispatchQueue(label: "sitewatch.mail")
    private let handle = CurlHandle()

    /// Sends a mail; what the server said last.
    func send(_ request: MailRequest) async throws(MailError) -> String {
        let exchange = MailExchange(request)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async { [handle] in
                    continuation.resume(returning: handle.perform(exchange))
                }
            }
        } onCancel: {
            exchange.cancel()
        }
        return try result.get()
    }
}

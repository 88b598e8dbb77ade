import Dispatch

/// Exchanges requests for answers, one at a time, over connections that are kept for the next.
///
/// libcurl blocks, so it does so on a thread of its own: a server that hangs holds up nobody but the caller.
/// Redirects are not followed.
public final class HTTPTransfer: Sendable {
    private let queue = DispatchQueue(label: "sitewatch.http")
    private let handle = CurlHandle()

    /// A transfer without a connection yet.
    public init() {}

    /// Sends a request and waits for the whole answer.
    ///
    /// - Parameters:
    ///   - request: What to send.
    ///   - onLine: Given each line of a successful answer as it comes, instead of collecting the body;
    ///     returning false ends the exchange as if the answer had ended.
    public func send(
        _ request: HTTPRequest, onLine: (@Sendable (String) -> Bool)? = nil
    ) async throws(HTTPError) -> HTTPResponse {
        let exchange = Exchange(request, onLine: onLine)
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

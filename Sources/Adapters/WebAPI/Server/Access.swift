import HTTPTypes
import Hummingbird

/// What may be done over one listener: the person behind a Unix socket was let in by the system, the one
/// behind a network address is unknown until there are roles.
public enum Access: String, Hashable, Sendable {
    /// Looking and changing.
    case full
    /// Looking only.
    case readOnly
}

/// Refuses everything that could change something where only looking is allowed.
struct AccessGate: RouterMiddleware {
    let access: Access

    func handle(
        _ request: Request, context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let isLooking = request.method == .get || request.method == .head
        guard isLooking || access == .full || provesItself(request) else { throw APIError.readOnlyListener }
        return try await next(request, context)
    }

    // Who holds a link or knows a channel's secret proves it in the request itself.
    private func provesItself(_ request: Request) -> Bool {
        request.method == .post
            && ["/a/", "/api/v1/callbacks/"].contains { request.uri.path.hasPrefix($0) }
    }
}

/// Headers that keep browsers from guessing and from keeping what they were shown.
struct SafeHeaders: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.cacheControl] = "no-store"
        if response.headers[.contentSecurityPolicy] == nil {
            response.headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        }
        return response
    }
}

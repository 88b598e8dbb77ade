import Engine
import Facility
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The one place that turns what went wrong into an answer, in the caller's language.
struct ErrorResponse: RouterMiddleware {
    let catalog: MessageCatalog
    let siteLanguage: @Sendable () async -> Language

    func handle(
        _ request: Request, context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let wanted = request.headers[.acceptLanguage].flatMap(AcceptLanguage.preferred)
        let language = if let wanted { wanted } else { await siteLanguage() }
        context.language = language
        do {
            return try await next(request, context)
        } catch {
            return try respond(to: Self.explain(error, context), in: language)
        }
    }

    private func respond(to error: APIError, in language: Language) throws -> Response {
        let document = ErrorDocument(
            error: .init(
                code: error.code, message: catalog.text(error.message, in: language),
                currentVersion: error.currentVersion))
        return try JSON.response(document, status: error.status)
    }

    private static func explain(_ error: any Error, _ context: APIContext) -> APIError {
        switch error {
        case let error as APIError: return error
        case is NIOTooManyBytesError: return .bodyTooLarge(limitBytes: APIContext.bodyLimitBytes)
        case is DecodingError: return .malformedBody
        case let error as HTTPError where error.status == .notFound: return .notFound
        case let error as any HTTPResponseError where error.status.code < 500: return .malformedBody
        default:
            // The reason is for the log: it may name files and tables.
            context.logger.error(
                "request failed", metadata: ["id": "web.request-failed", "error": "\(error)"])
            return .unavailable
        }
    }
}

extension APIError {
    /// The status of HTTP that says the same.
    var status: HTTPResponse.Status {
        switch self {
        case .notFound, .unknownAsset, .unknownPoint, .unknownOccurrence, .unknownOrder, .refused(.unknown),
            .refused(.unknownOrder), .refused(.nothingWatched), .refused(.unknownMeter),
            .busRefused(_, .unknown), .unbelieved(.unknownChannel), .unknownName, .unknownNotice:
            .notFound
        case .unbelieved(.unsigned), .unbelieved(.clock): .unauthorized
        case .unbelieved(.repeated): .conflict
        case .tooManyRequests: .tooManyRequests
        case .invalid, .malformedBody, .tooManyBuckets, .busRefused(_, .impossibleUnit): .badRequest
        case .bodyTooLarge: .contentTooLarge
        case .readOnlyListener, .feedClosed: .forbidden
        case .refused, .orderFinished, .busRefused(_, .isBroker): .conflict
        case .busRefused(_, .down), .busRefused(_, .busy), .unavailable: .serviceUnavailable
        }
    }
}

/// What every answer to a request that failed says.
public struct ErrorDocument: Codable, Hashable, Sendable {
    /// What went wrong.
    public struct Detail: Codable, Hashable, Sendable {
        /// The kind of failure, stable over versions.
        public let code: String
        /// What happened and what to do, in the caller's language.
        public let message: String
        /// The version of the order as it is, where the caller saw another one.
        public let currentVersion: Int?

        /// Describes a failure.
        public init(code: String, message: String, currentVersion: Int? = nil) {
            self.code = code
            self.message = message
            self.currentVersion = currentVersion
        }
    }

    /// What went wrong.
    public let error: Detail

    /// Wraps a failure.
    public init(error: Detail) {
        self.error = error
    }
}

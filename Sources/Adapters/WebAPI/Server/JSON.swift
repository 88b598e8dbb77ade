public import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// How documents become bytes and back: the same on both ends of the socket.
public enum JSON {
    /// Writes a document: snake_case, keys in order, so that two equal documents are equal bytes; in lines
    /// for people on request.
    public static func encode(_ document: some Encodable, inLines: Bool = false) throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if inLines { encoder.outputFormatting.insert(.prettyPrinted) }
        return try encoder.encode(document)
    }

    /// Reads a document.
    public static func decode<Document: Decodable>(_ type: Document.Type, from data: Data) throws -> Document
    {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: data)
    }

    /// Answers with a document.
    static func response(
        _ document: some Encodable, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let body = try encode(document)
        return Response(
            status: status,
            headers: [
                .contentType: "application/json; charset=utf-8", .contentLength: String(body.count),
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// Reads the body of a request as a document, within the limit.
    static func body<Document: Decodable>(
        _ type: Document.Type, of request: Request, context: APIContext, limit: Int? = nil
    ) async throws -> Document {
        let limit = limit ?? context.maxUploadSize
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw APIError.bodyTooLarge(limitBytes: limit)
        }
        return try decode(type, from: Data(buffer.readableBytesView))
    }
}

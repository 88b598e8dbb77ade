/// One header of a request.
public struct HTTPField: Hashable, Sendable {
    /// The name: `Content-Type`.
    public let name: String
    /// The value.
    public let value: String

    /// Names a value.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One request over HTTP.
public struct HTTPRequest: Hashable, Sendable {
    /// What to do: `GET`, `POST`.
    public var method: String
    /// Where: an http or https address.
    public var url: String
    /// The headers.
    public var headers: [HTTPField]
    /// What is sent.
    public var body: [UInt8]
    /// The Unix domain socket to connect to instead of the address's host.
    public var unixSocket: String?
    /// The file with the certificates to trust instead of the system's.
    public var caFile: String?
    /// How long the whole exchange may take, milliseconds; nil for streams that have no end.
    public var timeoutMilliseconds: Int64?
    /// How long connecting may take, milliseconds.
    public var connectTimeoutMilliseconds: Int64
    /// How much of the answer is kept; the rest is not read.
    public var bodyLimit: Int

    /// Describes a request.
    public init(
        _ method: String, _ url: String, headers: [HTTPField] = [], body: [UInt8] = [],
        unixSocket: String? = nil, caFile: String? = nil, timeoutMilliseconds: Int64? = 5000,
        connectTimeoutMilliseconds: Int64 = 5000, bodyLimit: Int = 16 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.unixSocket = unixSocket
        self.caFile = caFile
        self.timeoutMilliseconds = timeoutMilliseconds
        self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
        self.bodyLimit = bodyLimit
    }
}

/// The answer to a request.
public struct HTTPResponse: Hashable, Sendable {
    /// The status: 200.
    public let status: Int
    /// The headers by name in small letters; of headers with one name the last.
    public let headers: [String: String]
    /// What was sent, up to the limit of the request.
    public let body: [UInt8]
    /// Whether there was more than the limit.
    public let isTruncated: Bool

    /// Describes an answer.
    public init(status: Int, headers: [String: String] = [:], body: [UInt8] = [], isTruncated: Bool = false) {
        self.status = status
        self.headers = headers
        self.body = body
        self.isTruncated = isTruncated
    }

    /// Whether the other side did what was asked.
    public var isSuccess: Bool { (200..<300).contains(status) }

    /// The body as characters; bytes that are not UTF-8 are shown as replacement characters.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

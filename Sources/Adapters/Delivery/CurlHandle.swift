import CCurl
import Foundation

/// A libcurl easy handle: the one door to the library.
///
/// Used by one thread at a time, the one of its transfer: hence unchecked.
@safe final class CurlHandle: @unchecked Sendable {
    private static let library: CURLcode = curl_global_init(3)
    let handle: UnsafeMutableRawPointer?

    init() {
        precondition(Self.library == CURLE_OK, "libcurl does not start: \(Self.library.rawValue)")
        unsafe self.handle = curl_easy_init()
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
    }

    /// Runs an exchange to its end.
    func perform(_ exchange: Exchange) -> Result<HTTPResponse, HTTPError> {
        guard unsafe handle != nil else { return .failure(.invalidRequest("no memory for a transfer")) }
        if exchange.isCancelled { return .failure(.cancelled) }
        if let flaw = flaw(in: exchange.request) { return .failure(.invalidRequest(flaw)) }
        return withExtendedLifetime(exchange) {
            let code = run(exchange)
            return result(code, exchange)
        }
    }

    private func run(_ exchange: Exchange) -> CURLcode {
        let request = exchange.request
        unsafe curl_easy_reset(handle)
        setLimits(request)
        setCallbacks(exchange)
        var fields: UnsafeMutablePointer<curl_slist>?
        // Without the empty field libcurl asks for leave before a long body and waits a second for it.
        for field in request.headers.map({ "\($0.name): \($0.value)" }) + ["Expect:"] {
            unsafe fields = curl_slist_append(fields, field)
        }
        defer { unsafe curl_slist_free_all(fields) }
        unsafe sitewatch_curl_set_pointer(handle, CURLOPT_HTTPHEADER, fields)
        // An empty array has no address, and without one libcurl would read the body from standard input.
        return unsafe (request.body + [0]).withUnsafeBytes { bytes in
            if request.method == "HEAD" {
                set(CURLOPT_NOBODY, 1)
            } else if request.method != "GET" || !request.body.isEmpty {
                set(CURLOPT_POSTFIELDSIZE, request.body.count)
                unsafe sitewatch_curl_set_pointer(
                    handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
                set(CURLOPT_CUSTOMREQUEST, request.method)
            }
            return unsafe curl_easy_perform(handle)
        }
    }

    private func setLimits(_ request: HTTPRequest) {
        set(CURLOPT_URL, request.url)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_FOLLOWLOCATION, 0)
        // Signals belong to the daemon.
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_TIMEOUT_MS, Int(request.timeoutMilliseconds ?? 0))
        set(CURLOPT_CONNECTTIMEOUT_MS, Int(request.connectTimeoutMilliseconds))
        if let file = request.caFile { set(CURLOPT_CAINFO, file) }
        if let socket = request.unixSocket {
            set(CURLOPT_UNIX_SOCKET_PATH, socket)
            set(CURLOPT_NOPROXY, "*")
        }
    }

    private func setCallbacks(_ exchange: Exchange) {
        let context = unsafe Unmanaged.passUnretained(exchange).toOpaque()
        unsafe sitewatch_curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        unsafe sitewatch_curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        unsafe sitewatch_curl_set_pointer(handle, CURLOPT_XFERINFODATA, context)
        unsafe sitewatch_curl_set_transfer(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            let piece = unsafe copy(bytes, size * count)
            return unsafe exchangeBehind(context)?.takeBody(piece) == true ? size * count : 0
        }
        unsafe sitewatch_curl_set_transfer(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            let line = unsafe copy(bytes, size * count)
            unsafe exchangeBehind(context)?.takeHeader(line)
            return size * count
        }
        let progress: ProgressCallback = { context, _, _, _, _ in
            unsafe exchangeBehind(context)?.isOver == true ? 1 : 0
        }
        unsafe sitewatch_curl_set_pointer(
            handle, CURLOPT_XFERINFOFUNCTION, unsafeBitCast(progress, to: UnsafeMutableRawPointer.self))
        set(CURLOPT_NOPROGRESS, 0)
    }

    func set(_ option: CURLoption, _ value: Int) {
        _ = unsafe sitewatch_curl_set_long(handle, option, value)
    }

    func set(_ option: CURLoption, _ value: String) {
        _ = unsafe sitewatch_curl_set_string(handle, option, value)
    }

    // Line ends in a header would let a name from outside write headers of its own.
    private func flaw(in request: HTTPRequest) -> String? {
        let isToken = request.method.utf8.allSatisfy { (65...90).contains($0) }
        guard isToken, !request.method.isEmpty else { return "method '\(request.method)'" }
        guard request.url.hasPrefix("http://") || request.url.hasPrefix("https://") else {
            return "neither http:// nor https://"
        }
        let broken = request.headers.first { field in
            (field.name + field.value).utf8.contains { $0 < 32 && $0 != 9 } || field.name.isEmpty
                || field.name.contains(":")
        }
        return broken.map { "header '\($0.name)'" }
    }

    private func result(_ code: CURLcode, _ exchange: Exchange) -> Result<HTTPResponse, HTTPError> {
        if exchange.isTruncated || exchange.isEndedByReader { return .success(exchange.response) }
        let request = exchange.request
        let detail = unsafe String(cString: curl_easy_strerror(code))
        switch code {
        case CURLE_OK: return .success(exchange.response)
        case CURLE_URL_MALFORMAT: return .failure(.invalidRequest(detail))
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT:
            return .failure(.unreachable(host: place(of: request), detail: detail))
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            return .failure(.untrusted(detail))
        case CURLE_OPERATION_TIMEDOUT:
            let limit = request.timeoutMilliseconds ?? request.connectTimeoutMilliseconds
            return .failure(.timedOut(milliseconds: limit))
        case CURLE_ABORTED_BY_CALLBACK: return .failure(.cancelled)
        default: return .failure(.interrupted(detail))
        }
    }

    // The host only: the rest of an address may hold the key to a group's robot.
    private func place(of request: HTTPRequest) -> String {
        request.unixSocket ?? URL(string: request.url)?.host ?? "?"
    }
}

typealias ProgressCallback =
    @convention(c) (UnsafeMutableRawPointer?, Int, Int, Int, Int) -> Int32

private func exchangeBehind(_ context: UnsafeMutableRawPointer?) -> Exchange? {
    unsafe context.map { unsafe Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
}

func copy(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
}

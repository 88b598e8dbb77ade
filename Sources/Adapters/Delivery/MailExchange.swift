import CCurl
import Foundation
import Synchronization

/// A conversation with a mail server. Everything but `cancel` is called on the thread of the transfer only: hence
/// unchecked.
final class MailExchange: @unchecked Sendable {
    let request: MailRequest
    private let cancelled = Mutex<ContinuousClock.Instant?>(nil)
    private var sent = 0
    private(set) var lastLine = ""
    /// What the server refused last: it still says good-bye after that.
    private(set) var refusal: (code: Int, words: String)?

    init(_ request: MailRequest) { self.request = request }

    func cancel() { cancelled.withLock { $0 = $0 ?? .now } }

    /// Whether the caller gave up, and an answer that was on its way has had its time.
    var isOver: Bool {
        cancelled.withLock { instant in
            instant.map { $0.duration(to: .now) >= Exchange.grace } ?? false
        }
    }

    var isCancelled: Bool { cancelled.withLock { $0 != nil } }

    /// The next piece of the mail.
    func next(_ count: Int) -> ArraySlice<UInt8> {
        let piece = request.data.dropFirst(sent).prefix(count)
        sent += piece.count
        return piece
    }

    func takeLine(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { return }
        lastLine = text
        if let code = Int(text.prefix(3)), (400..<600).contains(code) { refusal = (code, text) }
    }
}

extension CurlHandle {
    /// Runs a conversation to its end; what the server said last.
    func perform(_ exchange: MailExchange) -> Result<String, MailError> {
        guard unsafe handle != nil else {
            return .failure(.failed(.invalidRequest("no memory for a transfer")))
        }
        if exchange.isCancelled { return .failure(.failed(.cancelled)) }
        return withExtendedLifetime(exchange) {
            let code = run(exchange)
            return result(code, exchange)
        }
    }

    private func run(_ exchange: MailExchange) -> CURLcode {
        let request = exchange.request
        unsafe curl_easy_reset(handle)
        set(CURLOPT_URL, request.server)
        set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_UPLOAD, 1)
        set(CURLOPT_TIMEOUT_MS, Int(request.timeoutMilliseconds))
        set(CURLOPT_CONNECTTIMEOUT_MS, Int(request.timeoutMilliseconds))
        if request.isEncrypted { set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if let user = request.user { set(CURLOPT_USERNAME, user) }
        if let password = request.password { set(CURLOPT_PASSWORD, password) }
        if let file = request.caFile { set(CURLOPT_CAINFO, file) }
        set(CURLOPT_MAIL_FROM, "<\(request.from)>")
        var recipients: UnsafeMutablePointer<curl_slist>?
        unsafe recipients = curl_slist_append(nil, "<\(request.to)>")
        defer { unsafe curl_slist_free_all(recipients) }
        unsafe sitewatch_curl_set_pointer(handle, CURLOPT_MAIL_RCPT, recipients)
        setMailCallbacks(exchange)
        return unsafe curl_easy_perform(handle)
    }

    private func setMailCallbacks(_ exchange: MailExchange) {
        let context = unsafe Unmanaged.passUnretained(exchange).toOpaque()
        unsafe sitewatch_curl_set_pointer(handle, CURLOPT_READDATA, context)
        unsafe sitewatch_curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        unsafe sitewatch_curl_set_pointer(handle, CURLOPT_XFERINFODATA, context)
        unsafe sitewatch_curl_set_transfer(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
            guard let exchange = unsafe mailBehind(context), let bytes = unsafe bytes else { return 0 }
            let piece = exchange.next(size * count)
            let room = unsafe UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
            unsafe room.copyBytes(from: piece)
            return piece.count
        }
        unsafe sitewatch_curl_set_transfer(handle, CURLOPT_WRITEFUNCTION) { _, size, count, _ in
            size * count
        }
        unsafe sitewatch_curl_set_transfer(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            let line = unsafe copy(bytes, size * count)
            unsafe mailBehind(context)?.takeLine(line)
            return size * count
        }
        let progress: ProgressCallback = { context, _, _, _, _ in
            unsafe mailBehind(context)?.isOver == true ? 1 : 0
        }
        unsafe sitewatch_curl_set_pointer(
            handle, CURLOPT_XFERINFOFUNCTION, unsafeBitCast(progress, to: UnsafeMutableRawPointer.self))
        set(CURLOPT_NOPROGRESS, 0)
    }

    private func result(_ code: CURLcode, _ exchange: MailExchange) -> Result<String, MailError> {
        let request = exchange.request
        if code == CURLE_OK { return .success(exchange.lastLine) }
        let detail = unsafe String(cString: curl_easy_strerror(code))
        switch code {
        case CURLE_USE_SSL_FAILED: return .failure(.unencrypted(detail))
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
            let host = URL(string: request.server)?.host ?? "?"
            return .failure(.failed(.unreachable(host: host, detail: detail)))
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            return .failure(.failed(.untrusted(detail)))
        case CURLE_OPERATION_TIMEDOUT:
            return .failure(.failed(.timedOut(milliseconds: request.timeoutMilliseconds)))
        case CURLE_ABORTED_BY_CALLBACK: return .failure(.failed(.cancelled))
        default:
            guard let refusal = exchange.refusal else { return .failure(.failed(.interrupted(detail))) }
            return .failure(.refused(code: refusal.code, words: refusal.words))
        }
    }
}

private func mailBehind(_ context: UnsafeMutableRawPointer?) -> MailExchange? {
    unsafe context.map { unsafe Unmanaged<MailExchange>.fromOpaque($0).takeUnretainedValue() }
}

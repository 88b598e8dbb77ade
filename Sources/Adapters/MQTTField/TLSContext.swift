import Acquisition
import CMosquitto
import Glibc

/// Verifies the broker of one connection. Made anew for each, so that renewed files are noticed.
@safe final class TLSContext {
    private let context: OpaquePointer
    private let note: UnsafeMutablePointer<sw_tls_note>
    private let name: UnsafeMutablePointer<CChar>?

    /// Reads the files; the error says which one cannot be used, and why.
    init(_ tls: MQTTBus.TLS, host: String) throws(SecretError) {
        var reason = [CChar](repeating: 0, count: 256)
        var file = unsafe UnsafePointer<CChar>(bitPattern: 0)
        let name = unsafe tls.serverName.flatMap { unsafe strdup($0) }
        let note = UnsafeMutablePointer<sw_tls_note>.allocate(capacity: 1)
        unsafe note.initialize(to: sw_tls_note(refusal: 0, server_name: name))
        var failure = ""
        let context = unsafe Self.withStrings(
            [tls.authoritiesFile, tls.certificateFile, tls.keyFile ?? tls.certificateFile]
        ) { files in
            let made = unsafe sw_tls_context(
                files[0], files[1], files[2], tls.serverName ?? host, note, &file, &reason, reason.count)
            // The file is one of the strings, and they end here.
            if unsafe made == nil, let file = unsafe file { failure = unsafe String(cString: file) }
            return unsafe made
        }
        guard let context = unsafe context else {
            unsafe note.deallocate()
            unsafe free(name)
            let text = String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            throw SecretError(reason: failure.isEmpty ? "TLS: \(text)" : "TLS: \(failure): \(text)")
        }
        unsafe self.context = context
        unsafe self.note = note
        unsafe self.name = name
    }

    deinit {
        unsafe SSL_CTX_free(context)
        unsafe note.deallocate()
        unsafe free(name)
    }

    /// Makes a client use the context; false if it cannot.
    func use(for client: OpaquePointer) -> Bool {
        unsafe sw_tls_use(client, context) == MOSQ_ERR_SUCCESS.code
    }

    /// Why the broker's certificate was refused; nil if it was not.
    var refusal: String? {
        let code = unsafe note.pointee.refusal
        guard code != 0, let text = unsafe X509_verify_cert_error_string(Int(code)) else { return nil }
        return "TLS: \(unsafe String(cString: text))"
    }

    private static func withStrings<Result>(
        _ strings: [String?], _ body: ([UnsafePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = unsafe strings.map { unsafe $0.flatMap { unsafe strdup($0) } }
        defer { unsafe copies.forEach { unsafe free($0) } }
        return unsafe body(copies.map { unsafe UnsafePointer($0) })
    }
}

import Glibc

/// Why the operating system refused something, with its own words.
struct SystemError: Error, CustomStringConvertible {
    let operation: String
    let code: Int32

    init(_ operation: String, code: Int32 = errno) {
        self.operation = operation
        self.code = code
    }

    var description: String { "\(operation): \(unsafe String(cString: strerror(code)))" }
}

/// An open file, socket or terminal; closed when nobody holds it any more.
final class Descriptor {
    /// What came of a read.
    enum Input: Equatable {
        case bytes([UInt8])
        case nothingYet
        case ended
    }

    let number: Int32
    private let isOwned: Bool

    init(_ number: Int32, isOwned: Bool = true) {
        self.number = number
        self.isOwned = isOwned
    }

    deinit {
        if isOwned { close(number) }
    }

    static var standardInput: Descriptor { Descriptor(0, isOwned: false) }
    static var standardOutput: Descriptor { Descriptor(1, isOwned: false) }

    func makeNonBlocking() {
        let flags = fcntl(number, F_GETFL, 0)
        _ = fcntl(number, F_SETFL, flags | O_NONBLOCK)
    }

    func read(atMost count: Int = 4096) -> Input {
        var buffer = [UInt8](repeating: 0, count: count)
        let got = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(number, $0.baseAddress, count) }
        if got > 0 { return .bytes(Array(buffer.prefix(got))) }
        if got == 0 { return .ended }
        return errno == EAGAIN || errno == EINTR ? .nothingYet : .ended
    }

    /// Writes what the other side takes now; nothing when the other side is gone.
    func write(_ bytes: [UInt8]) -> Int? {
        let sent = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
        if sent >= 0 { return sent }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    /// Writes everything, waiting as long as the other side needs.
    func writeAll(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let sent = write(Array(rest)) else { return }
            if sent == 0 { _ = Poller.wait([(self, .write)], seconds: 0.1) }
            rest = rest.dropFirst(sent)
        }
    }

    /// Ends the connection in both directions at once, without a farewell.
    func cut() {
        shutdown(number, Int32(SHUT_RDWR))
    }
}

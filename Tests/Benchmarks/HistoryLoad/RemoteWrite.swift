import Foundation
import Glibc

/// Sends the records of standard input to a peer as Prometheus remote write, over one connection.
///
/// The peer is fed with what costs it least: protobuf, in a snappy frame of literals, thousands at a time.
struct RemoteWrite {
    private let arguments: Arguments
    private let labels: [[UInt8]]
    private let socket: Int32

    init(_ arguments: Arguments) {
        self.arguments = arguments
        labels = (0..<arguments.site.count).map { number in
            Protobuf.field(1, Protobuf.label("__name__", "value"))
                + Protobuf.field(1, Protobuf.label("point", "p\(number)"))
        }
        socket = Self.connection(to: UInt16(arguments.number("port", or: 8428)))
    }

    func run() throws {
        let minutes = Double(arguments.text("minutes")) ?? 0
        var stream = RecordStream(recordsPerBlock: arguments.number("rate", or: minutes > 0 ? 1000 : 5000))
        let start = uptimeSeconds()
        let end = minutes > 0 ? start + minutes * 60 : .infinity
        var next = start
        var sent = 0
        while next < end, let series = stream.next(encoded) {
            send(Array(series.joined()))
            sent += series.count
            next += 1
            if minutes > 0 { usleep(UInt32(max(0, next - uptimeSeconds()) * 1e6)) }
        }
        tell(["sent": sent, "wall": uptimeSeconds() - start])
    }

    private func encoded(_ record: GeneratedRecord) -> [UInt8] {
        var sample: [UInt8] = [0x09]
        withUnsafeBytes(of: record.value.bitPattern.littleEndian) { sample.append(contentsOf: $0) }
        sample.append(0x10)
        Protobuf.write(UInt64(bitPattern: record.wallMilliseconds), to: &sample)
        return Protobuf.field(1, labels[Int(record.point)] + Protobuf.field(2, sample))
    }

    private func send(_ message: [UInt8]) {
        let body = Self.snappy(message)
        let head =
            "POST /api/v1/write HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: snappy\r\n"
            + "Content-Type: application/x-protobuf\r\nContent-Length: \(body.count)\r\n\r\n"
        let request = Array(head.utf8) + body
        var offset = 0
        while offset < request.count {
            let count = request.withUnsafeBytes { bytes in
                write(socket, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
            }
            guard count > 0 else { return fail("the peer closed the connection") }
            offset += count
        }
        var answer = [UInt8](repeating: 0, count: 4096)
        let count = read(socket, &answer, answer.count)
        let line = String(decoding: answer.prefix(max(0, count)), as: UTF8.self)
        if !line.hasPrefix("HTTP/1.1 204") { fail("the peer said: \(line)") }
    }

    private func fail(_ reason: String) {
        print("HistoryLoad: \(reason)")
        exit(1)
    }

    private static func connection(to port: UInt16) -> Int32 {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result != 0 {
            print("HistoryLoad: nobody listens at port \(port)")
            exit(1)
        }
        return descriptor
    }

    /// A snappy block of literals only.
    private static func snappy(_ bytes: [UInt8]) -> [UInt8] {
        var block: [UInt8] = []
        block.reserveCapacity(bytes.count + bytes.count / 10_000 + 16)
        Protobuf.write(UInt64(bytes.count), to: &block)
        for start in stride(from: 0, to: bytes.count, by: 65_536) {
            let part = bytes[start..<min(start + 65_536, bytes.count)]
            let length = part.count - 1
            block.append(contentsOf: [61 << 2, UInt8(length & 0xFF), UInt8(length >> 8)])
            block.append(contentsOf: part)
        }
        return block
    }
}

/// The little of the format that remote write needs.
private enum Protobuf {
    static func write(_ number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [number << 3 | 2]
        write(UInt64(content.count), to: &bytes)
        return bytes + content
    }

    static func label(_ name: String, _ value: String) -> [UInt8] {
        field(1, Array(name.utf8)) + field(2, Array(value.utf8))
    }
}

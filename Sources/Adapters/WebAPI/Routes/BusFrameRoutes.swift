import Acquisition
import Facility
import Foundation
import Hummingbird
import NIOCore
import ServiceLifecycle

/// The frames of a bus: the newest, and live.
struct BusFrameRoutes: SiteRoutes {
    /// How long a reader hears nothing at the most: one that went away is noticed by it.
    private static let heartbeat = Duration.seconds(5)

    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/buses/{id}") { request, context in
            let name = try Query(request, context).place("id")
            let presenter = await desk.presenter()
            guard let bus = await desk.ports.buses().first(where: { $0.id.name == name }) else {
                throw APIError.busRefused(name, .unknown)
            }
            let frames = await desk.ports.field.lastFrames(bus.id)
            return try JSON.response(
                BusDocument(
                    time: presenter.time(presenter.now), bus: presenter.bus(bus),
                    frames: frames.map { presenter.frame($0, of: bus.kind) }))
        }
        router.get("api/v1/buses/{id}/frames") { request, context in
            let query = Query(request, context)
            let id = BusID(try query.place("id"))
            let unit = try query.text("unit").map { text throws(APIError) -> UInt8 in
                guard let unit = UInt8(text) else {
                    throw .invalid(
                        parameter: "unit",
                        expected: Message("api.expected-number", ["least": "0", "most": "255"]))
                }
                return unit
            }
            let frames = try await APIError.translating(id) { () async throws(BusRefusal) in
                try await desk.ports.field.frames(id)
            }
            let kind = await desk.ports.buses().first { $0.id == id }?.kind ?? .modbusTCP
            let presenter = await desk.presenter()
            return Response(
                status: .ok, headers: [.contentType: "application/x-ndjson"],
                body: ResponseBody { writer in
                    try await Self.write(frames, to: &writer) { frame in
                        guard unit == nil || frame.unit == unit else { return nil }
                        return try JSON.encode(presenter.frame(frame, of: kind))
                    }
                    try await writer.finish(nil)
                })
        }
    }

    /// Writes a line for each frame, and an empty one from time to time, until one side goes away.
    private static func write(
        _ frames: AsyncStream<BusFrame>, to writer: inout any ResponseBodyWriter,
        _ line: @escaping @Sendable (BusFrame) throws -> Data?
    ) async throws {
        let (lines, continuation) = AsyncStream.makeStream(
            of: Data.self, bufferingPolicy: .bufferingNewest(1024))
        continuation.yield(Data())
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask {
                for await frame in frames.cancelOnGracefulShutdown() {
                    if let data = try line(frame) { continuation.yield(data) }
                }
                continuation.finish()
            }
            tasks.addTask {
                while (try? await Task.sleep(for: heartbeat)) != nil { continuation.yield(Data()) }
            }
            for await data in lines {
                try await writer.write(ByteBuffer(bytes: data + [0x0A]))
            }
        }
    }
}

extension Presenter {
    func frame(_ frame: BusFrame, of kind: BusStatus.Kind) -> FrameEntry {
        FrameEntry(frame, hasHeader: kind == .modbusTCP, time: time(frame.wallMilliseconds))
    }
}

/// A bus with the newest frames on it.
public struct BusDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The daemon's clock.
    public let time: String
    /// The bus.
    public let bus: BusEntry
    /// The newest frames of every unit, the oldest first.
    public let frames: [FrameEntry]
}

/// One frame as it went over the wire, and what it says.
public struct FrameEntry: Codable, Hashable, Sendable {
    /// Which way a frame went.
    public enum Direction: String, Codable, Hashable, Sendable {
        /// To the unit.
        case request
        /// From the unit.
        case reply
    }

    /// When it was sent or had come.
    public let time: String
    /// The unit it was sent to, or expected from.
    public let unit: Int
    /// Which way it went.
    public let direction: Direction
    /// All its bytes in hexadecimal.
    public let hex: String
    /// The Modbus function, if the frame is long enough to have one.
    public let function: Int?
    /// The first register or bit a request asks for.
    public let first: Int?
    /// How many registers or bits a request asks for, or how many bytes of measurements an answer has.
    public let count: Int?
    /// The exception code of a refusal.
    public let exception: Int?

    init(_ frame: BusFrame, hasHeader: Bool, time: String) {
        self.time = time
        unit = Int(frame.unit)
        direction = frame.isSent ? .request : .reply
        hex = HexText.text(frame.bytes)
        let body = Array(frame.bytes.dropFirst(hasHeader ? ReadFrame.headerBytes : 0))
        let code = body.count > 1 ? body[1] : nil
        function = code.map { Int($0 & 0x7F) }
        let isRefusal = !frame.isSent && (code ?? 0) & 0x80 != 0
        exception = isRefusal && body.count > 2 ? Int(body[2]) : nil
        let isRead = (1...4).contains(function ?? 0)
        if frame.isSent, isRead, body.count >= 6 {
            first = Int(body[2]) << 8 | Int(body[3])
            count = Int(body[4]) << 8 | Int(body[5])
        } else {
            first = nil
            count = !frame.isSent && isRead && !isRefusal && body.count > 2 ? Int(body[2]) : nil
        }
    }
}

/// Bytes as people compare them: two digits each, blanks between.
enum HexText {
    static func text(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count < 2 ? "0" + digits : digits
        }.joined(separator: " ")
    }
}

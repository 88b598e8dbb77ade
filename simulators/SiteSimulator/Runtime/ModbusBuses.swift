/// A Modbus TCP endpoint with its connections.
final class TCPBus {
    private static let maxConnections = 64

    /// One client of the endpoint.
    final class Connection {
        let descriptor: Descriptor
        var framing = TCPFraming()
        var outbox = Outbox()
        var freeAt = 0.0
        var isOver = false

        init(_ descriptor: Descriptor) {
            self.descriptor = descriptor
        }
    }

    let name: String
    let turnaround: Double
    private let host: String
    private(set) var port: Int
    private(set) var listener: Listener?
    private(set) var connections: [Connection] = []

    init(name: String, host: String, port: Int, turnaround: Double) throws(SystemError) {
        self.name = name
        self.host = host
        self.turnaround = turnaround
        let listener = try Listener.tcp(host: host, port: port)
        self.port = listener.port
        self.listener = listener
    }

    /// Stops listening and drops everybody, or listens again on the same port.
    func setRefusing(_ isRefusing: Bool) throws(SystemError) {
        if isRefusing {
            listener = nil
            for connection in connections { connection.descriptor.cut() }
            connections = []
        } else if listener == nil {
            listener = try Listener.tcp(host: host, port: port)
        }
    }

    func acceptAll() {
        while let descriptor = listener?.accept() {
            guard connections.count < Self.maxConnections else { return }
            connections.append(Connection(descriptor))
        }
    }

    /// Takes what a client sent; the caller answers each request.
    func requests(from connection: Connection) -> [TCPFraming.Frame] {
        switch connection.descriptor.read() {
        case .nothingYet: return []
        case .ended:
            connection.isOver = true
            return []
        case .bytes(let bytes):
            do {
                return try connection.framing.take(bytes)
            } catch {
                connection.isOver = true
                return []
            }
        }
    }

    func send(_ plan: ReplyPlan, to connection: Connection, now: Double) {
        guard !plan.closesConnection else {
            connection.descriptor.cut()
            connection.isOver = true
            return
        }
        let start = plan.holdsLine ? max(now, connection.freeAt) : now
        for piece in plan.pieces { connection.outbox.add(piece.bytes, due: start + piece.after) }
        if plan.holdsLine, let last = plan.pieces.last { connection.freeAt = start + last.after }
    }

    func flush(now: Double) {
        for connection in connections where !connection.outbox.flush(to: connection.descriptor, now: now) {
            connection.isOver = true
        }
        connections.removeAll { $0.isOver }
    }

    var nextDue: Double? { connections.compactMap(\.outbox.nextDue).min() }
}

/// A serial line: everybody hears everything, one talks at a time, and bytes take their time.
final class RTUBus {
    let name: String
    let turnaround: Double
    let line: SerialLine
    let terminal: PseudoTerminal
    var framing = RTUFraming()
    var outbox = Outbox()
    /// Whether a gateway has the line open.
    private(set) var isAttached = false
    private var freeAt = 0.0
    private var lastByteAt = 0.0

    init(name: String, link: String?, line: SerialLine, turnaround: Double) throws(SystemError) {
        self.name = name
        self.line = line
        self.turnaround = turnaround
        terminal = try PseudoTerminal(link: link)
    }

    /// Notices that a gateway came or left; what one that left has not read is forgotten.
    func lookForGateway() {
        let isAttached = terminal.isAttached
        if self.isAttached, !isAttached {
            framing.lineWasSilent()
            terminal.forgetUnread()
        }
        self.isAttached = isAttached
    }

    func requests(now: Double) -> [RTUFraming.Frame] {
        guard case .bytes(let bytes) = terminal.master.read() else { return [] }
        // A pseudo terminal hands bytes over in bursts, so the end of a frame is judged generously.
        if now - lastByteAt > max(0.05, line.frameGapSeconds) { framing.lineWasSilent() }
        lastByteAt = now
        return framing.take(bytes)
    }

    /// The request itself still has to cross the wire, then the line is silent, then the device answers.
    func send(_ plan: ReplyPlan, after request: RTUFraming.Frame, now: Double) {
        let heard = now + Double(request.length) * line.characterSeconds + line.frameGapSeconds
        let start = plan.holdsLine ? max(heard, freeAt) : heard
        for piece in plan.pieces { outbox.add(piece.bytes, due: start + piece.after) }
        if plan.holdsLine, let last = plan.pieces.last { freeAt = start + last.after }
    }

    /// Puts what is due on the wire; a device talks on whether or not anybody has the port open.
    func flush(now: Double) {
        if isAttached {
            _ = outbox.flush(to: terminal.master, now: now)
        } else {
            outbox.forgetDue(now: now)
        }
    }
}

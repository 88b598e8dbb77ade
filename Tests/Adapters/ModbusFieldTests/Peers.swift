import Foundation
import Glibc
import Synchronization

/// A device that lies, written with nothing but Python's own library.
///
/// Every register holds its own address, so that a value of another read is seen at once. Usage:
/// `tcp|pty faults probability seed [lateSeconds]`; the first line says where it listens.
let hostilePeer = #"""
    import os, random, select, socket, struct, sys, threading, time, tty
    kind, faults, probability, seed = sys.argv[1], sys.argv[2].split(","), float(sys.argv[3]), int(sys.argv[4])
    late = float(sys.argv[5]) if len(sys.argv) > 5 else 0.4
    rnd = random.Random(seed)
    def crc(b):
        c = 0xFFFF
        for x in b:
            c ^= x
            for _ in range(8): c = c >> 1 ^ 0xA001 if c & 1 else c >> 1
        return struct.pack("<H", c)
    def body(unit, fn, first, count):
        return struct.pack(">BBB", unit, fn, 2 * count) + b"".join(struct.pack(">H", first + i) for i in range(count))
    def frame(tid, pdu):
        return struct.pack(">HHH", tid, 0, len(pdu)) + pdu if kind == "tcp" else pdu + crc(pdu)
    def answer(write, tid, unit, fn, first, count):
        fault = rnd.choice(faults) if rnd.random() < probability else "none"
        if time.time() - last[0] > 0.9: behind.clear()
        last[0] = time.time()
        pdu = body(unit, fn, first, count)
        if fn == 17: pdu = bytes([unit, fn, 4]) + b"pump"
        if fn == 43: pdu = bytes([unit, fn, 14, 1, 1, 0, 0, 2, 0, 4]) + b"Acme" + bytes([1, 5]) + b"P-200"
        whole = frame(tid, pdu)
        if fault == "late": time.sleep(late); write(whole)
        elif fault == "drip":
            for i in range(len(whole)): write(whole[i:i + 1]); time.sleep(0.05)
        elif fault == "hang": pass
        elif fault == "unit": write(frame(tid, body(unit ^ 3, fn, first + 1000, count)))
        elif fault == "transaction": write(frame(tid + 1 & 0xFFFF, body(unit, fn, first + 1000, count)))
        elif fault == "function": write(frame(tid, body(unit, fn ^ 7, first + 1000, count)))
        elif fault == "short": write(frame(tid, body(unit, fn, first + 1000, count - 1)))
        elif fault == "long": write(frame(tid, body(unit, fn, first + 1000, count + 1)))
        elif fault == "truncated": write(whole[:rnd.randrange(1, len(whole))])
        elif fault == "bent": i = rnd.randrange(3, len(whole)); write(whole[:i] + bytes([whole[i] ^ 0x55]) + whole[i + 1:])
        elif fault == "garbage": write(bytes(rnd.randrange(256) for _ in range(rnd.randrange(1, 300))))
        elif fault == "twice": write(whole + whole)
        elif fault == "echo":
            asked = struct.pack(">BBHH", unit, fn, first, count)
            write(asked + crc(asked) + whole)
        elif fault == "close": raise ConnectionError
        elif fault == "later": threading.Timer(late, lambda: quietly(write, whole)).start()
        elif fault == "bytewise":
            for i in range(len(whole)): write(whole[i:i + 1]); time.sleep(0.001)
        elif fault == "exception": write(frame(tid, bytes([unit, fn | 0x80, rnd.choice([0, 1, 4, 5, 6, 7, 8, 10, 11, 12, 255])])))
        elif fault == "bytecount": write(frame(tid, pdu[:2] + bytes([pdu[2] + rnd.choice([-2, 2, 100]) & 255]) + pdu[3:]))
        elif fault == "oversize": write(whole[:4] + b"\xff\xff" + whole[6:] + bytes(3000))
        elif fault == "protocol": write(whole[:2] + b"\0\7" + whole[4:])
        elif fault == "dribble":
            write(whole[:4] + b"\0\xfe" + pdu[:2])
            for i in range(60): write(b"\0"); time.sleep(0.02)
        elif fault == "flood":
            for i in range(200): write(frame(rnd.randrange(65536), body(unit, fn, first + 1000, count)) * 20)
        elif fault == "halfclose": write(whole[:-3]); half(); time.sleep(0.5)
        elif fault == "reset": write(whole[:-3]); reset()
        elif fault == "relabelled" or behind:
            # A cheap gateway that fell one answer behind: it stamps the oldest answer with the newest
            # transaction, until it has had nothing to do for a while.
            behind.append(body(unit, fn, first, count))
            if len(behind) > 1: write(frame(tid, behind.pop(0)))
        else: write(whole)
    def quietly(write, data):
        try: write(data)
        except OSError: pass
    behind, last = [], [time.time()]
    half = reset = lambda: None
    def serve(connection):
        global half, reset
        data = b""
        write = lambda b: connection.sendall(b)
        half = lambda: connection.shutdown(socket.SHUT_WR)
        def reset():
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise ConnectionError
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while True:
                more = connection.recv(4096)
                if not more: return
                data += more
                while len(data) >= 6 and len(data) >= 6 + data[5]:
                    tid, _, length, unit, fn = struct.unpack(">HHHBB", data[:8])
                    first, count = struct.unpack(">HH", data[8:12]) if length == 6 else (0, 0)
                    data = data[6 + length:]
                    answer(write, tid, unit, fn, first, count)
        except OSError: pass
        finally: connection.close()
    if kind == "tcp":
        server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen(200)
        print(server.getsockname()[1], flush=True)
        while True: threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
    else:
        master, slave = os.openpty(); tty.setraw(slave)
        print(os.ttyname(slave), flush=True)
        data = b""
        while True:
            data += os.read(master, 4096)
            while len(data) >= 4:
                size = {17: 4, 43: 7}.get(data[1], 8)
                if len(data) < size: break
                if crc(data[:size - 2]) != data[size - 2:size]: data = data[1:]; continue
                unit, fn = data[:2]
                first, count = struct.unpack(">HH", data[2:6]) if size == 8 else (0, 0)
                data = data[size:]
                try: answer(lambda b: os.write(master, b), 0, unit, fn, first, count)
                except ConnectionError: pass
    """#

/// Units on a serial line with a speed, written with nothing but Python's own library.
///
/// Every byte takes its time on the line, in both directions. Every register holds its own address. Usage:
/// `baud turnaroundSeconds deadFile statisticsFile`; the first line says where the line is. Units named in the dead
/// file, separated by blanks, are silent. The statistics are one line: requests, the seconds they had to take on the
/// line in all, the seconds that went by, the shortest silence before a request in characters, functions asked for.
let pacedLine = #"""
    import os, struct, sys, time, tty
    baud, turnaround, dead, statistics = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4]
    char = 10 / baud
    table = []
    for i in range(256):
        c = i
        for _ in range(8): c = c >> 1 ^ 0xA001 if c & 1 else c >> 1
        table.append(c)
    def crc(b):
        c = 0xFFFF
        for x in b: c = c >> 8 ^ table[(c ^ x) & 255]
        return struct.pack("<H", c)
    def sleep_until(t):
        while time.monotonic() < t: time.sleep(max(0, t - time.monotonic()))
    master, slave = os.openpty(); tty.setraw(slave)
    print(os.ttyname(slave), flush=True)
    data, needed, begin, free, shortest, count, functions = b"", 0.0, None, 0.0, 1e9, 0, set()
    while True:
        more = os.read(master, 4096)
        now = time.monotonic()
        if not data: started = now
        data += more
        while len(data) >= 8 and crc(data[:6]) != data[6:8]: data = data[1:]
        if len(data) < 8: continue
        unit, fn, first, registers = struct.unpack(">BBHH", data[:6]); data = b""
        functions.add(fn)
        if begin is None: begin = started
        else: shortest = min(shortest, (started - free) / char)
        sent = started + 8 * char
        free = sent
        if str(unit) in open(dead).read().split(): continue
        pdu = struct.pack(">BBB", unit, fn, 2 * registers) + b"".join(struct.pack(">H", first + i) for i in range(registers))
        pdu += crc(pdu)
        for i in range(0, len(pdu), 8):
            part = pdu[i:i + 8]
            sleep_until(sent + turnaround + (i + len(part)) * char)
            free = time.monotonic()
            os.write(master, part)
        needed += (8 + 3.5 + len(pdu)) * char + turnaround
        count += 1
        if count % 10 == 0:
            with open(statistics + "~", "w") as f: print(count, needed, free - begin, shortest, *sorted(functions), file=f)
            os.rename(statistics + "~", statistics)
    """#

/// A whole meter by another implementation (pymodbus): `tcp PORT | serial DEVICE`, then the registers on the
/// standard input as lines `area address value`.
let independentServer = #"""
    import asyncio, sys
    from pymodbus.datastore import ModbusDeviceContext, ModbusServerContext, ModbusSparseDataBlock
    from pymodbus.framer import FramerType
    from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer
    values = {"coil": {}, "discrete": {}, "holding": {}, "input": {}}
    for line in sys.stdin:
        if line.strip() == "": break
        area, address, value = line.split()
        values[area][int(address)] = int(value)
    block = lambda area: ModbusSparseDataBlock(values[area] or {60000: 0})
    context = ModbusServerContext(ModbusDeviceContext(
        co=block("coil"), di=block("discrete"), hr=block("holding"), ir=block("input")), single=True)
    async def main():
        if sys.argv[1] == "tcp":
            await StartAsyncTcpServer(context, address=("127.0.0.1", int(sys.argv[2])))
        else:
            await StartAsyncSerialServer(context, port=sys.argv[2], framer=FramerType.RTU, baudrate=19200)
    asyncio.run(main())
    """#

/// A program the tests talk to; ended with the test.
final class Peer: Sendable {
    private let process: Mutex<Process>
    /// The first line it printed.
    let greeting: String

    /// Starts a program; nil if it is not there or says nothing.
    init?(_ executable: String, _ arguments: [String], input: String? = nil, greets: Bool = true) {
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        let output = Pipe()
        let stdin = Pipe()
        process.standardOutput = output
        process.standardInput = stdin
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        if let input { try? stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
        var line = Data()
        while greets, let byte = try? output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8)
        {
            guard !byte.isEmpty else { return nil }
            line += byte
        }
        greeting = String(decoding: line, as: UTF8.self)
        self.process = Mutex(process)
    }

    deinit { stop() }

    func stop() {
        process.withLock {
            guard $0.isRunning else { return }
            // Threads of the tests block the polite signal, and their children inherit that.
            kill($0.processIdentifier, SIGKILL)
            $0.waitUntilExit()
        }
    }

    static func hostile(
        _ kind: String, _ faults: String, probability: Double = 0.3, seed: Int = 1, late: Double = 0.4
    ) -> Peer? {
        guard let python else { return nil }
        return Peer(python, ["-c", hostilePeer, kind, faults, "\(probability)", "\(seed)", "\(late)"])
    }

    /// Python; nil, said aloud, when there is none.
    static let python: String? = {
        let found = ["/usr/bin/python3", "/usr/local/bin/python3"].first(
            where: FileManager.default.isExecutableFile)
        if found == nil { print("SKIPPED: no python3 for the hostile peer") }
        return found
    }()

    /// Python with pymodbus, as `script/bootstrap test` prepares it; nil, said aloud, where it was not.
    static let pythonWithModbus: String? = {
        let named = ProcessInfo.processInfo.environment["SITEWATCH_PYTHON"]
        if named == nil { print("SKIPPED: no SITEWATCH_PYTHON with pymodbus, so no independent server") }
        return named
    }()
}

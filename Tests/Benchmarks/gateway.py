"""A Modbus TCP gateway of many units, of which any can be silent for a while: what `modbus_load` cannot do.

Values are floats that change all the time. Every request is counted by function code; every answered read is noted
with its unit and time.
"""
import asyncio
import collections
import struct
import threading
import time


class Gateway:
    """Units 1 to `units` behind one port.

    line: seconds the serial line behind it takes per answer, one request at a time; None if there is no line.
    hold: seconds a request to a silent unit keeps that line.
    """

    def __init__(self, units, line=None, hold=1.0):
        self.units, self.line, self.hold = units, line, hold
        self.silent, self.functions = set(), collections.Counter()
        self.reads, self.asked = collections.defaultdict(list), collections.defaultdict(list)
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,), daemon=True).start()
        ready.wait()

    def _run(self, ready):
        asyncio.set_event_loop(self._loop)
        self._busy = asyncio.Lock()
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()

    async def _serve(self, reader, writer):
        try:
            while True:
                head = await reader.readexactly(8)
                transaction, protocol, length, unit, function = struct.unpack(">HHHBB", head)
                body = await reader.readexactly(length - 2)
                self.functions[function] += 1
                self.asked[unit].append(time.monotonic())
                if self.line is None:
                    self._answer(writer, transaction, unit, function, body)
                else:
                    asyncio.ensure_future(self._over_line(writer, transaction, unit, function, body))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _over_line(self, writer, transaction, unit, function, body):
        async with self._busy:
            await asyncio.sleep(self.hold if unit in self.silent else self.line)
            self._answer(writer, transaction, unit, function, body)

    def _answer(self, writer, transaction, unit, function, body):
        if unit in self.silent or not 1 <= unit <= self.units:
            return
        first, count = struct.unpack(">HH", body[:4])
        if function not in (3, 4) or not 1 <= count <= 125:
            writer.write(struct.pack(">HHHBBB", transaction, 0, 3, unit, function | 0x80, 1))
            return
        words = struct.pack(f">{count}H", *((int(time.monotonic() * 5) + first + i) & 0x3FFF for i in range(count)))
        writer.write(struct.pack(">HHHBBB", transaction, 0, 3 + len(words), unit, function, len(words)) + words)
        self.reads[unit].append(time.monotonic())

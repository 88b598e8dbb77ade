"""Serves registers over Modbus TCP that a line on standard input sets: an independent Modbus peer.

  register_server.py PORT

Prints READY. A line "ADDRESS VALUE..." sets registers from an address on.
"""
import socketserver
import struct
import sys
import threading

registers = [0] * 200


class Peer(socketserver.BaseRequestHandler):
    def handle(self):
        while True:
            head = self.receive(7)
            if head is None:
                return
            transaction, _, length, unit = struct.unpack(">HHHB", head)
            body = self.receive(length - 1)
            if body is None:
                return
            function, first, count = struct.unpack(">BHH", body)
            words = struct.pack(f">{count}H", *registers[first:first + count])
            answer = struct.pack(">BB", function, len(words)) + words
            self.request.sendall(struct.pack(">HHHB", transaction, 0, len(answer) + 1, unit) + answer)

    def receive(self, count):
        data = b""
        while len(data) < count:
            more = self.request.recv(count - len(data))
            if not more:
                return None
            data += more
        return data


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def main():
    server = Server(("127.0.0.1", int(sys.argv[1])), Peer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("READY", flush=True)
    for line in sys.stdin:
        address, *values = map(int, line.split())
        registers[address:address + len(values)] = values
        print(f"SET {address}", flush=True)


if __name__ == "__main__":
    main()

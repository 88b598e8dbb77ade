"""VictoriaMetrics, the best time-series store measured so far, as the peer of the history's benchmark."""
import http.client
import json
import os
import shutil
import time

from harness import Process, free_ports

PROGRAM = shutil.which("victoria-metrics")


class Victoria(Process):
    """A server on a folder of its own, ready when this returns."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_ports(1)
        # A search must not be answered from memory of the same search.
        super().__init__([PROGRAM, f"-storageDataPath={folder}", "-retentionPeriod=20y",
                          f"-httpListenAddr=127.0.0.1:{self.port}", "-search.disableCache",
                          # Else it ends every connection after two minutes.
                          "-http.connTimeout=24h", "-search.latencyOffset=0s", "-search.maxUniqueTimeseries=100000"])
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port)
        start = time.monotonic()
        while True:
            try:
                self.get("/health")
                return
            except OSError:
                self.connection.close()
                if time.monotonic() > start + 30:
                    raise
                time.sleep(0.1)

    def ask(self, method, path, body=None):
        self.connection.request(method, path, body)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status // 100 != 2:
            raise OSError(f"VictoriaMetrics: {answer.status} {text[:200]}")
        return text

    def get(self, path):
        return self.ask("GET", path)

    def take(self, series):
        """Stores columns: name to lists of milliseconds and numbers."""
        for name, (times, numbers) in series.items():
            line = {"metric": {"__name__": "value", "point": name}, "values": numbers, "timestamps": times}
            self.ask("POST", "/api/v1/import", json.dumps(line))

    def settle(self):
        """Everything on the disk and merged as far as it ever will be."""
        self.get("/internal/force_flush")
        self.get("/internal/force_merge")
        start = time.monotonic()
        while time.monotonic() - start < 300:
            time.sleep(1)
            metrics = self.get("/metrics").decode()
            merging = [line for line in metrics.splitlines() if line.startswith("vm_active_merges")]
            if all(line.endswith(" 0") for line in merging):
                return

    def values(self, name):
        """What is given back of a column."""
        lines = self.get(f"/api/v1/export?match[]=value{{point=\"{name}\"}}&start=0".replace('"', "%22")).splitlines()
        found = {}
        for line in lines:
            part = json.loads(line)
            found.update(zip(part["timestamps"], part["values"]))
        return found

    def time(self, path, rounds=20):
        """The median milliseconds until an answer is there in full."""
        taken = []
        for _ in range(rounds + 1):
            start = time.monotonic()
            self.get(path)
            taken.append(1000 * (time.monotonic() - start))
        return sorted(taken[1:])[rounds // 2]

    def data_bytes(self):
        """Bytes of readings alone, without the index of names."""
        return folder_bytes(f"{self.folder}/data")


def folder_bytes(folder, counts=lambda name: True):
    return sum(os.path.getsize(os.path.join(path, name)) for path, _, names in os.walk(folder)
               for name in names if counts(name))

"""Writes the sites the benchmarks run: the workloads of the acquisition reference as configuration folders."""
import json
import os


def _yaml(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _point(name, register, kind, period_class):
    scale = "" if kind == "float32" else ", kind: gauge"
    return (f'  {name}: {{register: "{register}", type: {kind}{scale}, poll: {period_class}, '
            f'name: {{zh: {name}, en: {name}}}}}\n')


def _profile(folder, name, period, points):
    body = "".join(_point(f"p{i}", register, kind, "fast") for i, (register, kind) in enumerate(points))
    _yaml(f"{folder}/profiles/{name}.yaml",
          f"profile: {name}\nclass: meter\nname: {{zh: {name}, en: {name}}}\n"
          f'source: "benchmark workload"\nverified: true\n'
          f"poll: {{fast: {period}, normal: 5s, slow: 60s}}\nlimits: {{max_registers: 125}}\npoints:\n{body}")


def _site(folder, socket, extra=""):
    _yaml(f"{folder}/site.yaml",
          "id: bench\nname: {zh: 基准, en: Benchmark}\ntimezone: Asia/Shanghai\nlanguage: en\n"
          f"web: {{listen: none, socket: {json.dumps(socket)}}}\nrule_packs: []\nplan_packs: []\n{extra}")
    _yaml(f"{folder}/people.yaml", "people: {}\n")
    _yaml(f"{folder}/notify.yaml", "channels: {}\nroutes: {}\n")


W1 = [(f"holding:{2 * i}", "float32") for i in range(1000)]
W2 = ([(f"holding:{2 * i}", "float32") for i in range(10)]
      + [(f"holding:{100 + i}", "uint16") for i in range(10)]
      + [(f"holding:{a}", "uint16") for a in (200, 204, 225, 233, 246, 251, 269, 279, 285, 300)])
W3 = [(f"holding:{2 * i}", "float32") for i in range(10)]


def endpoints(folder, socket, devices, period, points, port=15020):
    """One TCP endpoint per device: W1 and W2."""
    _site(folder, socket)
    _profile(folder, "bench-device", period, points)
    _yaml(f"{folder}/buses.yaml", "buses:\n" + "".join(
        f"  b{i}: {{kind: modbus-tcp, host: 127.0.0.1, port: {port + i}, timeout: 500ms}}\n"
        for i in range(devices)))
    _yaml(f"{folder}/assets/devices.yaml", "assets:\n" + "".join(
        f"  D{i}: {{class: meter, name: {{zh: D{i}, en: D{i}}}, location: bench, profile: bench-device, "
        f"bus: b{i}, unit: 1}}\n" for i in range(devices)))


def gateway(folder, socket, units, period, points, port=15020):
    """Every device a unit behind one port: W3."""
    _site(folder, socket)
    _profile(folder, "bench-device", period, points)
    _yaml(f"{folder}/buses.yaml",
          f"buses:\n  b0: {{kind: modbus-tcp, host: 127.0.0.1, port: {port}, timeout: 500ms}}\n")
    _yaml(f"{folder}/assets/devices.yaml", "assets:\n" + "".join(
        f"  D{i}: {{class: meter, name: {{zh: D{i}, en: D{i}}}, location: bench, profile: bench-device, "
        f"bus: b0, unit: {i}}}\n" for i in range(1, units + 1)))


RECEIVER = ("channels:\n  hook: {{kind: webhook, url: \"http://127.0.0.1:{port}/\"}}\n"
            "routes:\n  default: {{steps: [{{after: 0s, to: [ann], via: [hook]}}]}}\n")
RULE = ("rules:\n  - id: probe.leak\n    match: {class: sensor}\n    when: leak\n"
        "    delay: {raise: 0s, clear: 0s}\n    priority: p3\n    text: {zh: 漏水, en: leak}\n")


def _with_rule(folder, receiver):
    """Somebody is told over HTTP when a probe's bit is set."""
    _yaml(f"{folder}/people.yaml", "people:\n  ann: {name: {zh: 安, en: Ann}, language: en}\n")
    _yaml(f"{folder}/notify.yaml", RECEIVER.format(port=receiver))
    _yaml(f"{folder}/rules/leak.yaml", RULE)


def probe(folder, socket, port, receiver, period="100ms"):
    """One alarm bit behind a Modbus port, a rule on it, and a receiver of its notices."""
    _site(folder, socket)
    _with_rule(folder, receiver)
    _yaml(f"{folder}/buses.yaml",
          f"buses:\n  b: {{kind: modbus-tcp, host: 127.0.0.1, port: {port}, timeout: 500ms}}\n")
    _yaml(f"{folder}/assets/a.yaml",
          "assets:\n  X1: {class: sensor, name: {zh: 探头, en: Probe}, location: bench, profile: probe, "
          "bus: b, unit: 1}\n")
    _yaml(f"{folder}/profiles/probe.yaml",
          'profile: probe\nclass: sensor\nname: {zh: 探头, en: Probe}\nsource: "benchmark"\nverified: true\n'
          f"poll: {{fast: {period}, normal: 5s, slow: 60s}}\npoints:\n"
          '  leak: {register: "holding:0", bit: 0, poll: fast, name: {zh: 漏水, en: leak}}\n')


def mqtt(folder, socket, topics, port, receiver):
    """W4: every topic of `mqtt_load` an asset of six points, and a probe with a rule."""
    _site(folder, socket)
    _with_rule(folder, receiver)
    _yaml(f"{folder}/buses.yaml",
          f"buses:\n  b: {{kind: mqtt, host: 127.0.0.1, port: {port}, client_id: bench}}\n")
    points = "".join(
        f"  {name}: {{json: /{name}, type: number, kind: gauge, name: {{zh: {name}, en: {name}}}}}\n"
        for name in ("t", "h", "p", "v", "i", "n"))
    head = 'name: {zh: 基准, en: bench}\nsource: "benchmark workload"\nverified: true\nexpect_every: 1m\n'
    _yaml(f"{folder}/profiles/load.yaml",
          f'profile: load\nclass: meter\n{head}topic: "site/{{address}}/data"\npoints:\n{points}')
    _yaml(f"{folder}/profiles/probe.yaml",
          f'profile: probe\nclass: sensor\n{head}topic: "probe/{{address}}"\npoints:\n'
          "  leak: {json: /leak, type: bool, name: {zh: 漏水, en: leak}}\n")
    _yaml(f"{folder}/assets/devices.yaml", "assets:\n" + "".join(
        f"  M{i}: {{class: meter, name: {{zh: M{i}, en: M{i}}}, location: bench, profile: load, "
        f"bus: b, address: d{i:04}}}\n" for i in range(topics))
        + "  X1: {class: sensor, name: {zh: 探头, en: Probe}, location: bench, profile: probe, bus: b, "
          "address: x1}\n")


def serial(folder, socket, device, maps):
    """Units on a serial line, each with so many holding registers."""
    _site(folder, socket)
    for count in sorted(set(maps)):
        _profile(folder, f"bench-{count}", "1s", [(f"holding:{i}", "uint16") for i in range(count)])
    _yaml(f"{folder}/buses.yaml",
          f"buses:\n  b0: {{kind: modbus-rtu, device: {json.dumps(device)}, baud: 9600, parity: even, "
          "timeout: 500ms}\n")
    _yaml(f"{folder}/assets/devices.yaml", "assets:\n" + "".join(
        f"  D{i}: {{class: meter, name: {{zh: D{i}, en: D{i}}}, location: bench, profile: bench-{count}, "
        f"bus: b0, unit: {i}}}\n" for i, count in enumerate(maps, 1)))

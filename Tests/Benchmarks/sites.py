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
          f"web: {{listen: none, socket: {json.dumps(socket)}}}\nrule_packs: []\n{extra}")
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

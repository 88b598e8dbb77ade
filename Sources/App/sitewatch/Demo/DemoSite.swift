import Foundation

/// What the simulator says when everything it simulates can be reached.
struct SimulatorReady: Decodable {
    /// Modbus TCP ports by bus.
    let tcp: [String: Int]
    /// Serial devices by bus.
    let rtu: [String: String]
}

/// The demonstration's configuration folder: the example's equipment, on the ports of this run.
struct DemoSite {
    /// Where everything of this run is.
    let folder: URL
    /// The language of the site and of its messages.
    let language: String

    var configuration: URL { folder.appendingPathComponent("site") }
    var data: URL { folder.appendingPathComponent("data") }
    var socket: URL { folder.appendingPathComponent("api.sock") }
    var serialLink: URL { folder.appendingPathComponent("riser-1") }

    /// Writes the configuration for the equipment, broker and receiver of this run.
    func write(share: URL, equipment: SimulatorReady, brokerPort: Int, receiver: String) throws {
        let files = FileManager.default
        try files.createDirectory(at: data, withIntermediateDirectories: true)
        try files.copyItem(at: share.appendingPathComponent("demo"), to: configuration)
        try files.copyItem(
            at: share.appendingPathComponent("example/assets"),
            to: configuration.appendingPathComponent("assets"))
        try fill("site.yaml", ["LANGUAGE": language, "SOCKET": "\"\(socket.path)\""])
        try fill("people.yaml", ["LANGUAGE": language])
        try fill("notify.yaml", ["RECEIVER": "\"\(receiver)\""])
        try buses(equipment, brokerPort: brokerPort)
            .write(to: configuration.appendingPathComponent("buses.yaml"), atomically: true, encoding: .utf8)
    }

    private func fill(_ name: String, _ places: [String: String]) throws {
        let file = configuration.appendingPathComponent(name)
        var text = try String(contentsOf: file, encoding: .utf8)
        for (place, value) in places { text = text.replacingOccurrences(of: place, with: value) }
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    private func buses(_ equipment: SimulatorReady, brokerPort: Int) -> String {
        let tcp = equipment.tcp.sorted { $0.key < $1.key }.map { name, port in
            "  \(name): {kind: modbus-tcp, host: 127.0.0.1, port: \(port), timeout: 500ms}"
        }
        let serial = equipment.rtu.sorted { $0.key < $1.key }.map { name, device in
            "  \(name): {kind: modbus-rtu, device: \"\(device)\", baud: 9600, parity: none}"
        }
        let broker =
            "  broker: {kind: mqtt, host: 127.0.0.1, port: \(brokerPort), client_id: sitewatch-demo}"
        return (["buses:"] + tcp + serial + [broker]).joined(separator: "\n") + "\n"
    }
}

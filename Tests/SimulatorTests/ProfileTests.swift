import EquipmentModels
import Foundation
import Testing
import Yams

/// Reads register images with the shipped profiles, by a decoder that shares nothing with the models.
struct ProfileReader {
    enum Reading: Equatable {
        case number(Double)
        case flag(Bool)
        case text(String)
        /// The device says that it does not know.
        case bad
    }

    /// A register that the profile asks for and the device does not have.
    struct Hole: Error {
        let register: String
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    let points: [String: Node.Mapping]

    init(profile path: String) throws {
        let file = Self.root.appending(path: "config/profiles/\(path).yaml")
        let document = try #require(try Yams.compose(yaml: String(contentsOf: file, encoding: .utf8)))
        var points: [String: Node.Mapping] = [:]
        for (key, value) in document["points"]?.mapping ?? Node.Mapping([]) {
            points[try #require(key.string)] = value.mapping
        }
        self.points = points
    }

    func read(_ name: String, from image: RegisterImage) throws -> Reading {
        let point = try #require(points[name])
        let (table, address) = try place(try #require(point["register"]?.string))
        if table.holdsBits {
            guard let bit = image.bit(table, address) else { throw Hole(register: "\(table):\(address)") }
            return .flag(bit)
        }
        let type = point["type"]?.string ?? "uint16"
        let words = try (address..<address + length(of: type, point)).map { register in
            guard let word = image.word(table, register) else { throw Hole(register: "\(table):\(register)") }
            return word
        }
        if let bit = point["bit"]?.int { return .flag(words[0] >> UInt16(bit) & 1 == 1) }
        if let bits = point["bits"]?.string { return field(bits, words[0], point) }
        return decode(words, type, point)
    }

    private func place(_ register: String) throws -> (RegisterTable, Int) {
        if register.count == 5, let reference = Int(register), (40001...49999).contains(reference) {
            return (.holding, reference - 40001)
        }
        let parts = register.split(separator: ":")
        return (try #require(RegisterTable(rawValue: String(parts[0]))), try #require(Int(parts[1])))
    }

    private func length(of type: String, _ point: Node.Mapping) -> Int {
        if type == "string" { return point["length"]?.int ?? 1 }
        return type.hasSuffix("32") ? 2 : type.hasSuffix("64") ? 4 : 1
    }

    private func field(_ bits: String, _ word: UInt16, _ point: Node.Mapping) -> Reading {
        let ends = bits.split(separator: "-").compactMap { Int($0) }
        let value = Int(word) >> ends[0] & ((1 << (ends[1] - ends[0] + 1)) - 1)
        let reading = scaled(Double(value), raw: value, point)
        guard reading != .bad, let holding = point["true_when"]?.sequence?.compactMap(\.int) else {
            return reading
        }
        return .flag(holding.contains(value))
    }

    private func decode(_ words: [UInt16], _ type: String, _ point: Node.Mapping) -> Reading {
        if type == "string" {
            let bytes = words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }.filter { $0 != 0 }
            return .text(String(decoding: bytes, as: UTF8.self))
        }
        let ordered = point["order"]?.string == "CDAB" ? words.reversed() : words
        let raw = ordered.reduce(0) { $0 << 16 | Int($1) }
        switch type {
        case "int16": return scaled(Double(Int16(truncatingIfNeeded: raw)), raw: raw, point)
        case "int32": return scaled(Double(Int32(truncatingIfNeeded: raw)), raw: raw, point)
        case "float32": return scaled(Double(Float(bitPattern: UInt32(raw))), raw: raw, point)
        default: return scaled(Double(raw), raw: raw, point)
        }
    }

    private func scaled(_ value: Double, raw: Int, _ point: Node.Mapping) -> Reading {
        let sentinels = point["bad"]?.sequence?.compactMap(\.int) ?? []
        if sentinels.contains(raw) { return .bad }
        if let limit = point["bad_above"]?.int, raw > limit { return .bad }
        let result = value * (point["scale"]?.float ?? 1) + (point["offset"]?.float ?? 0)
        if let range = point["range"]?.sequence?.compactMap(\.float), range.count == 2,
            result < range[0] || result > range[1]
        {
            return .bad
        }
        return .number(result)
    }
}

private func agrees(_ reading: ProfileReader.Reading, with truth: JSONValue) -> Bool {
    switch (reading, truth) {
    case (.bad, .null): true
    case (.flag(let flag), .bool(let value)): flag == value
    case (.text(let text), .text(let value)): text == value
    case (.number(let number), .integer(let value)): abs(number - Double(value)) < 1e-6
    case (.number(let number), .number(let value)): abs(number - value) <= 1e-9 * max(1, abs(value))
    default: false
    }
}

@Suite struct `The shipped profiles` {
    static let modbus = [
        ("pump-set", "pump/generic-vfd-pump"), ("sump-pit", "pump/sump"),
        ("lift", "lift/generic-lift-gateway"),
        ("power-meter", "power/eastron-sdm630"), ("dry-transformer", "power/dry-transformer-controller"),
        ("generator", "power/dse-gencomm"), ("fire-panel", "fire/generic-fire-panel"),
        ("fire-pump", "fire/generic-fire-pump"), ("feeder-breaker", "power/generic-breaker"),
        ("battery-supply", "power/generic-ups"), ("heating-station", "heating/generic-heating-station"),
        ("air-handler", "ventilation/generic-ahu"), ("garage-fan", "ventilation/generic-fan"),
        ("lighting-circuit", "lighting/generic-lighting-circuit"),
    ]
    /// Profiles of a whole series, of which the simulated device is one that has less.
    static let series: Set = ["power/eastron-sdm630", "power/dse-gencomm"]
    static let mqtt = [
        ("environment-sensor", "sensor/zigbee-env-sensor"), ("smart-plug", "sensor/tasmota-plug"),
        ("water-tank", "sensor/mqtt-tank-level"),
    ]

    @Test(arguments: modbus)
    func `read the truth out of the registers, in health and in every fault`(name: String, path: String)
        throws
    {
        let reader = try ProfileReader(profile: path)
        let type = try #require(Models.named(name) as? any ModbusEquipment.Type)
        for part in 0..<type.partCount {
            for fault in [nil] + type.faults.map({ Optional($0.name) }) {
                var model = type.init(seed: 11)
                if let fault { try model.inject(fault: fault, part: part) }
                for _ in 0..<60 {
                    model.advance(by: 3.7)
                    let truth = model.truth(part: part)
                    let image = model.registers(part: part)
                    #expect(Set(truth.keys).isSubset(of: reader.points.keys), "points of \(path)")
                    if !Self.series.contains(path) {
                        #expect(truth.count == reader.points.count, "points of \(path)")
                    }
                    for (point, value) in truth {
                        let reading = try reader.read(point, from: image)
                        #expect(
                            agrees(reading, with: value),
                            "\(name) \(fault ?? "healthy") \(point): read \(reading), true \(value.json)")
                    }
                }
            }
        }
    }

    @Test(arguments: mqtt)
    func `read the truth out of the messages`(name: String, path: String) throws {
        let reader = try ProfileReader(profile: path)
        let type = try #require(Models.named(name) as? any MessagingEquipment.Type)
        for fault in [nil] + type.faults.map({ Optional($0.name) }) where fault != "silent" {
            var model = type.init(seed: 4)
            if let fault { try model.inject(fault: fault) }
            model.advance(by: 120)
            let messages = model.takeMessages(address: "x", unixSeconds: 1_800_000_000)
            let message = try #require(messages.first)
            // JSON is YAML, too.
            let content = try #require(try Yams.compose(yaml: message.payload))
            let truth = model.truth(part: 0)
            #expect(Set(truth.keys) == Set(reader.points.keys), "points of \(path)")
            for (point, value) in truth {
                let pointer = try #require(reader.points[point]?["json"]?.string)
                #expect(told(content, pointer) == value.json, "\(name) \(fault ?? "healthy") \(point)")
            }
        }
    }

    /// The text of one member of a message, ON and OFF told as the profile's map tells them.
    private func told(_ content: Node, _ pointer: String) -> String? {
        var place: Node? = content
        for step in pointer.split(separator: "/") { place = place?[String(step)] }
        guard let text = place?.scalar?.string else { return nil }
        if let number = Double(text) { return JSONValue.number(number).json }
        return text == "ON" ? "true" : text == "OFF" ? "false" : text
    }
}

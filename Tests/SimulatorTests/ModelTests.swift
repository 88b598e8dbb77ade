import EquipmentModels
import Testing

/// What one part of a model shows after some time, as text that can be compared.
private func snapshot(_ equipment: any Equipment) -> [String] {
    (0..<type(of: equipment).partCount).map { part in
        var lines = [JSONValue.object(equipment.truth(part: part)).json]
        if let device = equipment as? any ModbusEquipment {
            let image = device.registers(part: part)
            for table in RegisterTable.allCases {
                lines += image.addresses(table).map { address in
                    let word = image.word(table, address).map { "\($0)" }
                    let bit = image.bit(table, address).map { "\($0)" }
                    return "\(table)\(address)=\(word ?? bit ?? "")"
                }
            }
        }
        return lines.joined(separator: " ")
    }
}

private func equipment(_ name: String, seed: UInt64) throws -> any Equipment {
    try #require(Models.named(name)).init(seed: seed)
}

@Suite struct `Every model` {
    static let names = Models.all.map { $0.model }
    /// Faults that wait for an occasion, or silence a sensor without changing the truth.
    static let dormant: Set<String> = [
        "environment-sensor silent", "water-tank stuck", "sump-pit float-stuck",
        "dry-transformer fan-failure",
        "generator mains-failure", "generator fail-to-start", "generator overheating",
        "fire-pump fail-to-start", "lighting-circuit lamps-out",
    ]

    @Test(arguments: names)
    func `lives the same hour twice when the seed is the same`(name: String) throws {
        var first = try equipment(name, seed: 7)
        var second = try equipment(name, seed: 7)
        first.advance(by: 3600)
        second.advance(by: 3600)
        #expect(snapshot(first) == snapshot(second))
    }

    @Test(arguments: names)
    func `lives the same minute in small steps and in one`(name: String) throws {
        var small = try equipment(name, seed: 3)
        var large = try equipment(name, seed: 3)
        for _ in 0..<1200 { small.advance(by: 0.05) }
        large.advance(by: 60)
        #expect(snapshot(small) == snapshot(large))
    }

    @Test(arguments: names.filter { $0 != "fire-panel" })
    func `lives another hour when the seed is another`(name: String) throws {
        let hours = try (UInt64(1)...5).map { seed in
            var model = try equipment(name, seed: seed)
            model.advance(by: 3600)
            return snapshot(model)
        }
        #expect(Set(hours).count > 1)
    }

    @Test(arguments: names)
    func `takes each of its faults, shows it, and gets over it`(name: String) throws {
        for fault in try #require(Models.named(name)).faults {
            var healthy = try equipment(name, seed: 5)
            var faulty = try equipment(name, seed: 5)
            for _ in 0..<30 { healthy.advance(by: 10) }
            try faulty.inject(fault: fault.name)
            #expect(faulty.state.faults(part: 0) == [fault.name])
            for _ in 0..<30 { faulty.advance(by: 10) }
            if !Self.dormant.contains("\(name) \(fault.name)") {
                #expect(snapshot(healthy) != snapshot(faulty), "\(name) \(fault.name) is not visible")
            }
            try faulty.clear(fault: fault.name)
            #expect(faulty.state.faults(part: 0) == [])
        }
    }

    @Test(arguments: names)
    func `refuses a fault and a part it does not have`(name: String) throws {
        var model = try equipment(name, seed: 1)
        #expect(throws: FaultError.self) { try model.inject(fault: "no-such-fault") }
        let fault = try #require(type(of: model).faults.first).name
        #expect(throws: FaultError.noSuchPart(2)) { try model.inject(fault: fault, part: 2) }
    }

    @Test func `has a name of its own`() {
        #expect(Set(Self.names).count == Models.all.count)
    }
}

/// Which bus and which unit misbehaves how; a unit's own mode goes before that of its bus.
struct CommunicationBoard {
    private struct Key: Hashable {
        let bus: String
        let unit: String?
    }

    private var modes: [Key: CommunicationMode] = [:]

    mutating func set(_ mode: CommunicationMode, bus: String, unit: String?) {
        modes[Key(bus: bus, unit: unit)] = mode == .normal ? nil : mode
    }

    func mode(bus: String) -> CommunicationMode {
        modes[Key(bus: bus, unit: nil)] ?? .normal
    }

    func mode(bus: String, unit: String) -> CommunicationMode {
        modes[Key(bus: bus, unit: unit)] ?? mode(bus: bus)
    }
}

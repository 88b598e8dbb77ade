/// What one request asks a unit: its registers, or who it is. Nothing that writes can be said.
public enum BusQuestion: Hashable, Sendable {
    /// Functions 1 to 4: so many registers or bits of a table.
    case registers(RegisterArea, first: UInt16, count: Int)
    /// Function 17: the unit's own description.
    case serverID
    /// Function 43/14: maker, model, version and more, from one object on; category 1 is basic, 2 regular, 3
    /// extended.
    case deviceIdentification(category: UInt8, from: UInt8)

    /// The function code.
    public var function: UInt8 {
        switch self {
        case .registers(let area, _, _): area.function
        case .serverID: 17
        case .deviceIdentification: 43
        }
    }

    /// How many bytes of measurements the answer carries; nil where the unit decides.
    public var replyBytes: Int? {
        switch self {
        case .registers(let area, _, let count): area.isBits ? (count + 7) / 8 : 2 * count
        case .serverID, .deviceIdentification: nil
        }
    }
}

extension PollRequest {
    /// The read as it is asked.
    public var question: BusQuestion { .registers(area, first: first, count: count) }
}

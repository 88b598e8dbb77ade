import Facility

extension ModbusBus {
    /// Whether an open connection of another description serves this one too.
    func isReached(as other: ModbusBus) -> Bool {
        endpoint == other.endpoint && timeoutMilliseconds == other.timeoutMilliseconds
            && requestDelayMilliseconds == other.requestDelayMilliseconds
            && unitChangeDelayMilliseconds == other.unitChangeDelayMilliseconds
    }
}

extension ModbusUnit {
    /// Whether what is known of another description's unit holds for this one.
    func isRead(as other: ModbusUnit) -> Bool {
        asset == other.asset && unit == other.unit && map == other.map && weight == other.weight
            && timeoutMilliseconds == other.timeoutMilliseconds
    }
}

extension PollMachine {
    /// Takes over what the machine of an earlier description knows.
    mutating func inherit(from old: PollMachine) {
        for index in units.indices {
            let place = old.units.firstIndex { $0.source.isRead(as: units[index].source) }
            if let place { inheritUnit(index, from: old, place) }
        }
        inheritBus(from: old)
        for index in units.indices { notePlan(of: index) }
        memoryRevision = old.memoryRevision + 1
    }

    private mutating func inheritUnit(_ index: Int, from old: PollMachine, _ place: Int) {
        units[index].inherit(from: old.units[place])
        schedule.inherit(index, from: old.schedule, place)
        frames.inherit(index, from: old.frames, place)
        statistics.units[index] = old.statistics.units[place]
        for offset in units[index].source.points.indices {
            staleness.inherit(
                units[index].firstPosition + offset, from: old.staleness,
                old.units[place].firstPosition + offset)
        }
    }

    private mutating func inheritBus(from old: PollMachine) {
        connection = old.connection
        errands = old.errands
        probes = old.probes
        pace = old.pace
        timeoutsInARow = old.timeoutsInARow
        shadow = old.shadow
        lastUnit = old.lastUnit
        quietSince = old.quietSince
        mustRenew = old.mustRenew
        drainMilliseconds = old.drainMilliseconds
        statistics.isUp = old.statistics.isUp
        statistics.connections = old.statistics.connections
        statistics.refusedConnections = old.statistics.refusedConnections
        statistics.errands = old.statistics.errands
    }
}

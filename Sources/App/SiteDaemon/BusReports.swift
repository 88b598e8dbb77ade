internal import Acquisition
internal import Facility
internal import MQTTField
internal import Synchronization
internal import WebAPI

/// Turns what happened on the buses into what people ask about them.
final class BusReports: Sendable {
    private struct Reading: Sendable {
        var requests: Int64
        var wallMilliseconds: Int64
        var perSecond: Double
        var state: BusStatus.State
        var since: Int64
    }

    private let previous = Mutex<[BusID: Reading]>([:])
    private let heard = Mutex<[AssetID: Int64]>([:])
    /// The shortest span over which a rate is computed.
    private static let span: Int64 = 1000
    /// How long after the start a broker may be unconnected without counting as down, milliseconds.
    private static let patience: Int64 = 10_000

    /// How every bus is doing, in the order of the files.
    ///
    /// - Parameter latest: when each asset was last heard, as far as its present samples tell; what was heard
    ///   before is remembered.
    func statuses(of field: FieldService, latest: [AssetID: Int64], now: Moment, started: Moment)
        -> [BusStatus]
    {
        let heard = heard.withLock { heard in
            heard.merge(latest) { max($0, $1) }
            return heard
        }
        let isFresh = now.milliseconds(since: started) < Self.patience
        let modbus = field.modbus.map { bus, statistics in
            status(of: bus, statistics, latest: heard, now: now, trouble: field.trouble(of: bus.id))
        }
        let mqtt = field.mqtt.map { bus, statistics in
            var report = status(
                of: bus, statistics, latest: heard, isFresh: isFresh, now: now.wallMilliseconds)
            report.trouble = statistics.isUp ? nil : field.trouble(of: bus.id)
            report.losses = [
                .unmatched: Int64(statistics.unmatched), .tooLong: Int64(statistics.tooLong),
                .sample: Int64(statistics.dropped),
            ]
            return report
        }
        previous.withLock { previous in
            let known = Set((modbus + mqtt).map(\.id))
            previous = previous.filter { known.contains($0.key) }
        }
        return modbus + mqtt
    }

    private func status(
        of bus: ModbusBus, _ statistics: BusStatistics, latest: [AssetID: Int64], now: Moment,
        trouble: BusStatus.Trouble?
    ) -> BusStatus {
        let units = statistics.units.map { unit in
            BusStatus.Unit(
                asset: unit.asset, unit: Int(unit.unit),
                isAnswering: statistics.isUp && !unit.isDemoted && unit.good > 0,
                lastHeardWallMilliseconds: latest[unit.asset],
                fault: statistics.isUp ? (unit.isDemoted ? .timeout : nil) : .noConnection,
                diagnostics: BusStatus.Diagnostics(unit, now: now))
        }
        let outcomes: [BusStatus.Outcome: Int64] = [
            .ok: sum(statistics.units, \.good), .timeout: sum(statistics.units, \.timeouts),
            .exception: Int64(statistics.units.reduce(0) { $0 + $1.exceptions.values.reduce(0, +) }),
            .invalidReply: sum(statistics.units, \.invalid),
            .corrupted: sum(statistics.units, \.corrupted),
            .noConnection: Int64(statistics.refusedConnections),
        ]
        let answering = units.count(where: \.isAnswering)
        let tried = statistics.connections + statistics.refusedConnections > 0
        let state: BusStatus.State =
            !tried || (statistics.isUp && sum(statistics.units, \.requests) == 0)
            ? .starting : answering == 0 ? .down : answering < units.count ? .degraded : .up
        var report = finish(
            bus.id, kind: bus.endpoint.kind, endpoint: bus.endpoint.text, state: state, units: units,
            outcomes: outcomes, requests: sum(statistics.units, \.requests), now: now.wallMilliseconds)
        report.plannedUse = statistics.plannedUtilisation
        report.trouble = statistics.isUp ? nil : trouble
        return report
    }

    private func status(
        of bus: MQTTBus, _ statistics: MQTTStatistics, latest: [AssetID: Int64], isFresh: Bool, now: Int64
    ) -> BusStatus {
        let units = bus.sources.enumerated().map { index, source in
            BusStatus.Unit(
                asset: source.asset, unit: nil,
                isAnswering: statistics.isUp && latest[source.asset] != nil,
                lastHeardWallMilliseconds: latest[source.asset],
                fault: statistics.isUp ? nil : .noConnection,
                diagnostics: statistics.sources.indices.contains(index)
                    ? BusStatus.Diagnostics(statistics.sources[index]) : nil)
        }
        let state: BusStatus.State =
            statistics.isUp ? .up : statistics.connections == 0 && isFresh ? .starting : .down
        return finish(
            bus.id, kind: .mqtt, endpoint: "\(bus.host):\(bus.port)", state: state, units: units,
            outcomes: [
                .ok: Int64(statistics.messages),
                .undecodable: Int64(statistics.sources.reduce(0) { $0 + $1.errors }),
            ], requests: Int64(statistics.messages), now: now)
    }

    private func finish(
        _ id: BusID, kind: BusStatus.Kind, endpoint: String, state: BusStatus.State,
        units: [BusStatus.Unit], outcomes: [BusStatus.Outcome: Int64], requests: Int64, now: Int64
    ) -> BusStatus {
        let reading = previous.withLock { previous -> Reading in
            var reading =
                previous[id]
                ?? Reading(
                    requests: requests, wallMilliseconds: now, perSecond: 0, state: state, since: now)
            if reading.state != state { (reading.state, reading.since) = (state, now) }
            let elapsed = now - reading.wallMilliseconds
            if elapsed >= Self.span || elapsed < 0 {
                reading.perSecond =
                    elapsed > 0 ? Double(requests - reading.requests) * 1000 / Double(elapsed) : 0
                (reading.requests, reading.wallMilliseconds) = (requests, now)
            }
            previous[id] = reading
            return reading
        }
        return BusStatus(
            id: id, kind: kind, endpoint: endpoint, state: state,
            sinceWallMilliseconds: reading.since, units: units, outcomes: outcomes,
            perSecond: max(0, reading.perSecond))
    }

    private func sum(_ units: [BusStatistics.Unit], _ count: KeyPath<BusStatistics.Unit, Int>) -> Int64 {
        Int64(units.reduce(0) { $0 + $1[keyPath: count] })
    }
}

extension ModbusBus.Endpoint {
    fileprivate var kind: BusStatus.Kind {
        switch self {
        case .tcp: .modbusTCP
        case .serial: .modbusRTU
        }
    }

    fileprivate var text: String {
        switch self {
        case .tcp(let host, let port): "\(host):\(port)"
        case .serial(let device, _, _, _): device
        }
    }
}

extension BusStatus.Diagnostics {
    fileprivate init(_ unit: BusStatistics.Unit, now: Moment) {
        self.init(requests: Int64(unit.requests))
        let refusals = unit.exceptions.values.reduce(0, +)
        outcomes = [
            .ok: Int64(unit.good), .timeout: Int64(unit.timeouts), .exception: Int64(refusals),
            .corrupted: Int64(unit.corrupted), .invalidReply: Int64(unit.invalid),
        ]
        exceptions = Dictionary(
            uniqueKeysWithValues: unit.exceptions.map { (Int($0), Int64($1)) })
        dropped = Int64(unit.late)
        overruns = Int64(unit.overruns)
        if unit.roundTrip.total > 0 {
            roundTripMicroseconds = [0.5, 0.95, 0.99].map { unit.roundTrip.microseconds($0) }
        }
        timeoutMilliseconds = unit.timeoutMilliseconds
        isDemoted = unit.isDemoted
        nextProbeWallMilliseconds = unit.nextProbeUptimeMilliseconds.map {
            now.wallMilliseconds + $0 - now.uptimeMilliseconds
        }
        plannedRequests = Int64(unit.plannedRequests)
    }

    fileprivate init(_ source: MQTTStatistics.Source) {
        self.init(requests: Int64(source.messages))
        outcomes = [
            .ok: Int64(max(0, source.messages - source.errors)), .undecodable: Int64(source.errors),
        ]
        dropped = Int64(source.repeated + source.late)
        isOffline = source.isOffline
    }
}

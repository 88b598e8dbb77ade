import Acquisition
import Facility

// Short ways to say what the tests speak of.

func meaning(_ name: String, states: [Point.State] = []) -> PointMeaning {
    PointMeaning(name: name, label: Bilingual(zh: name, en: name), kind: .gauge, states: states)
}

func point(
    _ address: Int, _ type: RegisterType = .uint16, _ area: RegisterArea = .holding, length: Int? = nil,
    order: ByteOrder = .abcd, bits: ClosedRange<Int>? = nil, half: RegisterHalf? = nil,
    encoding: TextEncoding = .utf8, scaling: Scaling = .init(), from sources: [ScaleSource] = [],
    named name: String? = nil, states: [Point.State] = [], every period: Int64? = 1000
) -> ModbusPoint {
    ModbusPoint(
        meaning: meaning(name ?? "p\(address)", states: states),
        register: RegisterAddress(area, UInt16(address)), length: length ?? type.registers ?? 1, type: type,
        order: order, bits: bits, half: half, encoding: encoding, scaling: scaling, scaleSources: sources,
        periodMilliseconds: period)
}

func unit(_ map: ModbusMap, id: UInt8 = 1, firstPoint: Int = 0) -> ModbusUnit {
    ModbusUnit(
        asset: AssetID("A\(id)"), unit: id, map: map,
        points: map.points.indices.map { PointID(firstPoint + $0) })
}

func bus(_ units: [ModbusUnit], timeout: Int64 = 500, serial: Bool = false) -> ModbusBus {
    ModbusBus(
        id: "bus",
        endpoint: serial
            ? .serial(device: "/dev/ttyS0", baud: 9600, parity: .none, stopBits: 1)
            : .tcp(host: "192.0.2.1", port: 502),
        timeoutMilliseconds: timeout, requestDelayMilliseconds: 0, units: units)
}

let tcpCost = BusCost(.tcp(host: "192.0.2.1", port: 502))

func serialCost(_ baud: Int) -> BusCost {
    BusCost(.serial(device: "", baud: baud, parity: .none, stopBits: 1))
}

extension PollPlan {
    /// The reads as people write them: `holding:0+120`.
    var reads: [String] {
        groups.flatMap(\.requests).map { "\($0.area.rawValue):\($0.first)+\($0.count)" }
    }
}

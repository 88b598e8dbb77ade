import EquipmentModels
import Testing

@testable import SiteSimulator

private func transformer(_ change: (inout any ModbusEquipment) throws -> Void = { _ in }) throws
    -> RegisterImage
{
    let type = try #require(Models.named("dry-transformer") as? any ModbusEquipment.Type)
    var model: any ModbusEquipment = type.init(seed: 1)
    try change(&model)
    return model.registers(part: 0)
}

private func responder(_ model: String, maxRegisters: Int = 125) throws -> ModbusResponder {
    let type = try #require(Models.named(model) as? any ModbusEquipment.Type)
    return ModbusResponder(
        image: type.init(seed: 1).registers(part: 0), maxRegisters: maxRegisters, maxBits: 2000,
        modelName: model)
}

@Suite struct `A unit` {
    @Test func `refuses a read that touches a register it does not have`() throws {
        let pump = try responder("pump-set")
        #expect(pump.answer([3, 0, 7, 0, 1]).reply.count == 4)
        #expect(pump.answer([3, 0, 7, 0, 2]) == .refused([0x83, 2]))
        #expect(pump.answer([4, 0, 0, 0, 1]) == .refused([0x84, 2]))
        #expect(pump.answer([3, 0xFF, 0xFF, 0, 2]) == .refused([0x83, 2]))
    }

    @Test func `refuses more registers than it can send, and none`() throws {
        let pump = try responder("pump-set", maxRegisters: 4)
        #expect(pump.answer([3, 0, 0, 0, 4]).reply.count == 10)
        #expect(pump.answer([3, 0, 0, 0, 5]) == .refused([0x83, 3]))
        #expect(pump.answer([3, 0, 0, 0, 0]) == .refused([0x83, 3]))
        #expect(pump.answer([3, 0, 0, 0]) == .refused([0x83, 3]))
    }

    @Test(arguments: [5, 6, 15, 16, 21, 22, 23] as [UInt8])
    func `refuses and marks every function that writes`(function: UInt8) throws {
        #expect(
            try responder("generator").answer([function, 0x10, 0x08, 0, 1])
                == .writeRefused([function | 0x80, 1]))
    }

    @Test func `packs bits as the protocol says`() throws {
        let image = try transformer { model in
            try model.inject(fault: "sensor-b")
        }
        let unit = ModbusResponder(image: image, maxRegisters: 125, maxBits: 2000, modelName: "t")
        #expect(unit.answer([1, 0, 0, 0, 4]) == .answered([1, 1, 0b0001]))
        #expect(unit.answer([4, 0, 1, 0, 1]) == .answered([4, 2, 0, 255]))
    }

    @Test func `says who it is`() throws {
        let reply = try responder("lift").answer([0x2B, 0x0E, 1, 0]).reply
        #expect(String(decoding: reply, as: UTF8.self).contains("lift"))
    }
}

@Suite struct `A serial frame` {
    @Test func `carries the checksum of the maker's own example`() {
        #expect(RTUFraming.wrap(unit: 1, pdu: [1, 0, 0, 0, 4]) == [1, 1, 0, 0, 0, 4, 0x3D, 0xC9])
        #expect(RTUFraming.wrap(unit: 1, pdu: [1, 1, 2]) == [1, 1, 1, 2, 0xD0, 0x49])
    }

    @Test func `is found when it comes in pieces, and two come at once`() {
        var framing = RTUFraming()
        let frame = RTUFraming.wrap(unit: 1, pdu: [4, 0, 0, 0, 2])
        #expect(framing.take(Array(frame.prefix(3))) == [])
        #expect(framing.take(Array(frame.dropFirst(3)) + frame).count == 2)
        #expect(framing.isIdle)
    }

    @Test func `with a wrong checksum is never a request, and the next one is found after a silence`() {
        var framing = RTUFraming()
        var broken = RTUFraming.wrap(unit: 1, pdu: [4, 0, 0, 0, 2])
        broken[3] ^= 1
        #expect(framing.take(broken) == [])
        framing.lineWasSilent()
        #expect(framing.take(RTUFraming.wrap(unit: 1, pdu: [4, 0, 0, 0, 2])).count == 1)
    }
}

@Suite struct `A TCP stream` {
    @Test func `is cut into requests wherever the pieces end`() throws {
        let stream =
            TCPFraming.wrap(transaction: 1, unit: 2, pdu: [3, 0, 0, 0, 1])
            + TCPFraming.wrap(transaction: 2, unit: 3, pdu: [4, 0, 0, 0, 1])
        for cut in 0...stream.count {
            var framing = TCPFraming()
            let frames =
                try framing.take(Array(stream.prefix(cut))) + framing.take(Array(stream.dropFirst(cut)))
            #expect(frames.map(\.unit) == [2, 3])
            #expect(frames.map(\.transaction) == [1, 2])
        }
    }

    @Test func `that is not Modbus is given up`() {
        var framing = TCPFraming()
        #expect(throws: TCPFraming.NotModbus.self) { try framing.take(Array("GET / HTTP/1.1\r\n".utf8)) }
    }
}

@Suite struct `A reply on a serial line` {
    private func plan(_ mode: CommunicationMode) -> ReplyPlan {
        var random = SeededRandom(seed: 1)
        let line = SerialLine(baud: 9600, hasParity: false, stopBits: 1)
        return ReplyPlan(
            pdu: [3, 4, 1, 2, 3, 4], unit: 1, envelope: .rtu(line: line), mode: mode, turnaround: 0.02,
            random: &random)
    }

    @Test func `takes the time its bytes need`() {
        let plan = plan(.normal)
        #expect(plan.pieces.map(\.bytes.count) == [9])
        #expect(abs((plan.pieces.last?.after ?? 0) - (0.02 + 9 * 10.0 / 9600)) < 1e-9)
    }

    @Test(arguments: [CommunicationMode.garbage, .corrupt, .truncate])
    func `never passes its checksum when it is damaged`(mode: CommunicationMode) {
        let bytes = plan(mode).pieces.flatMap(\.bytes)
        #expect(!bytes.isEmpty)
        #expect(!RTUFraming.hasValidChecksum(bytes))
    }

    @Test(arguments: [CommunicationMode.wrongUnit, .wrongCount, .exception(code: 6)])
    func `passes its checksum when only its meaning is wrong`(mode: CommunicationMode) {
        let bytes = plan(mode).pieces.flatMap(\.bytes)
        #expect(RTUFraming.hasValidChecksum(bytes))
        #expect(bytes != plan(.normal).pieces.flatMap(\.bytes))
    }

    @Test func `drips one byte at a time`() {
        let pieces = plan(.drip(milliseconds: 50)).pieces
        #expect(pieces.count == 9)
        #expect(abs(pieces[8].after - pieces[0].after - 0.4) < 1e-9)
    }
}

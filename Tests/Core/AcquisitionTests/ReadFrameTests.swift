import Foundation
import Testing

@testable import Acquisition

@Suite struct ReadFrameTests {
    private struct Frame: Decodable {
        let transport: String
        let kind: String
        let fc: UInt8
        let unit: UInt8
        let hex: String
        let tid: UInt16?
        let address: UInt16?
        let count: Int?
        let registers: [UInt16]?
        let exception_code: UInt8

        var bytes: [UInt8] {
            stride(from: 0, to: hex.count, by: 2).compactMap {
                UInt8(hex.dropFirst($0).prefix(2), radix: 16)
            }
        }

        var area: RegisterArea? { RegisterArea.allCases.first { $0.function == fc & 0x7F } }
    }

    private func frames() throws -> [Frame] {
        struct File: Decodable { let frames: [Frame] }
        guard let data = SharedData.file("vectors/modbus-frames-pymodbus.json") else { return [] }
        return try JSONDecoder().decode(File.self, from: data).frames
    }

    @Test func `requests are the bytes another implementation sends`() throws {
        let requests = try frames().filter { $0.kind == "request" }
        // The others write, which ours never do.
        let reads = requests.filter { (1...4).contains($0.fc) }
        #expect(requests.isEmpty || (reads.count, requests.count) == (32, 57))
        for frame in reads {
            let area = try #require(frame.area)
            let address = try #require(frame.address)
            let count = try #require(frame.count)
            let request = PollRequest(area: area, first: address, count: count, points: [])
            var bytes: [UInt8] = []
            if let transaction = frame.tid {
                ReadFrame.appendRequest(
                    request.question, unit: frame.unit, transaction: transaction, to: &bytes)
                #expect(bytes == frame.bytes)
            } else {
                ReadFrame.appendRequest(request.question, unit: frame.unit, to: &bytes)
                #expect(bytes == frame.bytes.dropLast(2))
            }
        }
    }

    @Test func `answers of another implementation are understood`() throws {
        let answers = try frames().filter { $0.kind == "response" }
        let readings = answers.filter { $0.area != nil }
        #expect(answers.isEmpty || (readings.count, answers.count) == (46, 47))
        for frame in readings {
            let area = try #require(frame.area)
            let header = frame.transport == "tcp" ? 6 : 0
            let payload = frame.fc > 0x80 ? 2 : Int(frame.bytes[header + 2])
            let request = PollRequest(
                area: area, first: 0, count: area.isBits ? 8 * payload : payload / 2, points: [])
            let verdict = judge(frame.bytes, frame, request, transaction: frame.tid ?? 0)
            if frame.fc > 0x80 {
                #expect(verdict == .exception(frame.exception_code))
            } else {
                #expect(verdict == .payload(at: header + 3))
            }
        }
    }

    private func judge(
        _ bytes: [UInt8], _ frame: Frame, _ request: PollRequest, transaction: UInt16
    ) -> ReadFrame.Verdict {
        frame.transport == "tcp"
            ? ReadFrame.judge(
                bytes, length: bytes.count, question: request.question, unit: frame.unit,
                transaction: transaction,
                isOutstanding: { _ in false })
            : ReadFrame.judge(bytes, length: bytes.count, question: request.question, unit: frame.unit)
    }

    private let request = PollRequest(area: .holding, first: 0, count: 2, points: [])
    private let answer: [UInt8] = [0, 9, 0, 0, 0, 7, 1, 3, 4, 1, 2, 3, 4]

    private func judge(_ bytes: [UInt8], outstanding: Set<UInt16> = []) -> ReadFrame.Verdict {
        ReadFrame.judge(
            bytes, length: bytes.count, question: request.question, unit: 1, transaction: 9,
            isOutstanding: outstanding.contains)
    }

    @Test func `an answer is believed only when everything agrees`() {
        #expect(judge(answer) == .payload(at: 9))
        for (index, byte) in [(0, 7), (2, 1), (3, 1), (5, 8), (6, 99), (7, 16), (7, 0x85)] as [(Int, UInt8)] {
            var bent = answer
            bent[index] = byte
            #expect(judge(bent) == .foreign, "byte \(index)")
        }
    }

    @Test func `an answer to an earlier read is recognised as late`() {
        var late = answer
        late[1] = 8
        #expect(judge(late, outstanding: [8]) == .late)
    }

    @Test func `a refusal that forgets the function is understood`() {
        #expect(judge([0, 9, 0, 0, 0, 3, 1, 0x80, 4]) == .exception(4))
        #expect(judge([0, 8, 0, 0, 0, 3, 1, 0x80, 4]) == .foreign)
    }

    @Test func `an answer of another length or table is nobody's`() {
        #expect(judge([0, 9, 0, 0, 0, 5, 1, 3, 2, 1, 2]) == .unasked)
        #expect(judge([0, 9, 0, 0, 0, 7, 1, 4, 4, 1, 2, 3, 4]) == .unasked)
    }

    @Test(arguments: 0..<13)
    func `a truncated answer is never believed`(length: Int) {
        #expect(judge(Array(answer[..<length])) == .foreign)
    }
}

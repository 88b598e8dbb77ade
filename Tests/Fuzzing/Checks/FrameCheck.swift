import Acquisition

/// An answer is believed only if every field of it agrees with the question.
enum FrameCheck {
    static func finding(_ bytes: [UInt8]) -> String? {
        var input = FuzzInput(bytes)
        let question = question(&input)
        let unit = input.byte()
        let transaction = input.word()
        let outstanding = input.word()
        let repairs = input.byte()
        var frame = input.rest()
        if frame.count > 300 { frame.removeLast(frame.count - 300) }
        repair(&frame, repairs, question, unit, transaction)
        return tcp(frame, question, unit, transaction, outstanding)
            ?? serial(Array(frame.dropFirst(ReadFrame.headerBytes)), question, unit)
    }

    static func question(_ input: inout FuzzInput) -> BusQuestion {
        switch input.number(0...5) {
        case let area where area < 4:
            let area = RegisterArea.allCases[area]
            let count = input.number(1...(area.isBits ? 2000 : 125))
            return .registers(area, first: input.word(), count: count)
        case 4: return .serverID
        default: return .deviceIdentification(category: input.byte(), from: input.byte())
        }
    }

    /// Fields put right, so that the search gets past the first comparisons.
    private static func repair(
        _ frame: inout [UInt8], _ repairs: UInt8, _ question: BusQuestion, _ unit: UInt8,
        _ transaction: UInt16
    ) {
        guard frame.count >= 9 else { return }
        if repairs & 1 != 0 {
            frame[0] = UInt8(transaction >> 8)
            frame[1] = UInt8(truncatingIfNeeded: transaction)
        }
        if repairs & 2 != 0 { (frame[2], frame[3]) = (0, 0) }
        if repairs & 4 != 0 { frame[6] = unit }
        if repairs & 8 != 0 { frame[7] = question.function | frame[7] & 0x80 }
        if repairs & 16 != 0, let expected = question.replyBytes, expected <= 250 {
            frame += [UInt8](repeating: 0x5A, count: max(0, 9 + expected - frame.count))
            frame.removeLast(frame.count - 9 - expected)
            frame[8] = UInt8(expected)
        }
        if repairs & 32 != 0 {
            frame[4] = UInt8((frame.count - ReadFrame.headerBytes) >> 8)
            frame[5] = UInt8(truncatingIfNeeded: frame.count - ReadFrame.headerBytes)
        }
    }

    private static func tcp(
        _ frame: [UInt8], _ question: BusQuestion, _ unit: UInt8, _ transaction: UInt16, _ outstanding: UInt16
    ) -> String? {
        let judge = { (bytes: [UInt8]) in
            ReadFrame.judge(
                bytes, length: frame.count, question: question, unit: unit, transaction: transaction,
                isOutstanding: { $0 == outstanding })
        }
        let verdict = judge(frame)
        // The buffer is longer than the frame and holds what came before.
        if judge(frame + [UInt8](repeating: unit, count: 300)) != verdict {
            return "bytes behind the frame change the verdict"
        }
        let isOurs =
            frame.count >= 9 && frame[2] == 0 && frame[3] == 0
            && Int(frame[4]) << 8 | Int(frame[5]) == frame.count - 6
        switch verdict {
        case .payload, .exception, .unasked:
            guard isOurs, UInt16(frame[0]) << 8 | UInt16(frame[1]) == transaction else {
                return "an answer of another transaction or length is believed"
            }
        case .late:
            let answered = frame.count > 1 ? UInt16(frame[0]) << 8 | UInt16(frame[1]) : transaction
            guard isOurs, answered != transaction, answered == outstanding else {
                return "late, but nobody waits for it"
            }
        case .foreign: break
        }
        if verdict != .foreign, frame.count <= ReadFrame.mostBytes,
            ReadFrame.extent(of: frame, count: frame.count) != .complete(frame.count)
        {
            return "an answer is believed whose end is not found"
        }
        return contents(verdict, Array(frame.dropFirst(6)), at: 6, question, unit)
            ?? extent(frame, ReadFrame.mostBytes, ReadFrame.extent)
    }

    private static func serial(_ frame: [UInt8], _ question: BusQuestion, _ unit: UInt8) -> String? {
        let verdict = ReadFrame.judge(frame, length: frame.count, question: question, unit: unit)
        if verdict == .late { return "no transaction on a serial line says that an answer is late" }
        guard frame.count >= 5 else { return verdict == .foreign ? nil : "a stump is believed" }
        if verdict != .foreign, frame.count <= ReadFrame.mostSerialBytes,
            ReadFrame.serialExtent(of: frame, count: frame.count) != .complete(frame.count)
        {
            return "an answer is believed whose end is not found on a serial line"
        }
        return contents(verdict, frame.dropLast(2), at: 0, question, unit)
            ?? extent(frame, ReadFrame.mostSerialBytes, ReadFrame.serialExtent)
    }

    /// However the bytes come in, the end of the frame is found at the same place.
    private static func extent(
        _ frame: [UInt8], _ most: Int, _ extent: ([UInt8], Int) -> ReadFrame.Extent
    ) -> String? {
        guard case .complete(let end) = extent(frame, frame.count) else { return nil }
        guard end <= frame.count, end <= most else { return "an end behind the last byte" }
        for count in 0..<end where extent(frame, count) != .partial { return "an end before the end" }
        for count in end...frame.count where extent(frame, count) != .complete(end) {
            return "an end that moves"
        }
        return nil
    }

    /// What a verdict says about the frame without header and checksum.
    private static func contents(
        _ verdict: ReadFrame.Verdict, _ body: [UInt8], at offset: Int, _ question: BusQuestion, _ unit: UInt8
    ) -> String? {
        switch verdict {
        case .payload(let place):
            guard body.count >= 3, body[0] == unit, body[1] == question.function else {
                return "a payload of another unit or function"
            }
            guard question != .serverID || Int(body[2]) == body.count - 3 else {
                return "a description of another length"
            }
            guard let expected = question.replyBytes else { return nil }
            return place == offset + 3 && body.count == 3 + expected && Int(body[2]) == expected
                ? nil : "a payload of another length"
        case .exception(let code):
            return body.count == 3 && body[0] == unit && body[1] & 0x80 != 0 && (1...11).contains(code)
                && body[2] == code ? nil : "a refusal out of nothing"
        case .unasked:
            return body.count >= 3 && body[0] == unit ? nil : "unasked, but not of this unit"
        case .late, .foreign:
            return nil
        }
    }
}

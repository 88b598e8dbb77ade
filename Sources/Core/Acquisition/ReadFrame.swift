/// The frames of the reads: functions 1 to 4, and 17 and 43/14 by which a unit says who it is. No other exists.
public enum ReadFrame {
    /// What an answer turned out to be.
    public enum Verdict: Hashable, Sendable {
        /// The measurements, from this byte of the frame on.
        case payload(at: Int)
        /// The unit's refusal.
        case exception(UInt8)
        /// An answer to an earlier read, by its transaction.
        case late
        /// A sound answer of the unit, but not to this read: an earlier one's, or a confused device's.
        case unasked
        /// Damaged, or not an answer to any read of ours.
        case foreign
    }

    /// How many bytes stand before the unit id over TCP.
    public static let headerBytes = 6

    /// Appends the request as it goes over TCP.
    public static func appendRequest(
        _ question: BusQuestion, unit: UInt8, transaction: UInt16, to frame: inout [UInt8]
    ) {
        frame.append(UInt8(transaction >> 8))
        frame.append(UInt8(truncatingIfNeeded: transaction))
        frame += [0, 0, 0, 0]
        let start = frame.count
        appendRequest(question, unit: unit, to: &frame)
        frame[start - 1] = UInt8(frame.count - start)
    }

    /// Appends the request as it goes over a serial line, without the checksum.
    public static func appendRequest(_ question: BusQuestion, unit: UInt8, to frame: inout [UInt8]) {
        frame.append(unit)
        frame.append(question.function)
        switch question {
        case .registers(_, let first, let count):
            frame.append(UInt8(first >> 8))
            frame.append(UInt8(truncatingIfNeeded: first))
            frame.append(UInt8(truncatingIfNeeded: count >> 8))
            frame.append(UInt8(truncatingIfNeeded: count))
        case .serverID:
            break
        case .deviceIdentification(let category, let object):
            frame += [14, category, object]
        }
    }

    /// Judges an answer that came over TCP.
    ///
    /// - Parameters:
    ///   - length: how many bytes of `frame` were received.
    ///   - isOutstanding: whether an earlier read of this connection went without an answer under a
    ///     transaction number.
    public static func judge(
        _ frame: [UInt8], length: Int, question: BusQuestion, unit: UInt8, transaction: UInt16,
        isOutstanding: (UInt16) -> Bool
    ) -> Verdict {
        guard length >= headerBytes + 3, frame[2] == 0, frame[3] == 0,
            Int(frame[4]) << 8 | Int(frame[5]) == length - headerBytes
        else { return .foreign }
        let answered = UInt16(frame[0]) << 8 | UInt16(frame[1])
        guard answered == transaction else { return isOutstanding(answered) ? .late : .foreign }
        return judge(frame, from: headerBytes, to: length, question: question, unit: unit)
    }

    /// Judges an answer that came over a serial line, its checksum verified.
    public static func judge(
        _ frame: [UInt8], length: Int, question: BusQuestion, unit: UInt8
    ) -> Verdict {
        guard length >= 5 else { return .foreign }
        return judge(frame, from: 0, to: length - 2, question: question, unit: unit)
    }

    private static func judge(
        _ frame: [UInt8], from start: Int, to end: Int, question: BusQuestion, unit: UInt8
    ) -> Verdict {
        guard frame[start] == unit else { return .foreign }
        let function = frame[start + 1]
        // Some servers refuse without saying what.
        if function == question.function | 0x80 || function == 0x80 {
            guard end - start == 3, (1...11).contains(frame[start + 2]) else { return .foreign }
            return .exception(frame[start + 2])
        }
        guard let payload = payload(frame, from: start, to: end) else { return .foreign }
        // A well-formed answer of the same unit to another read of ours.
        guard function == question.function else { return .unasked }
        if let expected = question.replyBytes, Int(frame[start + 2]) != expected { return .unasked }
        return .payload(at: payload)
    }

    /// Where the contents of a sound answer start; nil if its lengths do not add up.
    private static func payload(_ frame: [UInt8], from start: Int, to end: Int) -> Int? {
        switch frame[start + 1] {
        case 1...4, 17:
            end - start == 3 + Int(frame[start + 2]) ? start + 3 : nil
        case 43:
            DeviceIdentification(frame, from: start + 2, to: end) == nil ? nil : start + 2
        default:
            nil
        }
    }
}

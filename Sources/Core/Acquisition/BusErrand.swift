/// A read that a person asked for: made once, between the polls, of any unit of the bus.
///
/// Nothing is scanned by itself: each errand is one request, and whoever looks for units submits one after
/// another, so the answers are the progress.
public struct BusErrand: Hashable, Sendable {
    /// What became of an errand.
    public enum Result: Hashable, Sendable {
        /// The registers that were asked for.
        case registers([UInt16])
        /// The bits that were asked for.
        case bits([Bool])
        /// The unit's own description, as its bytes.
        case serverID([UInt8])
        /// What the unit says about its maker and model.
        case identification(DeviceIdentification)
        /// The unit, or the gateway before it, refused with an exception code.
        case exception(UInt8)
        /// Nothing came in time.
        case timeout
        /// The answer was damaged on its way.
        case corrupted
        /// Something came that is not the answer.
        case invalid
        /// The bus is not connected, or broke.
        case noConnection
        /// The polls left no time for it.
        case busy
    }

    /// An errand with what became of it.
    public struct Answer: Hashable, Sendable {
        /// What was asked.
        public let errand: BusErrand
        /// What came of it.
        public let result: Result
        /// The time from request to answer, microseconds; 0 if nothing was sent.
        public let microseconds: Int64

        /// Binds a result to its errand.
        public init(errand: BusErrand, result: Result, microseconds: Int64) {
            self.errand = errand
            self.result = result
            self.microseconds = microseconds
        }
    }

    /// What the one who asked knows it by.
    public let id: UInt64
    /// The unit, 0 to 255: what the transport cannot say is refused as `invalid`.
    public let unit: UInt8
    /// What is asked.
    public let question: BusQuestion
    /// How long its answer may take, milliseconds; nil for as long as the bus grants any answer.
    public let timeoutMilliseconds: Int64?

    /// Describes an errand.
    public init(id: UInt64, unit: UInt8, question: BusQuestion, timeoutMilliseconds: Int64? = nil) {
        self.id = id
        self.unit = unit
        self.question = question
        self.timeoutMilliseconds = timeoutMilliseconds
    }
}

/// What a unit says about its maker and model: function 43/14.
public struct DeviceIdentification: Hashable, Sendable {
    /// One thing it says: 0 maker, 1 product code, 2 version, 3 address of the maker, 4 product, 5 model, 6
    /// application; others are the maker's own.
    public struct Object: Hashable, Sendable {
        /// What it is about.
        public let id: UInt8
        /// Its characters, as the device sends them.
        public let bytes: [UInt8]
    }

    /// How much of the standard the unit follows.
    public let conformity: UInt8
    /// What it says.
    public let objects: [Object]
    /// The object to ask for next, if one answer did not hold all.
    public let next: UInt8?

    /// Reads the objects from an answer, from the byte after the function on; nil if it does not add up.
    ///
    /// - Parameter end: where the answer must end; nil if only its own lengths count.
    init?(_ frame: [UInt8], from start: Int, to end: Int? = nil) {
        let limit = end ?? frame.count
        guard limit - start >= 6, frame[start] == 14 else { return nil }
        conformity = frame[start + 2]
        next = frame[start + 3] == 0 ? nil : frame[start + 4]
        var objects: [Object] = []
        var position = start + 6
        for _ in 0..<frame[start + 5] {
            guard position + 2 <= limit else { return nil }
            let from = position + 2
            let to = from + Int(frame[position + 1])
            guard to <= limit else { return nil }
            objects.append(Object(id: frame[position], bytes: Array(frame[from..<to])))
            position = to
        }
        guard end == nil || position == end else { return nil }
        self.objects = objects
    }
}

extension BusErrand.Result {
    /// What an outcome means for an errand.
    init(_ outcome: PollMachine.Outcome, of question: BusQuestion, _ reply: [UInt8]) {
        switch outcome {
        case .answered(let start): self = Self.contents(reply, from: start, of: question)
        case .exception(let code): self = .exception(code)
        case .timeout: self = .timeout
        case .corrupted: self = .corrupted
        case .invalid: self = .invalid
        case .lost: self = .noConnection
        }
    }

    private static func contents(_ reply: [UInt8], from start: Int, of question: BusQuestion) -> Self {
        switch question {
        case .registers(let area, _, let count):
            guard let bytes = question.replyBytes, start + bytes <= reply.count else { return .invalid }
            guard !area.isBits else {
                return .bits((0..<count).map { reply[start + $0 / 8] >> UInt8($0 % 8) & 1 == 1 })
            }
            return .registers(
                (0..<count).map { UInt16(reply[start + 2 * $0]) << 8 | UInt16(reply[start + 2 * $0 + 1]) })
        case .serverID:
            // The byte before the contents says how many there are.
            guard start > 0, start + Int(reply[start - 1]) <= reply.count else { return .invalid }
            return .serverID(Array(reply[start..<start + Int(reply[start - 1])]))
        case .deviceIdentification:
            return DeviceIdentification(reply, from: start).map { .identification($0) } ?? .invalid
        }
    }
}

/// Makes sure that an answer belongs to the question, on lines where a late answer looks like the next one.
///
/// A serial answer carries the unit and the function but nothing that tells two reads of equal length apart,
/// and a cheap gateway stamps whatever arrives with the newest transaction. So after a read without an answer
/// the unit is first asked something whose answer has another length than everything still outstanding; only
/// that answer proves that nothing old is on its way.
public struct ReplyTrust: Hashable, Sendable {
    private struct Outstanding: Hashable {
        let function: UInt8
        /// Nil where the unit decides how long the answer is.
        let bytes: Int?
        let until: Int64
    }

    /// How long an answer may still come, milliseconds.
    private let latenessMilliseconds: Int64
    private var outstanding: [Outstanding] = []

    /// A unit nobody has asked yet, on a bus whose answers may take `timeoutMilliseconds`.
    public init(timeoutMilliseconds: Int64) {
        latenessMilliseconds = max(2000, 4 * timeoutMilliseconds)
    }

    /// Notes that a read went without an answer.
    public mutating func abandon(_ question: BusQuestion, at now: Int64) {
        outstanding.removeAll { $0.until <= now }
        if outstanding.count == 16 { outstanding.removeFirst() }
        outstanding.append(
            Outstanding(
                function: question.function, bytes: question.replyBytes,
                until: now + latenessMilliseconds))
    }

    /// Notes an answer of the right length to a read.
    public mutating func prove(by question: BusQuestion, at now: Int64) {
        if proves(question, at: now) { outstanding.removeAll() }
    }

    /// Whether an answer to this read cannot be taken for an old one.
    public func proves(_ question: BusQuestion, at now: Int64) -> Bool {
        !outstanding.contains {
            $0.until > now && $0.function == question.function && $0.bytes == question.replyBytes
        }
    }

    /// Whether any read may be asked and its answer believed.
    public func isClear(at now: Int64) -> Bool {
        outstanding.allSatisfy { $0.until <= now }
    }

    /// When nothing old can come any more, by uptime; nil if that is so already.
    public func clearAt(_ now: Int64) -> Int64? {
        outstanding.map(\.until).max().flatMap { $0 > now ? $0 : nil }
    }

    /// The shortest read among those planned, or among their beginnings, whose answer would be a proof.
    public func proof(among requests: [PollRequest], of map: ModbusMap, at now: Int64) -> PollRequest? {
        var best: PollRequest?
        for request in requests {
            for length in request.points.indices {
                let beginning = PollRequest(covering: Array(request.points[...length]), of: map)
                if let best, beginning.replyBytes >= best.replyBytes { break }
                if proves(beginning.question, at: now) {
                    best = beginning
                    break
                }
            }
        }
        return best
    }
}

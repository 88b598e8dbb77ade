public import Facility

/// The checklist of one order: the lines of its job as they were when it was opened, and the answers.
public struct Checklist: Hashable, Sendable, Codable {
    /// The job it was made from.
    public let job: String
    /// The lines, in the order of the work.
    public var lines: [Line]

    /// One line and its answer.
    public struct Line: Hashable, Sendable, Codable {
        /// The name within the job.
        public let id: String
        /// What has to be done or looked at.
        public let text: Bilingual
        /// What an answer looks like.
        public let form: Form
        /// Whether the work cannot be finished without an answer.
        public let isMandatory: Bool
        /// What was answered.
        public var answer: Answer?
    }

    /// What an answer looks like, and which answers are good.
    public enum Form: Hashable, Sendable, Codable {
        /// Good, or not good.
        case check
        /// A number in a unit; one outside the limits is not good.
        case number(unit: String?, low: Double?, high: Double?)
        /// One of a few words; those listed as bad are not good.
        case choice([String], bad: [String])
        /// Free text.
        case text
    }

    /// An answer.
    public struct Answer: Hashable, Sendable, Codable {
        /// What was answered.
        public let value: AnswerValue
        /// Whether it is good.
        public let isGood: Bool
        /// Who answered.
        public let person: String
        /// When, wall-clock milliseconds.
        public let wallMilliseconds: Int64
        /// A remark.
        public let note: String?
    }

    /// The checklist of a job, with nothing answered.
    public init(_ job: Job) {
        self.job = job.id
        self.lines = job.items.map { item in
            let form: Form =
                switch item.answer {
                case .check: .check
                case .number(let unit, let limits):
                    .number(unit: unit?.symbol, low: limits?.lowerBound, high: limits?.upperBound)
                case .choice(let words, let bad): .choice(words, bad: bad.sorted())
                case .text: .text
                }
            return Line(id: item.id, text: item.text, form: form, isMandatory: item.isMandatory, answer: nil)
        }
    }

    /// The same with the lines of another that it does not have yet; what was answered stays answered.
    func joined(with other: Checklist) -> Checklist {
        var joined = self
        let names = Set(lines.map(\.id))
        joined.lines += other.lines.filter { !names.contains($0.id) }
        return joined
    }

    /// The mandatory lines that nobody has answered.
    public var missing: [String] { lines.filter { $0.isMandatory && $0.answer == nil }.map(\.id) }

    /// The lines whose answer is not good.
    public var bad: [Line] { lines.filter { $0.answer?.isGood == false } }

    /// Checks an answer against its line.
    func judged(
        _ given: GivenAnswer, by person: String, at wallMilliseconds: Int64
    ) throws(OrderRefusal) -> Answer {
        guard let line = lines.first(where: { $0.id == given.item }) else {
            throw .unknownItem(given.item)
        }
        let isGood: Bool
        switch (line.form, given.value) {
        case (.check, .check(let good)): isGood = good
        case (.number(_, let low, let high), .number(let number)) where number.isFinite:
            isGood = number >= low ?? number && number <= high ?? number
        case (.choice(let words, let bad), .text(let word)) where words.contains(word):
            isGood = !bad.contains(word)
        case (.text, .text(let text)) where text.contains(where: { !$0.isWhitespace }): isGood = true
        default: throw .answerOfAnotherForm(given.item, line.form)
        }
        return Answer(
            value: given.value, isGood: isGood, person: person, wallMilliseconds: wallMilliseconds,
            note: given.note)
    }
}

/// What somebody answers.
public enum AnswerValue: Hashable, Sendable, Codable {
    /// Good, or not good.
    case check(Bool)
    /// A number.
    case number(Double)
    /// One of the words of the line, or free text.
    case text(String)

    /// The answer in words and digits; nil for a plain good or not good.
    public func text(_ form: Checklist.Form) -> String? {
        switch self {
        case .check: return nil
        case .text(let text): return text
        case .number(let number):
            let digits = number.description
            let short = digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits
            guard case .number(let unit?, _, _) = form else { return short }
            return "\(short) \(unit)"
        }
    }
}

/// An answer as it is given.
public struct GivenAnswer: Hashable, Sendable, Codable {
    /// The line.
    public let item: String
    /// What is answered.
    public let value: AnswerValue
    /// A remark.
    public let note: String?

    /// Describes an answer.
    public init(_ item: String, _ value: AnswerValue, note: String? = nil) {
        self.item = item
        self.value = value
        self.note = note
    }
}

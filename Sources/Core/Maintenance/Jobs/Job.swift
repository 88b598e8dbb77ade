public import Facility

/// The checklist of a piece of work: what has to be done and answered, item by item.
public struct Job: Hashable, Sendable {
    /// One line of the checklist.
    public struct Item: Hashable, Sendable {
        /// The name within the job: `brake-gap`.
        public let id: String
        /// What has to be done or looked at.
        public let text: Bilingual
        /// What an answer looks like.
        public let answer: Answer
        /// Whether the work cannot be finished without an answer.
        public let isMandatory: Bool
        /// Where the item comes from: a standard and its clause, a maker's manual.
        public let source: String?
        /// Whether somebody has compared the item with its source.
        public let isVerified: Bool

        /// Describes a line.
        public init(
            id: String, text: Bilingual, answer: Answer = .check, isMandatory: Bool = true,
            source: String? = nil, isVerified: Bool = false
        ) {
            self.id = id
            self.text = text
            self.answer = answer
            self.isMandatory = isMandatory
            self.source = source
            self.isVerified = isVerified
        }
    }

    /// What an answer looks like, and which answers are good.
    public enum Answer: Hashable, Sendable {
        /// Good, or not good.
        case check
        /// A number in a unit; one outside the limits is not good.
        case number(unit: MeasurementUnit?, limits: ClosedRange<Double>?)
        /// One of a few words; those listed as bad are not good.
        case choice([String], bad: Set<String>)
        /// Free text.
        case text
    }

    /// The name in files: `tsg-a1`.
    public let id: String
    /// What people call it.
    public let label: Bilingual
    /// The lines, in the order of the work; safety steps come first.
    public let items: [Item]

    /// Describes a checklist.
    public init(id: String, label: Bilingual, items: [Item]) {
        self.id = id
        self.label = label
        self.items = items
    }
}

extension Job.Item {
    /// The same line under another name.
    func named(_ id: String) -> Job.Item {
        Job.Item(
            id: id, text: text, answer: answer, isMandatory: isMandatory, source: source,
            isVerified: isVerified)
    }
}

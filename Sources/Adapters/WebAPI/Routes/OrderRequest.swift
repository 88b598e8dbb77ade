import Engine
import Facility
import Foundation
import Maintenance

/// What a person asks of an order: who, and whatever the step needs.
public struct OrderRequest: Codable, Hashable, Sendable {
    /// One answer to the checklist: exactly one of the values.
    public struct Answer: Codable, Hashable, Sendable {
        /// The line.
        public var item: String
        /// Good, or not good.
        public var check: Bool?
        /// A number.
        public var number: Double?
        /// One of the words of the line, or free text.
        public var text: String?
        /// A remark.
        public var note: String?

        /// Describes an answer.
        public init(
            item: String, check: Bool? = nil, number: Double? = nil, text: String? = nil, note: String? = nil
        ) {
            self.item = item
            self.check = check
            self.number = number
            self.text = text
            self.note = note
        }
    }

    /// Somebody's time.
    public struct Labour: Codable, Hashable, Sendable {
        /// Who.
        public var person: String
        /// For how long.
        public var minutes: Int

        /// Describes somebody's time.
        public init(person: String, minutes: Int) {
            self.person = person
            self.minutes = minutes
        }
    }

    /// A part that was used.
    public struct Part: Codable, Hashable, Sendable {
        /// What it is.
        public var name: String
        /// How many.
        public var count: Int
        /// What all of them cost.
        public var cost: Double?

        /// Describes a part.
        public init(name: String, count: Int, cost: Double? = nil) {
            self.name = name
            self.count = count
            self.cost = cost
        }
    }

    /// Who asks.
    public var person: String
    /// What they write: the reason, where one is needed.
    public var note: String?
    /// Chosen by the caller; the same request sent twice is one request.
    public var requestId: String?
    /// The version of the order the caller saw; absent when it does not care.
    public var expectedVersion: Int?
    /// Who is to do it.
    public var to: String?
    /// Why it is given up: `false_alarm`, or why it waits: `waiting_part`.
    public var reason: String?
    /// When it goes on: an instant.
    public var resumeBy: String?
    /// Who allowed the wait.
    public var approvedBy: String?
    /// Answers to the checklist.
    public var answers: [Answer]?
    /// How it failed.
    public var mode: String?
    /// Why it failed.
    public var cause: String?
    /// What was done.
    public var remedy: String?
    /// Whose time it took.
    public var labour: [Labour]?
    /// What was used.
    public var parts: [Part]?
    /// What it cost besides.
    public var cost: Double?
    /// When the work was really done: an instant.
    public var performedAt: String?
    /// Why it is done although the alarm's condition holds.
    public var override: String?
    /// The plan, and the level of it, that the work counts as: `lift-visit/quarter`.
    public var countsAs: String?
    /// The asset.
    public var asset: String?
    /// What kind of trouble it is.
    public var category: String?
    /// How urgent it is.
    public var priority: String?
    /// What kind of work it is.
    public var type: String?
    /// Where, in the reporter's words.
    public var place: String?
    /// Where a photo lies.
    public var photo: String?
    /// What has to be done.
    public var title: String?
    /// By when: an instant.
    public var due: String?
    /// Whether somebody has to look at it before it is work.
    public var isReport: Bool?

    /// A request of somebody.
    public init(person: String, note: String? = nil, requestId: String? = nil, expectedVersion: Int? = nil) {
        self.person = person
        self.note = note
        self.requestId = requestId
        self.expectedVersion = expectedVersion
    }

    func command(_ kind: Command.Kind) throws -> Command {
        try CommandRequest(
            person: person, note: note, requestId: requestId, expectedVersion: expectedVersion
        ).command(kind)
    }
}

extension OrderRequest {
    func needed(_ text: String?, _ name: String) throws -> String {
        guard let text, !text.isEmpty else {
            throw APIError.invalid(parameter: name, expected: Message("api.expected-text"))
        }
        return text
    }

    func word<Word: RawRepresentable<String> & CaseIterable>(
        _ text: String?, _ name: String, _ type: Word.Type
    ) throws -> Word? {
        guard let text else { return nil }
        guard let word = Word(rawValue: text) else {
            let names = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIError.invalid(
                parameter: name, expected: Message("api.expected-one-of", ["names": .text(names)]))
        }
        return word
    }

    func instant(_ text: String?, _ name: String, _ presenter: Presenter) throws -> Int64? {
        guard let text else { return nil }
        // What lies ahead is more often said as a span than as an instant.
        let ahead = text.hasPrefix("+") ? TimeExpression.span(String(text.dropFirst())) : nil
        guard
            let found = ahead.map({ presenter.now + $0 })
                ?? TimeExpression.instant(text, now: presenter.now, zone: presenter.site.zone)
        else {
            throw APIError.invalid(parameter: name, expected: Message("api.expected-time"))
        }
        return found
    }

    func urgency() throws -> Priority? {
        guard let priority else { return nil }
        guard let found = Priority(name: priority) else {
            let names = Priority.allCases.map(\.name).joined(separator: ", ")
            throw APIError.invalid(
                parameter: "priority", expected: Message("api.expected-one-of", ["names": .text(names)]))
        }
        return found
    }

    /// The plan that the work counts as.
    private func credit() throws -> PlanCredit? {
        guard let countsAs else { return nil }
        guard let credit = PlanCredit(countsAs) else {
            throw APIError.invalid(parameter: "counts_as", expected: Message("api.expected-plan-level"))
        }
        return credit
    }

    private func cents(_ amount: Double?, _ name: String) throws -> Int64 {
        guard let amount else { return 0 }
        guard amount.isFinite, abs(amount) < 1e12 else {
            throw APIError.invalid(parameter: name, expected: Message("api.expected-amount"))
        }
        return Int64((amount * 100).rounded())
    }

    /// What was done.
    func completion(_ presenter: Presenter) throws -> OrderCompletion {
        let mode = try word(mode, "mode", FailureMode.self)
        let cause = try word(cause, "cause", FailureCause.self)
        let remedy = try word(remedy, "remedy", FailureRemedy.self)
        var codes: FailureCodes?
        if let mode, let cause, let remedy {
            codes = FailureCodes(mode: mode, cause: cause, remedy: remedy)
        }
        return OrderCompletion(
            codes: codes, labour: (labour ?? []).map { .init($0.person, minutes: $0.minutes) },
            parts: try (parts ?? []).map {
                .init($0.name, count: $0.count, cents: try cents($0.cost, "parts"))
            }, cents: try cents(cost, "cost"),
            performedWallMilliseconds: try instant(performedAt, "performed_at", presenter),
            overrideReason: override, credit: try credit())
    }

    /// The order somebody asks for.
    func opening(_ presenter: Presenter) throws -> OrderOpening {
        let text = try needed(title, "title")
        let asset = asset ?? presenter.site.id
        var opening = OrderOpening(
            asset: AssetID(asset), cause: "manual/\(asset)/\(requestId ?? UUID().uuidString)",
            title: Bilingual(zh: text, en: text), priority: try urgency() ?? .p3,
            type: try word(type, "type", OrderType.self) ?? .corrective)
        opening.dueWallMilliseconds = try instant(due, "due", presenter)
        if isReport == true {
            opening.report = OrderReport(reporter: person, category: category, place: place, photo: photo)
        }
        return opening
    }

    /// The answers to the checklist.
    func given() throws -> [GivenAnswer] {
        guard let answers, !answers.isEmpty else {
            throw APIError.invalid(parameter: "answers", expected: Message("api.expected-answers"))
        }
        return try answers.map { answer in
            let values = [
                answer.check.map(AnswerValue.check), answer.number.map(AnswerValue.number),
                answer.text.map(AnswerValue.text),
            ].compactMap(\.self)
            guard let value = values.first, values.count == 1 else {
                throw APIError.invalid(parameter: "answers", expected: Message("api.expected-answers"))
            }
            return GivenAnswer(answer.item, value, note: answer.note)
        }
    }
}

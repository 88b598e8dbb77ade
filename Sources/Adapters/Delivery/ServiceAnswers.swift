import Facility
import Foundation
import Notices

/// What the codes in a service's answers mean: a status of 200 says only that somebody answered.
struct ServiceAnswers: Sendable {
    /// What a code means for the message.
    enum Verdict: Hashable, Sendable {
        /// It may succeed later; after how long, milliseconds, if that is known.
        case temporary(afterMilliseconds: Int64? = nil)
        /// Nothing more gets to its recipient for a while, milliseconds; others get theirs.
        case recipientRests(afterMilliseconds: Int64)
        /// It never will.
        case permanent
    }

    /// A code in words.
    struct Meaning: Hashable, Sendable {
        let verdict: Verdict
        /// The end of the catalogue's key `delivery.meaning.…`.
        let word: String

        init(_ verdict: Verdict, _ word: String) {
            self.verdict = verdict
            self.word = word
        }
    }

    /// The members that may hold the code, the first that is there counts.
    let codeMembers: [String]
    /// The member that says it in words.
    let textMember: String
    /// The codes of success.
    let success: Set<String>
    /// The codes that are known.
    let codes: [String: Meaning]
    /// What a code means whose words say more than its number.
    var refine: @Sendable (_ code: String, _ text: String) -> Meaning? = { _, _ in nil }
    /// Whether success means only that the service will try.
    var isDeliveredLater = false

    /// How an attempt ended that was answered.
    func outcome(of response: HTTPResponse, _ service: HTTPService, now: Int64) -> SendOutcome {
        guard let answer = Answer(response, self) else {
            guard (200..<300).contains(response.status) else {
                return service.outcome(of: response, now: now)
            }
            return .retry(
                reason: Message(
                    "delivery.not-the-service",
                    [
                        "type": .text(service.shown(response.headers["content-type"] ?? "?")),
                        "answer": .text(service.shown(response.text)),
                    ]))
        }
        let text = service.shown(answer.text)
        if success.contains(answer.code), (200..<300).contains(response.status) {
            let words = "\(answer.code) \(text)"
            return isDeliveredLater ? .accepted(answer: words) : .delivered(answer: words)
        }
        let meaning = meaning(of: answer.code, answer.text)
        let reason = Message(
            "delivery.refused",
            [
                "code": .text(answer.code), "answer": .text(text),
                "meaning": .message(Message("delivery.meaning.\(meaning.word)")),
            ])
        switch meaning.verdict {
        case .permanent: return .dead(reason: reason)
        case .recipientRests(let wait): return .recipientRests(reason: reason, afterMilliseconds: wait)
        case .temporary(let wait): return .retry(reason: reason, afterMilliseconds: wait)
        }
    }

    /// What a code means; one nobody knows is tried again: nothing is lost by that.
    func meaning(of code: String, _ text: String) -> Meaning {
        refine(code, text) ?? codes[code] ?? Meaning(.temporary(), "unknown")
    }

    /// The code and the words of an answer.
    struct Answer {
        let code: String
        let text: String
        let members: [String: Any]

        init?(_ response: HTTPResponse, _ answers: ServiceAnswers) {
            guard
                let object = try? JSONSerialization.jsonObject(with: Data(response.body)),
                let members = object as? [String: Any],
                let code = answers.codeMembers.compactMap({ Self.text(members[$0]) }).first
            else { return nil }
            self.members = members
            self.code = code
            self.text = Self.text(members[answers.textMember]) ?? ""
        }

        static func text(_ value: Any?) -> String? {
            switch value {
            case let text as String: text
            case let number as NSNumber: number.stringValue
            default: nil
            }
        }
    }
}

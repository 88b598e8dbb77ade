import ArgumentParser
import Facility
import WebAPI

/// An option that takes words of a closed list: several with commas, in any case.
struct ListedWords {
    let option: String
    let known: [String]

    /// The priorities, most urgent first.
    static let priorities = ListedWords(option: "--priority", known: Priority.allCases.map(\.name))

    /// What was asked for in the spelling of the API; nil if nothing was.
    func understood(_ text: String?) throws -> String? {
        guard let text else { return nil }
        let words = text.lowercased().split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.drop { $0 == " " } }
        for word in words where !known.contains(String(word)) {
            throw Usage.unknown(option, String(word), among: known)
        }
        return words.joined(separator: ",")
    }
}

/// Checks of values that need no daemon.
enum ArgumentCheck {
    /// Refuses a text that names no time in any zone.
    static func time(_ text: String?, option: String) throws {
        let utc = SiteZone.fixed("UTC", hours: 0)
        guard let text, TimeExpression.instant(text, now: 0, zone: utc) == nil else { return }
        throw Usage.error(
            Message("cli.bad-time", ["option": .text(option), "text": .text(text)]))
    }

    /// Refuses a name that names nobody.
    static func person(_ text: String?) throws {
        guard let text else { return }
        guard text.contains(where: { !$0.isWhitespace }), text.count <= 64 else {
            throw Usage.error(Message("cli.usage.person"))
        }
    }

    /// Refuses what is no address of a daemon.
    static func url(_ text: String?) throws {
        guard let text else { return }
        let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        let scheme = parts[0].lowercased()
        guard parts.count == 3, ["http:", "https:"].contains(scheme), parts[1].isEmpty,
            let first = parts[2].first, first != "/", first != ":"
        else {
            throw Usage.unclear("--url", text, "http://127.0.0.1:8080")
        }
    }
}

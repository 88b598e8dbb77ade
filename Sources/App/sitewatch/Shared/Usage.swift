import ArgumentParser
import Facility

/// What is wrong with the arguments of a command, in the language of whoever wrote them.
///
/// Arguments are checked before there is a session, and an option does not see what stands beside it: the language is
/// that of `--lang` wherever it stands in the line, else that of the environment.
enum Usage {
    /// Why arguments are not taken.
    static func error(_ message: Message) -> ValidationError {
        let terminal = Terminal.current
        return ValidationError(Session(language(in: terminal.arguments), terminal: terminal).text(message))
    }

    /// An option does not understand what was written.
    static func unclear(_ option: String, _ text: String, _ example: String) -> ValidationError {
        error(
            Message(
                "cli.usage.unclear",
                ["option": .text(option), "text": .text(text), "example": .text(example)]))
    }

    /// A word is not in the list of an option.
    static func unknown(_ option: String, _ word: String, among known: [String]) -> ValidationError {
        error(
            Message(
                "cli.usage.unknown",
                [
                    "option": .text(option), "text": .text(word),
                    "names": .text(known.joined(separator: ", ")),
                ]))
    }

    /// A number is too small or too large.
    static func outside(_ option: String, _ range: ClosedRange<Int>) -> ValidationError {
        error(
            Message(
                "cli.usage.outside",
                [
                    "option": .text(option), "least": .text(String(range.lowerBound)),
                    "most": .text(String(range.upperBound)),
                ]))
    }

    /// Of two options there has to be one.
    static func either(_ first: String, _ second: String) -> ValidationError {
        error(Message("cli.usage.either", ["first": .text(first), "second": .text(second)]))
    }

    /// The language that a command line asks for.
    private static func language(in arguments: [String]) -> Language? {
        let words = arguments.prefix { $0 != "--" }
        if let joined = words.last(where: { $0.hasPrefix("--lang=") }) {
            return Language(rawValue: String(joined.dropFirst("--lang=".count)))
        }
        guard let place = words.lastIndex(of: "--lang"), words.indices.contains(place + 1) else { return nil }
        return Language(rawValue: words[place + 1])
    }
}

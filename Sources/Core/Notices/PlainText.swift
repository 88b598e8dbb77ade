/// Makes texts harmless for the formats they travel in. What a name says stays readable; what it could do is
/// taken from it: signs with a meaning are replaced by their full-width twins, because the robots' dialects of
/// Markdown do not agree on how to escape.
public enum PlainText {
    /// Without control characters and without marks that turn the direction of writing; line ends stay.
    public static func clean(_ text: String) -> String {
        var kept = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A: kept.append(scalar)
            case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029: kept.append(" ")
            case 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFEFF: continue
            default: kept.append(scalar)
            }
        }
        return String(kept)
    }

    /// In one line.
    public static func line(_ text: String) -> String {
        String(clean(text).map { $0.isNewline ? " " : $0 })
    }

    /// Without what chat robots take for tags and mentions.
    public static func chat(_ text: String) -> String {
        replaced(clean(text), ["<": "＜", ">": "＞"])
    }

    /// Without what chat robots take for formatting, links, images, tags and mentions.
    public static func markdown(_ text: String) -> String {
        let tame = replaced(
            clean(text),
            ["<": "＜", ">": "＞", "`": "｀", "*": "＊", "~": "～", "|": "｜", "\\": "＼", "#": "＃"])
        var result = ""
        var before: Character = "\n"
        for character in scalars(tame) {
            // Underscores inside of names mean nothing; at their edges they do.
            if character == "_", !(before.isLetter || before.isNumber) {
                result.append("＿")
            } else if character == "(", before == "]" {
                result += " ("
            } else if (character == "-" || character == "+" || character == "="), before == "\n" {
                result.append(character == "-" ? "－" : character == "+" ? "＋" : "＝")
            } else {
                result.append(character)
            }
            before = character
        }
        return result
    }

    /// As text inside of HTML, also between quotes.
    public static func html(_ text: String) -> String {
        var result = ""
        for character in scalars(clean(text)) {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.append(character)
            }
        }
        return result
    }

    /// As a variable of a short message: one line, no brackets that mark a signature, no address to tap.
    public static func variable(_ text: String) -> String {
        let tame = replaced(
            line(text),
            ["【": "(", "】": ")", "[": "(", "]": ")", "<": "(", ">": ")", "{": "(", "}": ")", "$": " "])
        var result = ""
        var before: Character = " "
        for character in scalars(tame) {
            // A dot inside of a word makes it an address.
            let isLink = (character == "/" && (before == "/" || before == ":")) || character == "@"
            result.append(isLink ? " " : character)
            before = character
        }
        return result
    }

    /// How many bytes a text has inside of a JSON string.
    public static func jsonBytes(_ text: String) -> Int {
        text.utf8.reduce(0) { sum, byte in
            switch byte {
            case 0x22, 0x5C, 0x0A, 0x0D, 0x09, 0x08, 0x0C: sum + 2
            case 0x00...0x1F: sum + 6
            default: sum + 1
            }
        }
    }

    private static func replaced(_ text: String, _ twins: [Character: Character]) -> String {
        String(scalars(text).map { twins[$0] ?? $0 })
    }

    /// The scalars of a text, each for itself: a sign that joins what follows it must not hide a bracket.
    private static func scalars(_ text: String) -> [Character] { text.unicodeScalars.map(Character.init) }
}

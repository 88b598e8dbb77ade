import Alarms
import Facility
import HTTPTypes
import Hummingbird
import Maintenance
import NIOCore
import Notices

/// The words of a page in one language.
struct PageWords {
    let catalog: MessageCatalog
    let site: Site
    let language: Language

    /// A text of the catalogue, ready to stand in HTML.
    func text(_ key: String, _ arguments: [String: Message.Argument] = [:]) -> String {
        text(Message(key, arguments))
    }

    /// A message, ready to stand in HTML.
    func text(_ message: Message) -> String { PlainText.html(catalog.text(message, in: language)) }

    /// What a file says in both languages, in one line.
    func text(_ text: Bilingual) -> String { PlainText.html(PlainText.line(text[language])) }
}

/// One page for a phone: made here whole, without scripts, so that it works wherever a page can be shown at all.
struct LinkPage {
    private let title: String
    private let body: String
    private let words: PageWords

    private static let policy =
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    /// The page as an answer.
    func response(_ status: HTTPResponse.Status) -> Response {
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .contentSecurityPolicy: Self.policy,
        ]
        // The address is the key: it is told to nobody the page leads to.
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        if let name = HTTPField.Name("X-Robots-Tag") { headers[name] = "noindex, nofollow" }
        return Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    private var html: String {
        """
        <!DOCTYPE html>
        <html lang="\(words.language == .zh ? "zh-Hans" : "en")">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(title)</title>
        <link rel="stylesheet" href="style.css">
        </head>
        <body>
        <main>
        <p class="site">\(words.text(words.site.label))</p>
        \(body)
        </main>
        </body>
        </html>

        """
    }

    /// A page that only says something.
    static func sentence(_ name: String, _ words: PageWords) -> LinkPage {
        let title = words.text("phone.\(name).title")
        return LinkPage(
            title: title, body: "<h1>\(title)</h1>\n<p>\(words.text("phone.\(name).body"))</p>", words: words)
    }

    /// What is said of an alarm that is over.
    static func ended(_ occurrence: AlarmOccurrence, _ words: PageWords) -> LinkPage {
        let closed = occurrence.closedWallMilliseconds ?? occurrence.raisedWallMilliseconds
        let body = """
            <p class="mark over">\(words.text("phone.ended.title"))</p>
            <h1>\(words.text(occurrence.text))</h1>
            <p>\(words.text("phone.ended.body", [
                "time": .text(words.site.zone.readable(closed)),
                "duration": words.span(closed - occurrence.raisedWallMilliseconds),
            ]))</p>
            \(facts(occurrence, present: [:], order: nil, now: closed, words))
            """
        return LinkPage(title: words.text("phone.ended.title"), body: body, words: words)
    }

    /// An alarm that is open, and what can be done about it.
    ///
    /// - Parameter present: what its points measure now, by their paths.
    static func alarm(
        _ occurrence: AlarmOccurrence, present: [String: Bilingual?], order: OrderNumber?, person: Person?,
        people: [Person], now: Int64,
        request: String, done: RemoteAction?, failure: Message?, _ words: PageWords
    ) -> LinkPage {
        var parts: [String] = []
        if let done {
            parts.append("<p class=\"told\" role=\"status\">\(words.text("phone.done.\(done.rawValue)"))</p>")
        }
        if let failure {
            parts.append("<p class=\"told failed\" role=\"alert\">\(words.text(failure))</p>")
        }
        let state = words.text("alarm.state.\(occurrence.state.rawValue)")
        parts += [
            "<p class=\"mark \(occurrence.priority.name)\">\(occurrence.priority.name.uppercased()) · \(state)</p>",
            "<h1>\(words.text(occurrence.text))</h1>",
            facts(occurrence, present: present, order: order, now: now, words),
            guidance(occurrence, words),
            form(occurrence, order: order, person: person, people: people, request: request, words),
        ]
        return LinkPage(title: words.text(occurrence.text), body: parts.joined(separator: "\n"), words: words)
    }

    private static func facts(
        _ occurrence: AlarmOccurrence, present: [String: Bilingual?], order: OrderNumber?, now: Int64,
        _ words: PageWords
    ) -> String {
        var rows: [(String, String)] = []
        func add(_ key: String, _ value: String) { rows.append((words.text("phone.\(key)"), value)) }
        if let asset = words.site.asset(occurrence.key.asset) {
            add("device", "\(words.text(asset.label)) (\(PlainText.html(asset.id.name)))")
            add("place", PlainText.html(PlainText.line(asset.location)))
        }
        let since = words.site.zone.readable(occurrence.beganWallMilliseconds)
        add(
            "since",
            words.text(
                "phone.since-time",
                ["time": .text(since), "duration": words.span(now - occurrence.beganWallMilliseconds)]))
        if let cleared = occurrence.clearedWallMilliseconds, occurrence.closedWallMilliseconds == nil {
            add("condition-gone", PlainText.html(words.site.zone.readable(cleared)))
        }
        for evidence in occurrence.evidence {
            rows.append((words.text(evidence.label), value(evidence, present[evidence.point], words)))
        }
        if let first = occurrence.acknowledgement {
            let time = words.site.zone.readable(first.wallMilliseconds)
            let person = words.site.person(PersonID(first.person))?.label[words.language] ?? first.person
            add("acknowledged", PlainText.html("\(PlainText.line(person)), \(time)"))
        }
        if let order { add("order", PlainText.html(order.name)) }
        add("number", PlainText.html(occurrence.id.description))
        let items = rows.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }
        return "<dl>\n\(items.joined(separator: "\n"))\n</dl>"
    }

    /// What a point measured when the alarm was raised, and now.
    private static func value(
        _ evidence: AlarmOccurrence.Evidence, _ present: Bilingual??, _ words: PageWords
    ) -> String {
        let none = Bilingual(zh: "–", en: "–")
        let raised = evidence.value ?? none
        guard let present, present != evidence.value else { return words.text(raised) }
        return words.text(
            "phone.value", ["raised": .bilingual(raised), "present": .bilingual(present ?? none)])
    }

    private static func guidance(_ occurrence: AlarmOccurrence, _ words: PageWords) -> String {
        guard let guidance = occurrence.guidance else { return "" }
        return """
            <section>
            <h2>\(words.text("phone.action"))</h2>
            <p>\(words.text(guidance.action))</p>
            <p class="faint">\(words.text(guidance.cause)) · \(words.text(guidance.consequence))</p>
            </section>
            """
    }

    private static func form(
        _ occurrence: AlarmOccurrence, order: OrderNumber?, person: Person?, people: [Person],
        request: String, _ words: PageWords
    ) -> String {
        var lines = [
            "<form method=\"post\">", "<input type=\"hidden\" name=\"request\" value=\"\(request)\">",
        ]
        if let person {
            lines.append(
                "<p class=\"faint\">\(words.text("phone.as", ["person": .bilingual(person.label)]))</p>")
        } else {
            let options = people.map {
                "<option value=\"\(PlainText.html($0.id.name))\">\(words.text($0.label))"
            }
            lines += [
                "<label>\(words.text("phone.who"))",
                "<select name=\"person\" required><option value=\"\">–", options.joined(separator: "\n"),
                "</select></label>",
            ]
        }
        lines.append(
            "<label>\(words.text("phone.note"))<input name=\"note\" maxlength=\"200\" autocomplete=\"off\"></label>"
        )
        var actions = RemoteAction.allCases
        if occurrence.acknowledgement != nil { actions.removeAll { $0 == .acknowledge } }
        if order != nil { actions.removeAll { $0 == .order } }
        for action in actions {
            let isFirst = action == actions.first
            lines.append(
                "<button name=\"action\" value=\"\(action.rawValue)\"\(isFirst ? " class=\"first\"" : "")>"
                    + "\(words.text("phone.do.\(action.rawValue)"))</button>")
        }
        return (lines + ["</form>"]).joined(separator: "\n")
    }
}

extension PageWords {
    /// How long something lasted, in its largest unit.
    fileprivate func span(_ milliseconds: Int64) -> Message.Argument {
        let seconds = max(0, milliseconds) / 1000
        let (key, count) =
            switch seconds {
            case ..<120: ("duration.seconds", seconds)
            case ..<7200: ("duration.minutes", seconds / 60)
            default: ("duration.hours", seconds / 3600)
            }
        return .message(Message(key, ["count": .text(String(count))]))
    }
}

import Notices
import Testing

@Suite struct TextFitTests {
    private func fit(_ bytes: Int, _ measure: @escaping @Sendable (String) -> Int = { $0.utf8.count })
        -> TextFit
    {
        TextFit(bytes: bytes, measure: measure) { "… \($0) more" }
    }

    @Test func `what fits stays as it is`() {
        #expect(fit(9).fit("泵房水") == "泵房水")
    }

    @Test(arguments: 0...120)
    func `however little room there is, no character is cut and the room is kept`(bytes: Int) {
        let text = "2号生活水泵 👩‍👩‍👧‍👦 é́ low\nWhere: B3\nSince: noon\nvalue 0.1 MPa"
        let result = fit(bytes).fit(text)
        #expect(result.utf8.count <= max(bytes, 0))
        #expect(!result.contains("\u{FFFD}"))
        let characters = Set(text).union("… 0123456789more")
        #expect(result.allSatisfy { characters.contains($0) })
    }

    @Test func `lines left out are counted`() {
        let text = (1...100).map { "line \($0)" }.joined(separator: "\n")
        let result = fit(60).fit(text)
        #expect(result == "line 1\nline 2\nline 3\nline 4\nline 5\nline 6\nline 7\n… 93 more")
    }

    @Test func `a hostile name does not push out what stands below it`() {
        let text = "low\nWhere: " + String(repeating: "水", count: 10_000) + "\nSince: noon\nOrder: 7"
        let result = fit(400).fit(text)
        #expect(result.utf8.count <= 400)
        #expect(result.hasPrefix("low\nWhere: 水水"))
        #expect(result.hasSuffix("…\nSince: noon\nOrder: 7"))
    }

    @Test func `a character of ten thousand marks is cut like any other hostile text`() {
        let zalgo = "e" + String(repeating: "\u{0301}", count: 10_000)
        #expect(zalgo.count == 1)
        let result = fit(200).fit(zalgo + "\nSince: noon")
        #expect(result.utf8.count <= 200)
        #expect(result.hasSuffix("Since: noon"))
    }

    @Test func `bytes are counted as they are sent`() {
        let text = String(repeating: "\"", count: 50)
        #expect(fit(50).fit(text) == text)
        let result = fit(50, PlainText.jsonBytes).fit(text)
        #expect(PlainText.jsonBytes(result) <= 50)
        #expect(result.count < 27)
    }
}

@Suite struct PlainTextTests {
    private let hostile =
        "# [点我](http://evil.example/?a=1) ![x](y) <@all> <at user_id=\"all\">x</at> `rm` **b** ~~s~~ |t| \u{202E}gpj\u{7}\r"

    @Test func `chat texts carry no tags and no mentions`() {
        let text = PlainText.chat(hostile)
        #expect(!text.contains("<") && !text.contains(">"))
        #expect(!text.unicodeScalars.contains { $0.value == 0x202E || $0.value < 32 })
    }

    @Test func `markdown carries no links, images, tags or formatting`() {
        let text = PlainText.markdown(hostile + "\n- item\n> quote\n_em_ P2_1")
        for sign in ["](", "<", ">", "`", "*", "~", "#", "|", "\n- ", "\u{202E}"] {
            #expect(!text.contains(sign), "\(sign)")
        }
        #expect(text.contains("P2_1"))
        #expect(PlainText.markdown("[P2] 2号泵 B3/pump-room") == "[P2] 2号泵 B3/pump-room")
    }

    @Test func `HTML shows every sign and runs none`() {
        #expect(
            PlainText.html("<img src=x onerror=\"a('1')\">&")
                == "&lt;img src=x onerror=&quot;a(&#39;1&#39;)&quot;&gt;&amp;")
    }

    @Test func `a variable of a short message has no address and no brackets`() {
        let text = PlainText.variable("【假】http://evil.example\n${x} a@b [1]")
        for sign in ["【", "】", "://", "\n", "$", "{", "@", "["] { #expect(!text.contains(sign), "\(sign)") }
    }

    @Test func `JSON bytes are counted as a JSON string has them`() {
        #expect(PlainText.jsonBytes("a\"\\\n\u{1}水") == 1 + 2 + 2 + 2 + 6 + 3)
    }
}

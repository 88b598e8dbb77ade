import Facility
import Testing

private let catalog = MessageCatalog([
    .en: [
        "alarm.raised": "{asset}: {what} since {time}", "alarm.low": "pressure low", "only.en": "{name} only",
    ],
    .zh: ["alarm.raised": "{time} 起 {asset} {what}", "alarm.low": "压力低"],
])

private let raised = Message(
    "alarm.raised",
    [
        "asset": .bilingual(Bilingual(zh: "2号泵", en: "Pump 2")), "what": .message(Message("alarm.low")),
        "time": "17:00",
    ])

@Test func `a message is one text in each language, inner texts and names included`() {
    #expect(catalog.text(raised, in: .en) == "Pump 2: pressure low since 17:00")
    #expect(catalog.text(raised, in: .zh) == "17:00 起 2号泵 压力低")
}

@Test func `a text missing in one language is shown in English, missing in both by its key and values`() {
    #expect(catalog.text(Message("only.en", ["name": "P2"]), in: .zh) == "P2 only")
    #expect(catalog.text(Message("gone", ["b": "2", "a": "1"]), in: .zh) == "gone a=1 b=2")
    #expect(catalog.keys(.en).subtracting(catalog.keys(.zh)) == ["only.en"])
}

@Test(arguments: [
    ("{a}{a}", "xx"), ("{a} {b}", "x {b}"), ("{a", "{a"), ("a}", "a}"), ("{}", "{}"), ("", ""),
    ("{{a}}", "{{a}}"),
])
func `places are filled where there is a value, and every other character stays`(
    template: String, text: String
) {
    #expect(MessageCatalog.fill(template, with: ["a": "x"]) == text)
}

@Test func `what is filled in is never taken for a place itself`() {
    #expect(MessageCatalog.fill("{a} {b}", with: ["a": "{b}", "b": "secret"]) == "{b} secret")
}

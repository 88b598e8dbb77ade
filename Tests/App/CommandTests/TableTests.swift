import Testing

@testable import sitewatch

@Suite struct `Columns of a terminal` {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("生活水泵", 8), ("2号生活水泵", 11), ("°C", 2), ("m³/h", 4), ("Ω", 1), ("é", 1),
        ("e\u{301}", 1), ("水\u{301}", 2), ("🚨", 2), ("👨‍👩‍👧", 2), ("🇨🇳", 2), ("✔", 1), ("✔️", 2), ("（一）", 6),
        ("ﾊﾝｶｸ", 4), ("한국", 4), ("\u{200B}", 0), ("a\u{7}b", 2), ("…", 1), ("—", 1), ("、。", 4), ("㎡", 2),
    ])
    func `every text takes its width`(text: String, width: Int) {
        #expect(
            TextWidth.columns(text) == width, "\(text.unicodeScalars.map { String($0.value, radix: 16) })")
    }

    private var table: Table {
        var table = Table([
            Table.Column("资产", name: "asset"), Table.Column("VALUE", name: "value", isNumeric: true),
            Table.Column("TEXT", name: "text"),
        ])
        table.add(["P2", "7", "ok"])
        table.add([.init("生活水泵", .bad), .init("1234567", code: "1234567.5"), ""])
        return table
    }

    @Test func `Chinese and Latin stand under one another`() {
        #expect(
            table.terminalLines(hasColour: false) == [
                "资产        VALUE  TEXT",
                "P2              7  ok",
                "生活水泵  1234567",
            ])
    }

    @Test func `colours do not move columns`() {
        let lines = table.terminalLines(hasColour: true)
        let bare = lines.map { $0.replacing(/\u{1B}\[[0-9]*m/, with: "") }
        #expect(
            bare.map { String($0.reversed().drop { $0 == " " }.reversed()) }
                == table.terminalLines(hasColour: false))
        #expect(lines[2].hasPrefix("\u{1B}[31m生活水泵\u{1B}[0m"))
    }

    @Test func `a pipe gets names and codes parted by tabs`() {
        #expect(
            table.plainLines() == ["asset\tvalue\ttext", "P2\t7\tok", "生活水泵\t1234567.5\t"])
        #expect(table.plainLines(hasHeading: false).count == 2)
    }

    @Test func `CSV quotes what would break it`() {
        var table = Table([Table.Column("A", name: "a"), Table.Column("B", name: "b")])
        table.add(["x,y", "say \"no\""])
        table.add(["line\nbreak", "plain"])
        #expect(
            table.csvLines() == ["a,b", "\"x,y\",\"say \"\"no\"\"\"", "\"line\nbreak\",plain"])
    }

    @Test(arguments: [
        ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+8613800000000x", "'+8613800000000x"),
        ("-cmd|calc", "'-cmd|calc"), ("-12.5", "-12.5"), ("+3", "+3"), ("1=1", "1=1"),
    ])
    func `a spreadsheet computes nothing that a device sent`(text: String, field: String) {
        #expect(SafeText.csv(text) == field)
    }

    @Test(arguments: [
        ("plain 水", "plain 水"), ("\u{1B}[2Jgone", "\u{FFFD}[2Jgone"), ("a\tb\nc", "a b c"),
        ("abc\u{202E}fed", "abc\u{FFFD}fed"), ("\u{9B}31m", "\u{FFFD}31m"), ("a\r\nb", "a  b"),
    ])
    func `a terminal obeys nothing that a device sent`(text: String, shown: String) {
        #expect(SafeText.plain(text) == shown)
    }
}

@Suite struct `Times and sizes in tables` {
    @Test(arguments: [
        (nil, "-"), (0, "0ms"), (999, "999ms"), (1000, "1s"), (61_000, "1m 1s"), (3_600_000, "1h"),
        (90_061_000, "1d 1h"), (86_400_000 * 400, "400d"),
    ])
    func `a span is told in its two largest units`(milliseconds: Int64?, text: String) {
        #expect(TimeText.span(milliseconds) == text)
    }

    @Test func `a time is told without its offset`() {
        #expect(TimeText.readable("2026-03-06T17:00:05.250+08:00") == "2026-03-06 17:00:05")
        #expect(TimeText.readable(nil) == "-")
    }

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 << 20, "5.0 MiB"), (3 << 40, "3072.0 GiB"),
    ])
    func `bytes are told in a unit that fits`(count: Int64, text: String) {
        #expect(TimeText.bytes(count) == text)
    }
}

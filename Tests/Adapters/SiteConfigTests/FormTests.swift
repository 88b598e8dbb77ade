import Acquisition
import Facility
import Testing

@testable import SiteConfig

@Suite struct `Characters without quotes` {
    @Test(
        arguments: [
            ("pump", PlainMeaning.text), ("on", .text), ("No", .text), ("B3/pump-room", .text),
            ("v1.2.3", .text),
            ("1.2.3.4", .text), ("10.0.3.20", .text), ("a:b", .text), ("00:1B:44:11:3A:B7", .text),
            ("-", .text),
            ("", .nothing), ("~", .nothing), ("Null", .nothing), ("true", .truth), ("FALSE", .truth),
            ("12:30", .time), ("08:30", .time), ("1:2:3", .time), ("2026-03-06", .date),
            ("2026-03-06T08:00:00Z", .date), ("0", .number), ("-17", .number), ("0012", .number),
            ("0o17", .number),
            ("0x1F", .number), ("1_000", .number), ("1e5", .number), ("1.", .number), (".5", .number),
            (".inf", .number), (".NaN", .number), ("1e", .text), ("0x", .text), ("0xZZ", .text),
            ("+86", .number),
        ])
    func `mean one thing`(text: String, meaning: PlainMeaning) {
        #expect(PlainMeaning(text) == meaning)
    }
}

@Suite struct `What somebody probably meant` {
    @Test func `is the nearest name that is near enough`() {
        #expect(Suggestion.nearest(to: "contracter", among: ["contractor", "criticality"]) == "contractor")
        #expect(Suggestion.nearest(to: "mpa", among: ["Pa", "MPa", "kPa"]) == "MPa")
        #expect(Suggestion.nearest(to: "teh", among: ["the"]) == "the")
        #expect(Suggestion.nearest(to: "colour", among: ["id", "name"]) == nil)
        #expect(Suggestion.nearest(to: String(repeating: "x", count: 100), among: ["x"]) == nil)
    }

    @Test func `is counted in single mistakes`() {
        #expect(Suggestion.distance("", "abc") == 3)
        #expect(Suggestion.distance("abc", "abc") == 0)
        #expect(Suggestion.distance("abc", "acb") == 1)
        #expect(Suggestion.distance("kitten", "sitting") == 3)
        #expect(Suggestion.distance("泵房", "泵") == 1)
    }
}

@Suite struct `Spans, sizes and instants` {
    @Test func `carry their units`() {
        #expect(Span.milliseconds("500ms") == 500)
        #expect(Span.milliseconds("15d") == 1_296_000_000)
        for wrong in ["", "5", "s", "5 s", "-5s", "1.5s", "5sec", "９s", "9223372036854775807d"] {
            #expect(Span.milliseconds(wrong) == nil, "\(wrong)")
        }
        #expect(ByteCount.bytes("20GiB") == 20 << 30)
        #expect(ByteCount.bytes("20") == nil)
    }

    @Test func `are written in the largest unit that says them exactly`() {
        #expect(Span.written(90_000) == "90s")
        #expect(Span.written(0) == "0ms")
        #expect(Span.written(400 * 86_400_000) == "400d")
        #expect(ByteCount.written(1 << 30) == "1GiB")
    }

    @Test func `need an offset where they name an instant`() {
        #expect(Instants.milliseconds("1970-01-01T00:00:00Z") == 0)
        #expect(Instants.milliseconds("1970-01-01T08:00:00+08:00") == 0)
        #expect(Instants.milliseconds("1969-12-31T19:00:00-05:00") == 0)
        for wrong in [
            "2026-03-01T08:00:00", "2026-02-30T08:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01 08:00:00Z",
        ] {
            #expect(Instants.milliseconds(wrong) == nil, "\(wrong)")
        }
    }
}

@Suite struct `A register reference` {
    private func parse(_ text: String, isPlain: Bool = false) -> RegisterAddress? {
        let place = SourcePosition(file: "p.yaml", line: 1, column: 1)
        return RegisterReference.form.read(
            YAMLNode(.scalar(text, isPlain: isPlain), at: place), ProblemList())
    }

    @Test(
        arguments: [
            ("holding:0", RegisterAddress(.holding, 0)), ("input:0x2000", RegisterAddress(.input, 0x2000)),
            ("coil:65535", RegisterAddress(.coil, 65535)), ("40001", RegisterAddress(.holding, 0)),
            ("30005", RegisterAddress(.input, 4)), ("10001", RegisterAddress(.discrete, 0)),
            ("00001", RegisterAddress(.coil, 0)), ("465536", RegisterAddress(.holding, 65535)),
            ("000001", RegisterAddress(.coil, 0)),
        ])
    func `says whether it counts from 0 or from 1`(text: String, address: RegisterAddress) {
        #expect(parse(text) == address)
    }

    @Test(arguments: [
        "1", "50001", "40000", "4001", "465537", "holding:-1", "holding:", "holding:1:2", "holding:1-2",
    ])
    func `is refused where it does not`(text: String) {
        #expect(parse(text) == nil)
    }

    @Test func `is refused as a bare number, because it may mean either`() {
        #expect(parse("40001", isPlain: true) == nil)
        #expect(parse("holding:1", isPlain: true) == RegisterAddress(.holding, 1))
    }
}

@Suite struct `An address to serve at` {
    @Test func `is a host and a port`() {
        #expect(ListenAddress("127.0.0.1:8080") == ListenAddress(host: "127.0.0.1", port: 8080))
        #expect(ListenAddress("[::1]:80") == ListenAddress(host: "::1", port: 80))
        #expect(ListenAddress("[::1]:80")?.description == "[::1]:80")
        for wrong in ["8080", ":8080", "::1:80", "host:99999", "host:", "[host]:1", "a b:1"] {
            #expect(ListenAddress(wrong) == nil, "\(wrong)")
        }
    }
}

import Facility
import Foundation
import Historian
import Testing
import Trends
import WebAPI

@testable import sitewatch

private let shanghai = SiteZone.fixed("Asia/Shanghai", hours: 8)
private let span = (five - 3_600_000)..<five

private func point(_ name: String, kind: Point.Kind = .gauge, unit: String? = "MPa") -> PointDescription {
    PointDescription(
        path: "P1.\(name)", label: Bilingual(zh: "出口压力", en: "Outlet pressure"), kind: kind, unit: unit,
        states: kind == .state
            ? [
                Point.State(code: 0, name: "off", label: Bilingual(zh: "停止", en: "stopped")),
                Point.State(code: 2, name: "run", label: Bilingual(zh: "运行", en: "running")),
            ] : [])
}

private func samples(_ values: [Double?], every step: Int64) -> [HistoricSample] {
    values.enumerated().map { index, value in
        HistoricSample(
            wallMilliseconds: span.lowerBound + Int64(index) * step, value: value.map { .number($0) },
            quality: value == nil ? .bad(.timeout) : .good)
    }
}

private func lines(
    _ curves: [PlotCurve], language: Language = .en, columns: Int = 40, hasColour: Bool = false
) -> [String] {
    PlotText(span: span, zone: shanghai, language: language, columns: columns, hasColour: hasColour)
        .lines(curves)
}

private func curve(_ point: PointDescription, _ values: [Double?], every step: Int64 = 60_000) -> PlotCurve {
    PlotCurve(point, samples: samples(values, every: step), until: span.upperBound, width: 80)
}

@Suite struct `A chart in the terminal` {
    @Test func `a gap stays open and the axes have round marks`() {
        let values = (0..<60).map { index -> Double? in
            index >= 20 && index < 30 ? nil : 0.2 + Double(index) / 300
        }
        let drawn = lines([curve(point("pressure"), values)])
        #expect(drawn[0] == "2026-03-06 16:00:00 – 2026-03-06 17:00:00  Asia/Shanghai")
        #expect(drawn[1] == "━━ Outlet pressure (P1.pressure)  0.2 … 0.396667 MPa")
        #expect(Array(drawn.dropFirst(2)) == golden.gap)
    }

    @Test func `states are lanes with their names, in the language of the person`() {
        let values = (0..<60).map { index -> Double? in index < 20 ? 0 : index < 45 ? 2 : 0 }
        let english = lines([curve(point("mode", kind: .state, unit: nil), values)])
        #expect(Array(english.dropFirst()) == golden.lanes)
        let chinese = lines([curve(point("mode", kind: .state, unit: nil), values)], language: .zh)
        #expect(chinese[1].contains("出口压力"))
        #expect(chinese[2].hasPrefix("运行 ┤"))
        for line in chinese.dropFirst(2) { #expect(TextWidth.columns(line) <= 40) }
    }

    @Test func `several curves have signs of their own without colours, and colours where there are some`() {
        let (one, two) = (
            curve(point("a"), [Double?](repeating: 1, count: 60)),
            curve(point("b"), [Double?](repeating: 2, count: 60))
        )
        let plain = lines([one, two])
        #expect(plain[1].hasPrefix("* ") && plain[2].hasPrefix("+ "))
        #expect(plain.contains { $0.contains("┤+++++") } && plain.contains { $0.contains("┤*****") })
        let coloured = lines([one, two], hasColour: true)
        #expect(coloured.contains { $0.contains("\u{1B}[36m⣀") || $0.contains("\u{1B}[36m⠉") })
        #expect(coloured.contains { $0.contains("\u{1B}[33m⣀") || $0.contains("\u{1B}[33m⠉") })
    }

    @Test func `a single peak of many samples is seen`() {
        var values = [Double?](repeating: 1, count: 3600)
        values[1777] = 9
        let text = lines([curve(point("pressure"), values, every: 1000)])
        let column = text.firstIndex { $0.contains("10 ┤") }.map { text[$0 + 2] }
        #expect(column?.contains { ("\u{2801}"..."\u{28FF}").contains($0) } == true, "\(text)")
    }

    @Test func `points of different units have panels of their own`() {
        let text = lines([
            curve(point("a", unit: "MPa"), [0, 1]), curve(point("b", unit: "A"), [100, 120]),
        ])
        #expect(text.count == 1 + 2 * 11 + 2)
    }

    @Test(arguments: [
        (0.0, 1.0, ["0", "0.5", "1"]), (5.0, 5.0, ["4.5", "5", "5.5"]), (-3.2, 7.9, ["-5", "0", "5", "10"]),
        (0.001, 0.0013, ["0.001", "0.0011", "0.0012", "0.0013"]),
        (1e6, 3e6, ["1000000", "2000000", "3000000"]),
    ])
    func `marks of numbers are round`(least: Double, greatest: Double, texts: [String]) {
        let marks = ValueAxis(least: least, greatest: greatest, marks: 3).marks.map(\.text)
        #expect(marks == texts)
    }

    @Test(
        arguments: [
            (60_000, 80, "17:00:00", "17:00:10"), (3_600_000, 80, "17:00", "17:10"),
            (86_400_000, 80, "18:00", "21:00"), (7 * 86_400_000, 80, "03-07", "03-08"),
            (90 * 86_400_000, 80, "03-16", "03-30"), (3 * 365 * 86_400_000, 80, "2026-07", "2027-01"),
        ] as [(Int64, Int, String, String)])
    func `marks of time are round at the site`(length: Int64, columns: Int, first: String, second: String) {
        let marks = TimeAxis(five..<(five + length), columns: columns, zone: shanghai).marks.map(\.text)
        #expect(Array(marks.prefix(2)) == [first, second])
    }

    @Test func `numbers at the ends of the range are drawn, not a trap`() {
        let axis = ValueAxis(
            least: -Double.greatestFiniteMagnitude, greatest: .greatestFiniteMagnitude, marks: 4)
        #expect(axis.step.isFinite && axis.depth(0) > 0)
        _ = lines([curve(point("a"), [.leastNonzeroMagnitude, .greatestFiniteMagnitude, 0])])
    }

    @Test func `the command draws what the daemon sums up, and asks for no more than it draws`() async throws
    {
        try await FakeSite().whileServed { connection in
            let written = await run(["history", "P1.pressure", "--plot"] + connection)
            #expect((written.code, written.err) == (0, ""))
            #expect(written.lines[1].contains("Outlet pressure (P1.pressure)  0.25 … 0.333333 MPa"))
            for line in written.lines { #expect(TextWidth.columns(line) <= 80) }
        }
        #expect(await run(["history", "P1.x", "--plot", "--step", "1m"]).code == 64)
        #expect(await run(["history", "P1.x", "--plot", "--csv"]).code == 64)
    }
}

/// What charts look like.
private enum golden {
    static let gap = [
        " 0.4 ┤                                ⡠⠂",
        "     │                             ⢀⡠⠊",
        "     │                            ⡔⠁",
        "     │                          ⡠⠊",
        "0.35 ┤                       ⢀⠔⠉",
        "     │                     ⣀⠔⠁",
        "     │                   ⡠⠊",
        " 0.3 ┤                 ⡠⠊",
        "     │",
        "     │",
        "     │          ⢀",
        "0.25 ┤        ⣀⠔⠁",
        "     │      ⡠⠊",
        "     │    ⣀⠔⠁",
        "     │  ⡠⠊",
        " 0.2 ┤⡠⠊",
        "     └┬───────┬────────┬───────┬────────",
        "      16:00 16:15    16:30   16:45",
    ]
    static let lanes = [
        "━━ Outlet pressure (P1.mode)",
        "running ┤          ━━━━━━━━━━━━━━",
        "stopped ┤━━━━━━━━━━━            ━━━━━━━━",
        "        └┬──────┬───────┬───────┬───────",
        "         16:00        16:30   16:45",
    ]
}

import Facility
import Notices

/// Lays curves out as lines of text: one panel for each unit, lanes for points with states, one axis of time.
struct PlotText {
    let span: Range<Int64>
    let zone: SiteZone
    let language: Language
    /// The columns of the terminal.
    let columns: Int
    let hasColour: Bool

    private static let colours = ["36", "33", "35", "32", "34", "31"]
    private static let signs: [Character] = ["*", "+", "o", "x", "#", "@"]
    private static let laneLimit = 8

    /// The lines.
    func lines(_ curves: [PlotCurve]) -> [String] {
        let lanes = curves.filter { $0.point.kind == .state }
        let numbers = curves.filter { $0.point.kind != .state }
        var units: [String] = []
        for curve in numbers where !units.contains(curve.point.unit ?? "") {
            units.append(curve.point.unit ?? "")
        }
        let panels = units.map { unit in
            Panel(curves: numbers.filter { ($0.point.unit ?? "") == unit }, rows: units.count > 1 ? 10 : 16)
        }
        let names = lanes.flatMap { curve in
            curve.codes.prefix(Self.laneLimit).map { curve.point.stateName($0, language) }
        }
        let texts = panels.flatMap { $0.axis.marks.map(\.text) } + names
        let margin = min(columns / 3, texts.map { TextWidth.columns($0) }.max() ?? 0)
        let width = max(8, columns - margin - 2)
        var lines = [title]
        for panel in panels { lines += self.lines(panel, margin, width) }
        for lane in lanes { lines += self.lines(lane: lane, margin, width) }
        return (lines + timeLines(margin, width)).map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    private struct Panel {
        let curves: [PlotCurve]
        let rows: Int
        let axis: ValueAxis

        init(curves: [PlotCurve], rows: Int) {
            self.curves = curves
            self.rows = rows
            let drawn = curves.filter { !$0.isEmpty }
            axis = ValueAxis(
                least: drawn.map(\.least).min() ?? 0, greatest: drawn.map(\.greatest).max() ?? 1,
                marks: rows / 4)
        }
    }

    private var title: String {
        "\(zone.readable(span.lowerBound)) – \(zone.readable(span.upperBound))  \(zone.name)"
    }

    private func lines(_ panel: Panel, _ margin: Int, _ width: Int) -> [String] {
        var canvas = Canvas(columns: width, rows: panel.rows)
        for (index, curve) in panel.curves.enumerated() { draw(curve, index, panel.axis, &canvas) }
        // Without colours signs tell several curves apart.
        let signs = panel.curves.count > 1 && !hasColour ? Self.signs : nil
        var labels: [Int: String] = [:]
        for mark in panel.axis.marks {
            labels[Int((panel.axis.depth(mark.value) * Double(panel.rows - 1)).rounded())] = mark.text
        }
        let legends = panel.curves.enumerated().map { index, curve in
            let sign = signs.map { String($0[index % $0.count]) } ?? "━━"
            return painted(sign, index) + " " + legend(curve)
        }
        return legends
            + (0..<panel.rows).map { row in
                padded(labels[row] ?? "", margin) + (labels[row] == nil ? " │" : " ┤")
                    + canvas.text(row: row, signs: signs, paint: painted)
            }
    }

    private func legend(_ curve: PlotCurve) -> String {
        let title = SafeText.plain(curve.point.title(language))
        guard !curve.isEmpty else { return title + "  –" }
        let unit = curve.point.unit.flatMap { $0 == "1" ? nil : " \($0)" } ?? ""
        return title + "  \(ValueText.number(curve.least)) … \(ValueText.number(curve.greatest))\(unit)"
    }

    private func draw(_ curve: PlotCurve, _ index: Int, _ axis: ValueAxis, _ canvas: inout Canvas) {
        func y(_ value: Double) -> Int { Int((axis.depth(value) * Double(canvas.height - 1)).rounded()) }
        for run in curve.runs {
            var before: (x: Int, y: Int)?
            for stroke in run {
                let x = x(stroke.from, canvas.width)
                let (high, low) = (y(stroke.high), y(stroke.low))
                if let before {
                    canvas.line(before, (x, min(max(before.y, high), low)), of: index)
                }
                canvas.line((x, high), (x, low), of: index)
                before = (x, (high + low) / 2)
            }
        }
    }

    private func lines(lane curve: PlotCurve, _ margin: Int, _ width: Int) -> [String] {
        let codes = curve.codes
        let title = "━━ " + SafeText.plain(curve.point.title(language)) + (curve.isEmpty ? "  –" : "")
        let rows = codes.prefix(Self.laneLimit).map { code in
            var cells = [Bool](repeating: false, count: width)
            for stroke in curve.runs.joined() where stroke.codes.contains(code) {
                let first = x(stroke.from, width)
                let last = max(first, x(stroke.to - 1, width))
                for cell in max(0, first)...min(width - 1, last) { cells[cell] = true }
            }
            let name = SafeText.plain(curve.point.stateName(code, language))
            return padded(name, margin) + " ┤" + cells.map { $0 ? "━" : " " }.joined()
        }
        let more = codes.count > Self.laneLimit ? [padded("…", margin) + " │"] : []
        return [title] + rows + more
    }

    private func timeLines(_ margin: Int, _ width: Int) -> [String] {
        var line = [Character](repeating: "─", count: width)
        var texts = [Character](repeating: " ", count: width)
        var free = 0
        for mark in TimeAxis(span, columns: width, zone: zone).marks {
            let x = x(mark.time, width)
            line[x] = "┬"
            let start = min(max(0, x - mark.text.count / 2), width - mark.text.count)
            guard start >= free else { continue }
            for (index, character) in mark.text.enumerated() { texts[start + index] = character }
            free = start + mark.text.count + 1
        }
        let blanks = String(repeating: " ", count: margin)
        return [blanks + " └" + String(line), blanks + "  " + String(texts)]
    }

    /// The place of an instant on so many places.
    private func x(_ time: Int64, _ width: Int) -> Int {
        let part = Double(time - span.lowerBound) / Double(span.upperBound - span.lowerBound)
        return min(width - 1, max(0, Int(part * Double(width))))
    }

    private func painted(_ text: String, _ curve: Int) -> String {
        guard hasColour, text.contains(where: { $0 != " " }) else { return text }
        return "\u{1B}[\(Self.colours[curve % Self.colours.count])m\(text)\u{1B}[0m"
    }

    /// A text at the right of so many columns; a longer one is cut.
    private func padded(_ text: String, _ width: Int) -> String {
        var text = text
        while TextWidth.columns(text) > width { text.removeLast() }
        return String(repeating: " ", count: width - TextWidth.columns(text)) + text
    }
}

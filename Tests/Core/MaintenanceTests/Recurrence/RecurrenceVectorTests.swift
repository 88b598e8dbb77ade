import Facility
import Foundation
import Maintenance
import Testing

/// What others make of a rule: python-dateutil and its own tests.
@Suite struct RecurrenceVectorTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Vectors")

    /// The rules in whose days we differ from lines as `recurrences.py` writes them.
    private func differences(_ text: String) -> (rules: Int, differing: [Substring]) {
        var rules = 0
        var differing: [Substring] = []
        for line in text.split(separator: "\n") {
            rules += 1
            let parts = line.split(separator: " ")
            guard parts.count == 4, let start = CivilDate(parts[0]), let count = Int(parts[2]),
                let hash = UInt32(parts[3], radix: 16),
                let rule = try? RecurrenceRule(parsing: "FREQ=\(parts[1])")
            else {
                differing.append(line)
                continue
            }
            let dates = Recurrence(start: start, rule: rule).dates().prefix(60)
            let numbers = dates.prefix { $0.components.year < 2200 }.map(\.dayNumber)
            if numbers.count != count || Self.hash(numbers) != hash { differing.append(line) }
        }
        return (rules, differing)
    }

    private static func hash(_ numbers: [Int]) -> UInt32 {
        var value: UInt32 = 0x811C_9DC5
        for number in numbers {
            for shift in [24, 16, 8, 0] {
                value = (value ^ UInt32(truncatingIfNeeded: number >> shift & 0xFF)) &* 0x0100_0193
            }
        }
        return value
    }

    @Test func `ten thousand random rules fall on the days python-dateutil names`() throws {
        let text = try String(contentsOf: Self.folder.appending(path: "recurrences.txt"), encoding: .utf8)
        let (rules, differing) = differences(text)
        #expect(rules >= 10_000)
        #expect(differing.isEmpty, "\(differing.count): \(differing.prefix(5))")
    }

    @Test func `fresh random rules fall on the days python-dateutil names now`() throws {
        guard let python = Python.with("dateutil") else { return }
        let seed = UInt32.random(in: 0...UInt32.max)
        let script = Self.folder.appending(path: "recurrences.py").path
        let text = try Python.output(python, [script, String(seed), "300"])
        let (rules, differing) = differences(text)
        #expect(rules == 300)
        #expect(differing.isEmpty, "seed \(seed): \(differing.prefix(5))")
    }

    private struct Suite: Decodable {
        struct Case: Decodable {
            let test: String
            let rule: String
            let expected: [String]
        }

        let cases: [Case]
    }

    @Test func `python-dateutil's own tests hold, or the part that plans do not know is named`() throws {
        guard let data = SharedVectors.data("vectors/rrule-dateutil-tests.json") else { return }
        var held = 0
        var refused: [String: Int] = [:]
        for test in try JSONDecoder().decode(Suite.self, from: data).cases {
            guard let dated = DatedRule(test.rule) else {
                refused["lines", default: 0] += 1
                continue
            }
            do throws(RecurrenceProblem) {
                let recurrence = try dated.recurrence()
                let dates = recurrence.dates().prefix(test.expected.count + 1).map(\.description)
                #expect(dates == test.expected.map { String($0.prefix(10)) }, "\(test.test): \(test.rule)")
                held += 1
            } catch {
                #expect(test.rule.contains(error.part), "\(test.test): \(error)")
                refused[error.part, default: 0] += 1
            }
        }
        print("python-dateutil's own tests: \(held) held, refused by part: \(refused)")
        #expect(held >= 20)
    }
}

/// `DTSTART`, `RRULE`, `RDATE` and `EXDATE` lines whose times of day are all the start's.
private struct DatedRule {
    private var start = ""
    private var rules: [Substring] = []
    private var added: [Substring] = []
    private var excluded: [Substring] = []

    init?(_ text: String) {
        for line in text.split(separator: "\n") {
            let value = line.drop { $0 != ":" }.dropFirst()
            if line.hasPrefix("DTSTART") {
                start = String(value)
            } else if line.hasPrefix("RRULE") {
                rules.append(value)
            } else if line.hasPrefix("RDATE") {
                added += value.split(separator: ",")
            } else if line.hasPrefix("EXDATE") {
                excluded += value.split(separator: ",")
            } else {
                return nil
            }
        }
        guard rules.count <= 1, day(start[...]) != nil else { return nil }
    }

    func recurrence() throws(RecurrenceProblem) -> Recurrence {
        guard let first = day(start[...]) else { throw RecurrenceProblem("DTSTART", .value, start) }
        var rule: RecurrenceRule?
        if let text = rules.first { rule = try RecurrenceRule(parsing: dated(text)) }
        return Recurrence(
            start: first, rule: rule, added: added.compactMap(day), excluded: Set(excluded.compactMap(day)))
    }

    /// The rule with the day of its `UNTIL`: the one before where the time of day comes too early.
    private func dated(_ rule: Substring) -> String {
        rule.split(separator: ";").map { part -> String in
            guard part.hasPrefix("UNTIL="), let end = day(part.dropFirst(6)) else { return String(part) }
            let isEarly = part.count > 15 && part.suffix(6) < start.suffix(6)
            let last = isEarly ? end.advanced(days: -1) : end
            return "UNTIL=" + last.description.filter { $0 != "-" }
        }.joined(separator: ";")
    }

    private func day(_ text: Substring) -> CivilDate? {
        guard text.count >= 8, let number = Int(text.prefix(8)) else { return nil }
        return CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
    }
}

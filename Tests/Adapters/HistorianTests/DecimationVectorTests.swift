import Foundation
import TestSupport
import Testing
import Trends

/// Selections of the reference implementation on real series.
private struct Vectors: Decodable {
    struct Case: Decodable {
        let input: String
        let rows: Int
        let n_out: Int
        let selected_rows: [Int]
    }
    let cases: [Case]
}

@Test(.enabled(if: TestPaths.sharedData != nil, "the independent data is not beside the checkout"))
func `real series are thinned like by the reference implementation`() throws {
    let data = try #require(TestPaths.sharedData)
    let vectors = try JSONDecoder().decode(
        Vectors.self, from: Data(contentsOf: data.appendingPathComponent("vectors/lttb.json")))
    #expect(!vectors.cases.isEmpty)
    for vector in vectors.cases {
        let words = vector.input.split(separator: " ").map(String.init)
        let column = try #require(words.last)
        let lines = try String(contentsOf: data.appendingPathComponent(words[0]), encoding: .utf8)
            .split(whereSeparator: \.isNewline)
        let separator: Character = lines[0].contains(";") ? ";" : ","
        let place = try #require(lines[0].split(separator: separator).firstIndex { $0 == column })
        let spots = try lines.dropFirst().enumerated().map { row, line in
            Decimation.Spot(x: Double(row), y: try #require(Double(line.split(separator: separator)[place])))
        }
        #expect(spots.count == vector.rows)
        #expect(Decimation.largestTriangles(spots, count: vector.n_out) == vector.selected_rows)
    }
}

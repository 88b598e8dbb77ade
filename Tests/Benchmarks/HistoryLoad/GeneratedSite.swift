import Facility

/// The points whose readings `gen_samples` writes, and what its records mean.
struct GeneratedSite: Sendable {
    let monthPoints: Int
    let dayPoints: Int
    let points: Int

    var count: Int { monthPoints + dayPoints + points }

    /// Every point; its id is the generator's number.
    var table: [Point] { (0..<count).map(point) }

    func path(_ number: Int) -> String { "D\(number / 20).value\(number)" }

    private func point(_ number: Int) -> Point {
        let kind: Point.Kind =
            switch number % 10 {
            case 0...5: .gauge
            case 6, 7: .counter
            default: .state
            }
        // Steps as a profile would name them; float32 registers have none.
        let resolution: Double? =
            switch number % 10 {
            case 0...3: 0.1
            case 6: 0.01
            default: nil
            }
        return Point(
            id: PointID(number), asset: AssetID("D\(number / 20)"), name: "value\(number)",
            label: Bilingual(zh: "值", en: "value"), kind: kind, resolution: resolution,
            expectedMilliseconds: number < monthPoints ? 60_000 : 5000)
    }

    /// A record as the daemon would hand it to the store.
    @inline(__always)
    static func sample(_ record: GeneratedRecord) -> Sample {
        let value: Value =
            switch record.point % 10 {
            case 7, 9: .integer(Int64(record.value))
            case 8: .flag(record.value != 0)
            default: .number(record.value)
            }
        return Sample(
            PointID(Int(record.point)), value, record.isDoubtful ? .uncertain(.stale) : .good,
            at: record.wallMilliseconds)
    }
}

/// One reading as `gen_samples` writes it.
struct GeneratedRecord {
    let wallMilliseconds: Int64
    let value: Double
    let point: UInt32
    let isDoubtful: Bool
}

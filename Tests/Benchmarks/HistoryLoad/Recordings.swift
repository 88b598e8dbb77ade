import Facility
import Foundation
import Historian

/// Stores recordings of real equipment and compares what comes back bit for bit.
///
/// The list names one column a line: a path of two words, the expected milliseconds, and a file of pairs of
/// int64 milliseconds and float64.
struct Recordings {
    private let arguments: Arguments

    private struct Column {
        let point: Point
        let readings: [(time: Int64, bits: UInt64)]
    }

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() async throws {
        let lines = try String(contentsOfFile: arguments.text("list"), encoding: .utf8).split(separator: "\n")
        let columns = try lines.enumerated().map { try column($1.split(separator: "\t"), $0) }
        try await store(columns)
        let reader = try HistoryReader(folder: arguments.folder)
        var total = 0
        var wrong = 0
        for column in columns {
            let found = try await reader.samples(of: column.point.path, from: 0, to: .max)
            total += column.readings.count
            wrong += abs(found.count - column.readings.count)
            for (sample, reading) in zip(found, column.readings) {
                guard case .number(let number) = sample.value, number.bitPattern == reading.bits,
                    sample.wallMilliseconds == reading.time, sample.quality == .good
                else {
                    wrong += 1
                    continue
                }
            }
        }
        tell(["samples": total, "wrong": wrong])
    }

    private func store(_ columns: [Column]) async throws {
        let clock = DataClock()
        clock.move(to: columns.compactMap { $0.readings.last?.time }.max() ?? 0)
        let store = try HistoryStore(
            folder: arguments.folder, points: columns.map(\.point), boot: "bench"
        ) { clock.moment }
        for column in columns {
            store.append(
                column.readings.map { reading in
                    Sample(column.point.id, .number(Double(bitPattern: reading.bits)), at: reading.time)
                })
            try await store.flush()
        }
        try await store.seal()
        tell(store.statistics().figures)
    }

    private func column(_ words: [Substring], _ number: Int) throws -> Column {
        let names = words[0].split(separator: ".")
        let data = try Data(contentsOf: URL(fileURLWithPath: String(words[2])))
        let readings = data.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 16).map { place in
                (
                    time: bytes.loadUnaligned(fromByteOffset: place, as: Int64.self),
                    bits: bytes.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self)
                )
            }
        }
        return Column(
            point: Point(
                id: PointID(number), asset: AssetID(String(names[0])), name: String(names[1]),
                label: Bilingual(zh: "值", en: "value"), kind: .gauge, expectedMilliseconds: Int64(words[1])),
            readings: readings)
    }
}

import Facility
import Foundation
import TestSupport
import Testing
import Trends

@testable import Historian

/// What became of the file system's promises when the power went: writes before the last sync are there, of those
/// behind it any part may be.
@Suite struct PowerCuts {
    @Test func `whatever a cut leaves of unsynced writes, what was synced is there and nothing is invented`()
        throws
    {
        let long = ProcessInfo.processInfo.environment["SITEWATCH_LONG"] != nil
        var random = SeededRandom(7)
        var states = 0
        for seed in 0..<(long ? 12 : 2) as Range<UInt64> {
            let recording = try Recording(rounds: long ? 60 : 24, seed: seed)
            for cut in recording.steps.indices {
                for variant in 0..<(long ? 18 : 6) {
                    try recording.judge(cut: cut, variant: variant, random: &random)
                    states += 1
                }
            }
        }
        #expect(states >= (long ? 10_000 : 250))
        if long { print("power cuts replayed: \(states)") }
    }
}

/// The life of a tail, step by step: what was on the disk before a sync, and what the sync brought there.
private struct Recording {
    /// The files before a sync and behind it.
    struct Step {
        let before: [String: [UInt8]]
        let after: [String: [UInt8]]
        /// Readings before this one are in chunks, at the end of the step.
        let sealed: Int
        /// Readings before this one were acknowledged before the step.
        let acknowledged: Int
        /// Readings before this one were on their way at the end of the step.
        let sent: Int
    }

    /// What recovery must find and what it may find, and how the tail goes on.
    private struct Pen {
        var tail: TailLog
        /// For each record, how many readings it and all before it hold.
        var ends: [UInt64: Int] = [:]
        var sealedRecord: UInt64 = 0

        mutating func write(_ blocks: [RowQueue.Block]) throws {
            var sealed = sealedRecord
            let numbers = try tail.write(
                blocks, wall: 0, uptime: 0, needed: { sealed + 1 }, room: { sealed = $0 })
            sealedRecord = sealed
            for (number, block) in zip(numbers, blocks) {
                ends[number] = block.rows.last.map { Recording.number(of: $0) + 1 }
            }
        }

        var sealed: Int { ends[sealedRecord] ?? 0 }
    }

    private(set) var steps: [Step] = []

    /// Short files: all of them are used again and again.
    private static let slotBytes = 16_384

    init(rounds: Int, seed: UInt64) throws {
        let folder = try TemporaryFolder("cuts")
        var random = SeededRandom(seed)
        var pen = Pen(
            tail: try TailLog(
                folder: folder.url.path, megabytes: 1, boot: "boot", found: [], slotBytes: Self.slotBytes))
        var sent = 0
        var before = try Self.files(folder.url.path)
        for round in 0..<rounds {
            let acknowledged = sent
            var blocks: [RowQueue.Block] = []
            for _ in 0...random.below(4) {
                let count = 1 + random.below(round % 3 == 2 ? 2000 : 40)
                blocks.append(Self.block(from: sent, count))
                sent += count
            }
            try pen.write(blocks)
            let after = try Self.files(folder.url.path)
            steps.append(
                Step(
                    before: before, after: after, sealed: pen.sealed, acknowledged: acknowledged, sent: sent))
            before = after
        }
    }

    /// Lets the power go in the middle of a sync, and looks what recovery makes of it.
    func judge(cut: Int, variant: Int, random: inout SeededRandom) throws {
        let step = steps[cut]
        let folder = try TemporaryFolder("cut")
        for (name, after) in step.after {
            let before = step.before[name]
            // A file is made, filled with zeros and synced before anything is written into it.
            if before == nil, variant == 0 {
                let part = random.below(after.count)
                try Data(repeating: 0, count: part).write(to: URL(fileURLWithPath: folder.path(name)))
                continue
            }
            let old = before ?? [UInt8](repeating: 0, count: after.count)
            let bytes = Self.torn(old, after, variant, &random)
            try Data(bytes).write(to: URL(fileURLWithPath: folder.path(name)))
        }
        let context = "cut \(cut), variant \(variant)"
        let (files, found) = try Self.recover(folder.url.path)
        let present = Set(found)
        try #require(
            (step.sealed..<max(step.sealed, step.acknowledged)).allSatisfy(present.contains),
            "\(context): an acknowledged reading is lost")
        try #require(present.allSatisfy { $0 < step.sent }, "\(context): a reading nobody sent")
        // Life goes on, and the next start finds both.
        var pen = Pen(
            tail: try TailLog(
                folder: folder.url.path, megabytes: 1, boot: "next", found: files,
                slotBytes: Self.slotBytes))
        let next = step.sent + 1000
        try pen.write([Self.block(from: next, 50)])
        let again = Set(try Self.recover(folder.url.path).readings)
        try #require((next..<next + 50).allSatisfy(again.contains), "\(context): the next run lost something")
        // Nothing was given up for it: there is room in the last of the files, or in a new one.
        let kept = pen.sealedRecord == 0 ? present : []
        try #require(kept.isSubset(of: again), "\(context): the next run lost what the last one had")
    }

    /// The numbers of all readings that a start finds; each must be what it was.
    private static func recover(_ folder: String) throws -> (files: [TailReplay.File], readings: [Int]) {
        var readings: [Int] = []
        let files = try TailReplay.run(folder) { rows, _, _ in
            for row in rows {
                let number = number(of: row)
                try #require(row == Self.row(number), "invented: \(row)")
                readings.append(number)
            }
        }
        return (files, readings)
    }

    private static func block(from first: Int, _ count: Int) -> RowQueue.Block {
        var block = RowQueue.Block()
        block.rows = (first..<first + count).map(row)
        return block
    }

    /// Reading number n: everything about it follows from n.
    private static func row(_ number: Int) -> TailRow {
        TailRow(
            point: Int32(abs(number) % 7),
            sample: FlatSample(
                wallMilliseconds: firstOfMarch + Int64(number) * 1000,
                bits: UInt64(bitPattern: Int64(number &* 2_654_435_761 % 100_003)), kind: .integer,
                quality: number % 11 == 0 ? 1 : 0))
    }

    private static func number(of row: TailRow) -> Int {
        Int((row.sample.wallMilliseconds &- firstOfMarch) / 1000)
    }

    /// What the disk may hold: of each sector written since the last sync the new content, the old, zeros or
    /// rubbish.
    private static func torn(
        _ before: [UInt8], _ after: [UInt8], _ variant: Int, _ random: inout SeededRandom
    ) -> [UInt8] {
        guard variant > 0 else { return before }
        let sectors = stride(from: 0, to: after.count, by: 512).map { $0..<min($0 + 512, after.count) }
        let changed = sectors.filter { before[$0] != after[$0] }
        let edge = random.below(changed.count + 1)
        var bytes = after
        for (index, sector) in changed.enumerated() {
            // In order up to some sector, the last ones only, one missing, the first of each block missing, any.
            let isNew =
                switch variant % 6 {
                case 1: index < edge
                case 2: index >= edge
                case 3: index != edge
                case 4: index % 8 != 0
                default: random.chance(0.5)
                }
            guard !isNew else { continue }
            switch random.below(3) {
            case 0: bytes.replaceSubrange(sector, with: before[sector])
            case 1: bytes.replaceSubrange(sector, with: [UInt8](repeating: 0, count: sector.count))
            default: for place in sector { bytes[place] = UInt8(random.below(256)) }
            }
        }
        return bytes
    }

    private static func files(_ folder: String) throws -> [String: [UInt8]] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        var files: [String: [UInt8]] = [:]
        for name in names where name.hasPrefix("tail-") {
            files[name] = Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
        }
        return files
    }
}

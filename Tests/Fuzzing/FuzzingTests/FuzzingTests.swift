import Foundation
import FuzzChecks
import Testing

/// The short form of `script/fuzz`: the same checks on seeded mutations of the committed corpus.
@Suite struct FuzzingTests {
    /// A repeatable source of chance (SplitMix64).
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    private static func corpus(_ target: FuzzTarget) throws -> [[UInt8]] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Corpus/\(target.rawValue)")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .map { Array(try Data(contentsOf: $0)) }
    }

    /// Bits turned, bytes replaced, runs removed, doubled or taken from elsewhere.
    private static func mutated(_ input: [UInt8], with other: [UInt8], _ dice: inout Dice) -> [UInt8] {
        var bytes = input
        for _ in 0..<Int.random(in: 1...4, using: &dice) {
            let place = Int.random(in: 0...bytes.count, using: &dice)
            let end = min(bytes.count, place + Int.random(in: 0...8, using: &dice))
            switch Int.random(in: 0...5, using: &dice) {
            case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &dice)
            case 1 where place < bytes.count:
                bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &dice) ?? 0
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 4: bytes.insert(UInt8.random(in: 0...255, using: &dice), at: place)
            default: bytes.replaceSubrange(place..<end, with: other.dropFirst(place).prefix(8))
            }
        }
        return bytes
    }

    @Test(arguments: FuzzTarget.allCases)
    func `nothing a stranger sends traps or is believed wrongly`(target: FuzzTarget) throws {
        let corpus = try Self.corpus(target)
        #expect(!corpus.isEmpty)
        var dice = Dice(state: 20_261_120)
        var pool = corpus
        for round in 0..<(target == .bus || target == .rules ? 2000 : 20_000) {
            let input: [UInt8]
            if round < corpus.count {
                input = corpus[round]
            } else {
                let base = Int.random(in: 0..<pool.count, using: &dice)
                let other = Int.random(in: 0..<pool.count, using: &dice)
                input = Self.mutated(pool[base], with: pool[other], &dice)
                // Mutations of mutations get further away.
                if round % 8 == 0 { pool[base] = input }
            }
            if let finding = target.finding(input) {
                Issue.record("\(target.rawValue): \(finding): \(Data(input).base64EncodedString())")
                return
            }
        }
    }
}

import Facility
import Foundation
import Notices
import SiteConfig
import Testing

/// Numbers that a seed decides.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Spoils the characters of a file the way hands, editors and disks do.
struct Spoiler {
    var numbers: SeededNumbers
    private static let scraps: [[UInt8]] =
        [
            "\t", "\n", "\r\n", ":", ": ", "- ", "[", "]", "{", "}", ",", "\"", "'", "#", "&a ", "*a",
            "!!int ", "? ",
            "|", ">", "---\n", "...\n", "%TAG ! x\n", "\u{FEFF}", "null", "~", "yes", "12:30", "0x", "-1",
            "99999999999999999999", "1e400", ".nan", "🛗", "\u{0}", "\u{7F}", "<<: ", "\\", "\u{F0000}", "  ",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80]]

    mutating func spoil(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for _ in 0..<Int.random(in: 1...4, using: &numbers) {
            guard !result.isEmpty else { return result }
            let start = Int.random(in: 0..<result.count, using: &numbers)
            let end = min(result.count, start + Int.random(in: 0...12, using: &numbers))
            switch Int.random(in: 0..<6, using: &numbers) {
            case 0: result.removeSubrange(start..<end)
            case 1: result.insert(contentsOf: Self.scraps.randomElement(using: &numbers) ?? [], at: start)
            case 2:
                result.replaceSubrange(start..<end, with: Self.scraps.randomElement(using: &numbers) ?? [])
            case 3:
                result.insert(
                    contentsOf: result[start..<end], at: Int.random(in: 0...result.count, using: &numbers))
            case 4: result[start] = UInt8.random(in: .min ... .max, using: &numbers)
            default: result.removeLast(result.count - start)
            }
        }
        return result
    }
}

@Suite struct `A spoiled file` {
    private static let files: [(name: String, bytes: [UInt8])] = {
        let example = Checkout.share.example
        let shipped = ["pump/generic-vfd-pump", "sensor/tasmota-plug", "lift/generic-lift-gateway"]
        let own = ["site", "buses", "people", "notify", "assets/water"]
        let paths =
            own.map { ("\($0).yaml", "\(example)/\($0).yaml") }
            + shipped.map { ("profiles/\($0).yaml", "\(Checkout.share.profiles)/\($0).yaml") }
            + [("rules/own.yaml", "\(Checkout.share.templates)/rules/site.yaml")]
        return paths.compactMap { name, path in
            FileManager.default.contents(atPath: path).map { (name, Array($0)) }
        }
    }()

    /// `MUTATIONS` asks for more than the few hundred that fit into every run.
    private static let seeds: Range<UInt64> =
        0..<(ProcessInfo.processInfo.environment["MUTATIONS"].flatMap(UInt64.init) ?? 25)

    @Test(arguments: seeds)
    func `ends in a configuration or in a problem inside a file, never in a crash`(seed: UInt64) throws {
        #expect(Self.files.count == 9)
        try withTemporaryFolder { folder in
            for (name, bytes) in Self.files {
                let file = URL(fileURLWithPath: "\(folder)/\(name)")
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(bytes).write(to: file)
            }
            let share = ShareFolder("\(Checkout.fixtures)/share")
            for (index, (name, bytes)) in Self.files.enumerated() {
                var spoiler = Spoiler(numbers: SeededNumbers(seed: seed &* 31 &+ UInt64(index)))
                let spoiled = spoiler.spoil(bytes)
                let file = URL(fileURLWithPath: "\(folder)/\(name)")
                try Data(spoiled).write(to: file)
                let result = World.loader(folder, share: share).load()
                #expect((result.configuration == nil) == result.problems.contains { $0.severity == .error })
                for problem in result.problems {
                    expectInside(problem, folder: folder, seed: seed)
                }
                try Data(bytes).write(to: file)
            }
        }
    }

    private func expectInside(_ problem: Problem, folder: String, seed: UInt64) {
        let path = problem.position.file
        let bytes =
            FileManager.default.contents(atPath: path.hasPrefix("/") ? path : "\(folder)/\(path)") ?? Data()
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.unicodeScalars.split(omittingEmptySubsequences: false) {
            ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0)
        }
        let place = problem.position
        #expect(place.line >= 1 && place.line <= lines.count, "seed \(seed): \(place)")
        // A carriage return and a newline make two lines here and one for the loader.
        guard !text.unicodeScalars.contains("\r"), lines.indices.contains(place.line - 1) else { return }
        let width = lines[place.line - 1].count
        #expect(place.column >= 1 && place.column <= width + 1, "seed \(seed): \(place) of \(width)")
        #expect(Checkout.catalog.keys(.en).contains(problem.message.key))
    }
}

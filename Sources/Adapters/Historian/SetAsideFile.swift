import Foundation
import Trends

/// A damaged file of the history that was put aside, and what could be saved of it.
public struct SetAsideFile: Hashable, Sendable {
    /// Its name now: `2026-03.sqlite.damaged-20261129T121314Z`.
    public let file: String
    /// When it was put aside, by the wall clock. Milliseconds since 1970.
    public let wallMilliseconds: Int64
    /// What was saved and lost; grows until `isFinished`.
    public internal(set) var salvaged = SalvageCounts()
    /// Whether everything that can be read of it is in the month's new file.
    public internal(set) var isFinished = false

    /// What it was.
    let origin: HistoryFile

    /// What stands between the name of a month's file and the time it was put aside.
    static let mark = ".damaged-"
    private static let doneSuffix = ".salvaged"
    private static let format = Date.ISO8601FormatStyle(
        dateSeparator: .omitted, timeSeparator: .omitted, timeZone: .gmt)

    /// Reads the name of a file that was put aside; nil for other files.
    init?(_ name: String) {
        guard let range = name.range(of: Self.mark),
            let origin = HistoryFile(name: name[..<range.lowerBound]),
            let date = try? Date(String(name[range.upperBound...].prefix(16)), strategy: Self.format),
            !name.hasSuffix(Self.doneSuffix), !name.hasSuffix("-journal")
        else { return nil }
        file = name
        self.origin = origin
        wallMilliseconds = Int64(date.timeIntervalSince1970 * 1000)
    }

    /// Moves a month's file and its journal out of the way under a name with the time; nothing is ever deleted.
    static func setAside(
        _ origin: HistoryFile, in folder: String, at wallMilliseconds: Int64
    ) throws(HistoryError) -> SetAsideFile? {
        let files = FileManager.default
        let path = origin.path(in: folder)
        let date = Date(timeIntervalSince1970: Double(wallMilliseconds) / 1000)
        let kept = freeName(origin.name + mark + date.formatted(format), in: folder)
        try attempt(path) {
            // The journal first: the new file must never meet the journal of the old one.
            for suffix in ["-journal", ""] where files.fileExists(atPath: path + suffix) {
                try files.moveItem(atPath: path + suffix, toPath: "\(folder)/\(kept)\(suffix)")
            }
            try syncFolder(folder)
        }
        return SetAsideFile(kept)
    }

    /// Every file put aside in a folder, the earliest first.
    static func all(in folder: String) -> [SetAsideFile] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { SetAsideFile($0)?.reread(in: folder) }
            .sorted { ($0.wallMilliseconds, $0.file) < ($1.wallMilliseconds, $1.file) }
    }

    /// Whether a name is of a file put aside, or of what lies beside one.
    static func isPart(_ name: some StringProtocol) -> Bool { name.contains(".sqlite.damaged") }

    /// Notes for good that all of it is saved that can be.
    func writeDone(in folder: String) throws(HistoryError) {
        let path = "\(folder)/\(file)\(Self.doneSuffix)"
        let text = "\(salvaged.chunks) \(salvaged.samples) \(salvaged.lostChunks) \(salvaged.lostPages)\n"
        try attempt(path) { try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic) }
    }

    private func reread(in folder: String) -> SetAsideFile {
        guard let text = try? String(contentsOfFile: "\(folder)/\(file)\(Self.doneSuffix)", encoding: .utf8)
        else { return self }
        var known = self
        let numbers = text.split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { Int($0) }
        guard numbers.count == 4 else { return self }
        known.salvaged = SalvageCounts(
            chunks: numbers[0], samples: numbers[1], lostChunks: numbers[2], lostPages: numbers[3])
        known.isFinished = true
        return known
    }

    private static func freeName(_ wanted: String, in folder: String) -> String {
        var name = wanted
        var count = 2
        while FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
            name = "\(wanted)-\(count)"
            count += 1
        }
        return name
    }
}

/// What was saved of a damaged file, and what was not.
public struct SalvageCounts: Hashable, Sendable {
    /// Chunks that were whole.
    public internal(set) var chunks = 0
    /// The readings in them.
    public internal(set) var samples = 0
    /// Chunks that were found and could not be read, or records of a tail.
    public internal(set) var lostChunks = 0
    /// Pages that could not be read, or hold nothing that makes sense.
    public internal(set) var lostPages = 0
}

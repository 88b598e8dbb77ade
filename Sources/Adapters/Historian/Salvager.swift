import Foundation
import Trends

/// Brings what can be read of files put aside into the months' new files, a little at a time, so that no sync
/// waits for it. A crash in between costs nothing: it begins anew, and doing it twice changes nothing.
struct Salvager: Sendable {
    private let folder: String
    private let months: MonthFiles
    private let state: SharedState
    private let rollUps: RollUpMaker
    private var failures: [String: Int] = [:]
    private var current: (file: String, salvage: MonthSalvage)?

    /// So many pages are read in one step: about half a megabyte.
    private static let pages = 16

    /// A file that cannot be read so many times is given up until the next start.
    private static let failureLimit = 10

    init(folder: String, months: MonthFiles, state: SharedState, rollUps: RollUpMaker) {
        self.rollUps = rollUps
        self.folder = folder
        self.months = months
        self.state = state
    }

    /// Does a little, if there is anything to do; what fails is tried again in the next step.
    mutating func step() {
        guard let file = state.withLock({ $0.statistics.setAside.first { !$0.isFinished } }) else { return }
        do throws(HistoryError) {
            try step(file)
        } catch {
            current = nil
            // A file that is gone went with its month; one that cannot be opened will not get better.
            let isThere = FileManager.default.fileExists(atPath: "\(folder)/\(file.file)")
            guard isThere else {
                return state.withLock { $0.statistics.setAside.removeAll { $0.file == file.file } }
            }
            // The new file may be damaged as well: the writer puts it aside like any other.
            if case .damaged(file.origin.path(in: folder)) = error { months.suspect(file.origin) }
            giveUpInTime(file, error)
            state.withLock { $0.statistics.sealFault = error }
        }
    }

    /// A full disk gets room again; a file that cannot be read stays so, and others wait for their turn.
    private mutating func giveUpInTime(_ file: SetAsideFile, _ error: HistoryError) {
        if case .noSpace = error { return }
        failures[file.file, default: 0] += 1
        guard failures[file.file, default: 0] >= Self.failureLimit else { return }
        state.withLock { state in
            guard let place = state.statistics.setAside.firstIndex(where: { $0.file == file.file }) else {
                return
            }
            state.statistics.setAside[place].isFinished = true
        }
    }

    private mutating func step(_ file: SetAsideFile) throws(HistoryError) {
        let path = "\(folder)/\(file.file)"
        guard FileManager.default.fileExists(atPath: path) else {
            throw .failed(file: path, reason: "gone")
        }
        var salvage: MonthSalvage
        if let current, current.file == file.file {
            salvage = current.salvage
        } else {
            salvage = try MonthSalvage(path)
        }
        let known = Int32(state.withLock { $0.registry.points.count })
        // A number that no point has is a number the damage made.
        let saved = salvage.step(pages: Self.pages).filter { $0.point < known }
        try rollUps.forget(saved.map { RipeWindow(point: $0.point, window: $0.window) })
        // The new file is made even when nothing was saved: what is put aside goes with it one day.
        let target = try months.opened(file.origin)
        let points = state.withLock { $0.registry.points }
        do throws(HistoryError) {
            try target.merge(
                saved, hints: { Int($0) < points.count ? points[Int($0)].hints : ChunkCodec.Hints() },
                damaged: { _ in state.withLock { $0.statistics.damaged += 1 } })
            try target.restore(salvage.rollUps)
        } catch {
            months.forget(file.origin)
            throw error
        }
        current = (file.file, salvage)
        var told = file
        told.salvaged = salvage.counts
        told.isFinished = salvage.isFinished
        if told.isFinished {
            try told.writeDone(in: folder)
            current = nil
        }
        state.withLock { state in
            guard let place = state.statistics.setAside.firstIndex(where: { $0.file == told.file }) else {
                return
            }
            state.statistics.setAside[place] = told
        }
    }
}

extension HistoryStatistics {
    /// So many files put aside are told of.
    private static let setAsideLimit = 16

    /// Notes a file put aside; of those that are done with, only the last ones stay in the list.
    mutating func note(_ file: SetAsideFile) {
        setAside.append(file)
        while setAside.count > Self.setAsideLimit, let place = setAside.firstIndex(where: \.isFinished) {
            setAside.remove(at: place)
        }
    }
}

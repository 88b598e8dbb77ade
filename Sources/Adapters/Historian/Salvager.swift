import Foundation
import Trends

/// Brings what can be read of files put aside into the months' new files, a little at a time, so that no sync
/// waits for it. A crash in between costs nothing: it begins anew, and doing it twice changes nothing.
struct Salvager: Sendable {
    private let folder: String
    private let months: MonthFiles
    private let state: SharedState
    private var current: (file: String, salvage: MonthSalvage)?

    /// So many pages are read in one step: about half a megabyte.
    private static let pages = 16

    init(folder: String, months: MonthFiles, state: SharedState) {
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
            state.withLock { $0.statistics.sealFault = error }
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
        let saved = salvage.step(pages: Self.pages)
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
        var known = file
        known.salvaged = salvage.counts
        known.isFinished = salvage.isFinished
        if known.isFinished {
            try known.writeDone(in: folder)
            current = nil
        }
        state.withLock { state in
            guard let place = state.statistics.setAside.firstIndex(where: { $0.file == known.file }) else {
                return
            }
            state.statistics.setAside[place] = known
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

import Facility

/// Decides which files have had their time, and which have to make room.
public struct RetentionPlan: Hashable, Sendable {
    /// How long each grain is kept, milliseconds.
    public struct Keep: Hashable, Sendable {
        /// Every reading.
        public var reading: Int64
        /// Rows of a minute.
        public var minute: Int64
        /// Rows of a quarter of an hour.
        public var quarter: Int64
        /// Rows of an hour.
        public var hour: Int64

        /// Says how long each grain is kept; a coarser one that is not named stays as long as the readings.
        public init(reading: Int64, minute: Int64? = nil, quarter: Int64? = nil, hour: Int64? = nil) {
            self.reading = max(0, reading)
            self.minute = max(0, minute ?? reading)
            self.quarter = max(0, quarter ?? reading)
            self.hour = max(0, hour ?? reading)
        }

        /// How long a grain is kept.
        public subscript(_ grain: HistoryGrain) -> Int64 {
            switch grain {
            case .reading: reading
            case .minute: minute
            case .quarter: quarter
            case .hour: hour
            }
        }
    }

    /// How long points are kept that have no shelf of their own.
    public let keep: Keep
    /// How long the points of each shelf are kept.
    public let shelves: [String: Keep]
    /// How many bytes everything together may take; nil without a limit.
    public let limitBytes: Int64?

    /// Keeps points for a span, or for less where that would take too many bytes.
    public init(keep: Keep, shelves: [String: Keep] = [:], limitBytes: Int64? = nil) {
        self.keep = keep
        self.shelves = shelves
        self.limitBytes = limitBytes
    }

    /// How long a file is kept, milliseconds. A shelf nobody knows any more is kept like the one without a name.
    public func span(of file: HistoryFile) -> Int64 {
        (shelves[file.shelf] ?? keep)[file.grain]
    }

    /// The files to remove: those whose month ended before the kept span began.
    ///
    /// A clock that stands before 2024, or before the newest month there is, is not trusted to remove anything.
    public func expired(
        _ files: [HistoryFile], newest: HistoryMonth?, wallMilliseconds: Int64
    ) -> [HistoryFile] {
        guard wallMilliseconds >= TrustedTime.earliest,
            let newest = [newest, files.map(\.month).max()].compactMap({ $0 }).max(),
            wallMilliseconds >= newest.startMilliseconds
        else { return [] }
        return files.filter { file in
            // Stamped by a clock that was never set: how old it is nobody knows.
            guard file.month.startMilliseconds >= TrustedTime.oldestMeant else { return false }
            let oldestKept = wallMilliseconds.subtractingReportingOverflow(span(of: file))
            return !oldestKept.overflow && file.month.endMilliseconds <= oldestKept.partialValue
        }.sorted()
    }

    /// The files to remove so that everything takes no more than the limit: as few of the earliest as do, readings
    /// before rows, finer rows before coarser ones, and never anything of the newest month.
    ///
    /// No clock has a say: what is too much is too much at any time, and order alone tells what goes first.
    ///
    /// - Parameters:
    ///   - files: The bytes that removing a file would free.
    ///   - totalBytes: What everything takes now, files and all else.
    ///   - kept: More months that stay whatever they take: those still written to.
    public func excess(
        _ files: [HistoryFile: Int64], totalBytes: Int64, keeping kept: Set<HistoryMonth> = []
    ) -> [HistoryFile] {
        guard let limitBytes, let newest = files.keys.map(\.month).max() else { return [] }
        var left = totalBytes
        var excess: [HistoryFile] = []
        let order = files.sorted {
            ($0.key.grain, $0.key.month, $0.key.shelf) < ($1.key.grain, $1.key.month, $1.key.shelf)
        }
        for (file, bytes) in order where left > limitBytes {
            if file.month == newest || kept.contains(file.month) { continue }
            excess.append(file)
            left -= bytes
        }
        return excess
    }
}

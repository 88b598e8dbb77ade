import Facility
import Synchronization
import Trends

/// How much of the disk the history may still claim. The last part of it belongs to the ledger: alarms and
/// messages must go on being recorded when readings no longer are.
///
/// Only new room is refused. What was claimed before, the files of the tail above all, is written on.
final class DiskRoom: Sendable {
    /// What room is wanted for. The less it matters the earlier it has to wait.
    enum Claim: Hashable {
        /// Rows that can be made later, and what is saved of damaged files.
        case rollUp
        /// Chunks in the files of months.
        case seal
        /// A file of the tail, with its bytes.
        case tail(Int)
    }

    private let look: @Sendable () -> DiskSpace?
    private let clock: @Sendable () -> Moment
    private let reserveBytes: Int64?
    private let seen = Mutex<(space: DiskSpace?, uptimeMilliseconds: Int64)?>(nil)

    /// How long what was seen counts.
    private static let patience: Int64 = 1000
    private static let largestReserve: Int64 = 256 << 20

    /// Room on a disk that `look` describes; nil leaves the disk unwatched.
    init(
        reserveBytes: Int64?, clock: @escaping @Sendable () -> Moment,
        look: @escaping @Sendable () -> DiskSpace?
    ) {
        self.reserveBytes = reserveBytes
        self.clock = clock
        self.look = look
    }

    /// The disk as it was a second ago at most; nil if nothing is known of it.
    var space: DiskSpace? {
        let now = clock().uptimeMilliseconds
        return seen.withLock { seen in
            if let seen, (0..<Self.patience).contains(now - seen.uptimeMilliseconds) { return seen.space }
            let space = look()
            seen = (space, now)
            return space
        }
    }

    /// What is left to the ledger, bytes.
    func reserve(of space: DiskSpace) -> Int64 {
        // Kept on a small disk as well: never more than a quarter of it.
        reserveBytes.map { min($0, space.totalBytes / 4) }
            ?? min(Self.largestReserve, space.totalBytes / 20)
    }

    /// Whether room may be claimed now.
    func allows(_ claim: Claim) -> Bool {
        guard let space else { return true }
        let reserve = reserve(of: space)
        return switch claim {
        case .rollUp: space.freeBytes >= 2 * reserve
        case .seal: space.freeBytes >= reserve
        case .tail(let bytes): space.freeBytes - Int64(bytes) >= reserve
        }
    }

    /// How much more the history may take, bytes; nil if nothing is known of the disk.
    var claimableBytes: Int64? {
        space.map { max(0, $0.freeBytes - reserve(of: $0)) }
    }
}

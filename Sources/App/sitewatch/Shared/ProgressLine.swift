import Foundation
import Synchronization

/// One line on a person's terminal that tells how far something is; a pipe gets none.
final class ProgressLine: Sendable {
    private let session: Session
    private let shown = Mutex<String>("")

    init(_ session: Session) {
        self.session = session
    }

    /// Shows what is being done and how much of it is done, from 0 to 1.
    func show(_ what: String, _ share: Double) {
        guard session.terminal.isInteractive else { return }
        let percent = Int((min(max(share, 0), 1) * 100).rounded(.down))
        let line = "\(SafeText.plain(what)) \(percent) %"
        let isNew = shown.withLock { shown in
            defer { shown = line }
            return shown != line
        }
        if isNew { session.terminal.err("\r\u{1B}[K" + line) }
    }

    /// Takes the line away.
    func clear() {
        let wasShown = shown.withLock { shown in
            defer { shown = "" }
            return !shown.isEmpty
        }
        if wasShown { session.terminal.err("\r\u{1B}[K") }
    }
}

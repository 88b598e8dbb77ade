import Facility

/// A line on the terminal of a person who waits; nothing anywhere else.
struct Progress {
    let session: Session
    private var shownMilliseconds: Int64 = .min
    private var isShown = false

    private static let pause: Int64 = 200

    init(_ session: Session) {
        self.session = session
    }

    /// Shows a text in place of the one before, unless that was done a moment ago.
    mutating func show(_ message: @autoclosure () -> Message) {
        guard session.terminal.isInteractive else { return }
        let now = session.terminal.now()
        guard shownMilliseconds == .min || now - shownMilliseconds >= Self.pause else { return }
        shownMilliseconds = now
        isShown = true
        session.terminal.err("\r\u{1B}[K" + session.text(message()))
    }

    /// Takes the line away.
    mutating func end() {
        if isShown { session.terminal.err("\r\u{1B}[K") }
        isShown = false
    }
}

import Glibc

/// The signals that the calling thread holds back.
public enum SignalMask {
    /// Runs `body` with every signal let through on this thread.
    ///
    /// A program inherits the mask of the thread that starts it, and the threads that run Swift's tasks hold
    /// back nearly every signal: a broker started from one of them does not hear SIGTERM.
    public static func cleared<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var none = sigset_t()
        var before = sigset_t()
        _ = unsafe sigemptyset(&none)
        _ = unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { _ = unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        return try body()
    }
}

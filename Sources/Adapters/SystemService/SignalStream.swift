// A dispatch source may be cancelled from any thread; its protocol does not say so.
@unsafe @preconcurrency import Dispatch
import Glibc

/// What the operator or systemd asks of the running process.
public enum ProcessSignal: Int32, Hashable, Sendable, CaseIterable {
    /// Reload the configuration: SIGHUP.
    case reload = 1
    /// Stop, asked at the keyboard: SIGINT.
    case interrupt = 2
    /// Stop, asked by systemd: SIGTERM.
    case terminate = 15
}

/// The signals of the process as a sequence.
public enum SignalStream {
    /// Takes over the signals named and gives each as it comes, until the reader stops.
    ///
    /// Returns once the signals are held back, so that none ends the process afterwards. A reader that is
    /// slow gets the last few; a second SIGTERM is worth no more than the first.
    public static func open(_ signals: [ProcessSignal] = ProcessSignal.allCases) async
        -> AsyncStream<ProcessSignal>
    {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ProcessSignal.self, bufferingPolicy: .bufferingNewest(8))
        let sources = signals.map { signal in
            let source = DispatchSource.makeSignalSource(signal: signal.rawValue, queue: .global())
            source.setEventHandler { continuation.yield(signal) }
            return source
        }
        continuation.onTermination = { _ in sources.forEach { $0.cancel() } }
        for source in sources {
            await withCheckedContinuation { registered in
                source.setRegistrationHandler { registered.resume() }
                source.activate()
            }
        }
        return stream
    }

    /// Makes a write to a closed connection an error of that call instead of the end of the process.
    public static func ignoreBrokenPipes() {
        _ = signal(SIGPIPE, SIG_IGN)
    }
}

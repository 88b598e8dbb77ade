internal import Dispatch

/// A thread for calls that block, so that they never hold up the threads everything else runs on.
struct BlockingQueue: Sendable {
    private let queue: DispatchQueue

    init(_ label: String) {
        queue = DispatchQueue(label: label)
    }

    /// Runs a blocking call and gives back what it returned or threw; calls run one after another.
    func run<Answer: Sendable>(_ call: @escaping @Sendable () throws -> Answer) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: call)) }
        }
    }

    /// Runs a blocking call that cannot fail and gives back what it returned.
    func run<Answer: Sendable>(_ call: @escaping @Sendable () -> Answer) async -> Answer {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: call()) }
        }
    }
}

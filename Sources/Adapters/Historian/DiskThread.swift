import Dispatch

/// Where work that waits for the disk is done, so that no task's thread has to wait.
struct DiskThread: Sendable {
    private let queue: DispatchQueue

    /// One job at a time, or many at once.
    init(_ label: String, isShared: Bool = false) {
        queue = DispatchQueue(label: label, attributes: isShared ? .concurrent : [])
    }

    /// Does a job there and gives what it gave.
    func run<Output: Sendable>(
        _ job: @escaping @Sendable () throws(HistoryError) -> Output
    ) async throws(HistoryError) -> Output {
        let result: Result<Output, HistoryError> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(HistoryError) {
                    continuation.resume(returning: .success(try job()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}

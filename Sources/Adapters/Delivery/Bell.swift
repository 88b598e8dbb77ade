import Synchronization

/// Lets one task wait for news or for a time, whichever comes first. A ring nobody waits for is kept.
final class Bell: Sendable {
    fileprivate struct State {
        var isRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// There is news.
    func ring() {
        state.withLock { state in
            state.isRung = true
            return state.takeWaiter()
        }?.resume()
    }

    /// Waits for news, but no longer than a sleep lasts; whether there was news.
    func wait(orUntil sleep: @escaping @Sendable () async throws -> Void) async -> Bool {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await sleep() }
            group.addTask { await self.waitForRing() }
            await group.next()
            group.cancelAll()
        }
        return state.withLock { state in
            defer { state.isRung = false }
            return state.isRung
        }
    }

    private func waitForRing() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isRung || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.takeWaiter() }?.resume()
        }
    }
}

extension Bell.State {
    fileprivate mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
        defer { waiter = nil }
        return waiter
    }
}

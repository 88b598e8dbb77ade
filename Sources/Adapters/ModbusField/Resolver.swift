import Glibc
import Synchronization

/// Asks name servers on threads of its own, because the system's resolver blocks and cannot be interrupted.
///
/// Few threads, started when a name is asked for and ended when none is left. A name that is already being
/// asked for is not asked for again.
final class Resolver: Sendable {
    /// What came of a question.
    typealias Answer = Result<[SocketAddress], ModbusError>

    private struct Question: Hashable {
        let host: String
        let port: Int
    }

    private struct State {
        var waiting: [Question] = []
        var askers: [Question: [@Sendable (Answer) -> Void]] = [:]
        var threads = 0
    }

    /// One name server that does not answer must not hold up the names another knows.
    private static let mostThreads = 2
    /// The resolver is the deepest call; only the pages in use take memory.
    private static let stackBytes = 256 * 1024

    private let state = Mutex(State())

    /// Asks for a name's addresses; the answer comes on another thread.
    func find(host: String, port: Int, answer: @escaping @Sendable (Answer) -> Void) {
        let question = Question(host: host, port: port)
        let mustStart = state.withLock { state in
            let isNew = state.askers[question] == nil
            state.askers[question, default: []].append(answer)
            guard isNew else { return false }
            state.waiting.append(question)
            guard state.threads < Self.mostThreads else { return false }
            state.threads += 1
            return true
        }
        if mustStart { startThread("resolver", stackBytes: Self.stackBytes) { [self] in work() } }
    }

    private func work() {
        while let question = next() {
            let answer: Answer
            do throws(ModbusError) {
                answer = .success(
                    try SocketAddress.find(host: question.host, port: question.port, isNumeric: false))
            } catch {
                answer = .failure(error)
            }
            let askers = state.withLock { $0.askers.removeValue(forKey: question) } ?? []
            for asker in askers { asker(answer) }
        }
    }

    private func next() -> Question? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.threads -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}

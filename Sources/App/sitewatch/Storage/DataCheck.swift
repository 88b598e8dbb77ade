import Facility
import Foundation
import Historian
import Ledger
import Synchronization

/// Checks everything in a data folder: what `verify` does, and `restore` when it is done.
struct DataCheck {
    /// One thing that is not as it should be.
    struct Finding: Hashable, Sendable {
        let file: String
        /// The word behind which the texts stand.
        let kind: String
        let detail: String
        let point: String?
        let span: Range<Int64>?
    }

    /// What was looked at and found.
    struct Result: Sendable {
        var counts = HistoryCheck.Counts()
        var findings: [Finding] = []
        var setAside: [SetAsideFile] = []
        /// How many findings there were; of very many only the first are kept.
        var total = 0

        /// So many findings are kept.
        static let limit = 1000

        mutating func add(_ finding: Finding) {
            total += 1
            if findings.count < Self.limit { findings.append(finding) }
        }
    }

    let folder: DataFolder
    let progress: ProgressLine

    /// Checks everything.
    func run() throws -> Result {
        var result = Result()
        if FileManager.default.fileExists(atPath: folder.history) { try checkHistory(&result) }
        if folder.ledger.isPresent { try checkLedger(&result) }
        progress.clear()
        return result
    }

    private func checkHistory(_ result: inout Result) throws {
        let found = Mutex(Result())
        let progress = progress
        let check = HistoryCheck(folder: folder.history) { file, share in
            progress.show("history/\(file)", share)
        } found: { finding in
            found.withLock {
                $0.add(
                    Finding(
                        file: "history/\(finding.file)", kind: finding.kind.rawValue,
                        detail: finding.detail, point: finding.point, span: finding.span))
            }
        }
        do throws(HistoryError) {
            let counts = try check.run()
            result = found.withLock { $0 }
            result.counts = counts
            result.setAside = check.setAside
        } catch {
            throw CommandFailure(error.message)
        }
    }

    private func checkLedger(_ result: inout Result) throws {
        progress.show("ledger.sqlite", 0)
        result.counts.files += 1
        do throws(LedgerError) {
            for line in try folder.ledger.findings() {
                result.add(
                    Finding(file: "ledger.sqlite", kind: "ledger", detail: line, point: nil, span: nil))
            }
        } catch {
            guard case .damaged(_, let detail) = error else { throw CommandFailure(error.message) }
            result.add(Finding(file: "ledger.sqlite", kind: "ledger", detail: detail, point: nil, span: nil))
        }
    }
}

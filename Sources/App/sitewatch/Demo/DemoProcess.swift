import Dispatch
import Foundation
import Synchronization
import SystemService

/// A program the demonstration started and ends.
final class DemoProcess: Sendable {
    /// The lines the program prints.
    let lines: AsyncStream<String>

    private let process: Process
    private let input = Pipe()

    /// Starts a program; its errors go to a file.
    init(_ executable: URL, _ arguments: [String], errors: URL) throws {
        process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.standardInput = input
        _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        process.standardError = try FileHandle(forWritingTo: errors)
        let output = Pipe()
        process.standardOutput = output
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        lines = stream
        let assembler = LineAssembler()
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                continuation.finish()
            }
            for line in assembler.add(data) { continuation.yield(line) }
        }
        // A task's thread blocks most signals, and a child would start with them blocked.
        try SignalMask.cleared { try process.run() }
    }

    /// Whether the program still runs.
    var isRunning: Bool { process.isRunning }

    /// Writes a line to the program's standard input.
    func send(_ line: String) {
        try? input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    }

    /// Asks the program to end, and ends it if it does not. Waits for it even in a cancelled task: nothing may be
    /// left running.
    func end(within seconds: Double = 5) async {
        guard process.isRunning else { return }
        process.terminate()
        await withCheckedContinuation { done in
            DispatchQueue.global().async { [process] in
                DispatchQueue.global().asyncAfter(deadline: .now() + seconds) {
                    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
                }
                process.waitUntilExit()
                done.resume()
            }
        }
    }
}

/// Cuts what a pipe brings into lines.
private final class LineAssembler: Sendable {
    private let rest = Mutex<Data>(Data())

    func add(_ data: Data) -> [String] {
        rest.withLock { rest in
            rest.append(data)
            var lines: [String] = []
            while let end = rest.firstIndex(of: 10) {
                lines.append(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
                rest = Data(rest[rest.index(after: end)...])
            }
            return lines
        }
    }
}

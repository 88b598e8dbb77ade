import Facility
import Foundation
import Glibc
import TestSupport
import Testing

@testable import SystemService

/// Runs a program and gives what it printed; standard error goes with it.
func output(of program: String, _ arguments: [String], input: String = "", zone: String? = nil) throws
    -> String
{
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    if let zone { process.environment = ["TZ": zone, "LC_ALL": "C"] }
    let (into, from) = (Pipe(), Pipe())
    process.standardInput = into
    process.standardOutput = from
    process.standardError = from
    try process.run()
    let writer = Thread { [handle = into.fileHandleForWriting] in
        try? handle.write(contentsOf: Data(input.utf8))
        try? handle.close()
    }
    writer.start()
    let text = String(decoding: from.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text
}

@Test func `both clocks run, and the wall clock agrees with the rest of the machine`() throws {
    let first = SystemClock.moment()
    let second = SystemClock.moment()
    #expect(second.milliseconds(since: first) >= 0)
    #expect(abs(Double(first.wallMilliseconds) / 1000 - Date().timeIntervalSince1970) < 60)
    let uptime = try String(contentsOfFile: "/proc/uptime", encoding: .utf8)
    let seconds = try #require(uptime.split(separator: " ").first.flatMap { Double($0) })
    #expect(abs(Double(first.uptimeMilliseconds) / 1000 - seconds) < 60)
}

@Test func `the boot has one name`() throws {
    let name = try SystemClock.bootID()
    #expect(try SystemClock.bootID() == name)
    #expect(UUID(uuidString: name) != nil)
}

@Test func `two daemons never share a data folder, and the second learns who has it`() throws {
    let folder = try TemporaryFolder("data")
    let first = try DataFolderLock(folder: folder.url.path)
    #expect(throws: SystemError.folderInUse(path: folder.url.path, pid: getpid())) {
        _ = try DataFolderLock(folder: folder.url.path)
    }
    withExtendedLifetime(first) {}
}

@Test func `a folder is free again once its holder is gone`() throws {
    let folder = try TemporaryFolder("data")
    do { _ = try DataFolderLock(folder: folder.url.path) }
    let second = try DataFolderLock(folder: folder.url.path)
    let content = try String(contentsOfFile: folder.path("lock"), encoding: .utf8)
    #expect(content == "\(getpid())\n")
    withExtendedLifetime(second) {}
}

@Test func `a data folder that does not exist is named with the kernel's reason`() {
    let error = #expect(throws: SystemError.self) { _ = try DataFolderLock(folder: "/nowhere") }
    #expect(error == .unusable(path: "/nowhere/lock", errno: ENOENT))
    #expect(error?.message.arguments["reason"] == "No such file or directory")
}

@Test func `the signals of the operator arrive instead of ending the process`() async throws {
    var signals = await SignalStream.open().makeAsyncIterator()
    for signal in ProcessSignal.allCases {
        #expect(kill(getpid(), signal.rawValue) == 0)
        let received = await signals.next()
        #expect(received == signal)
    }
}

@Test func `a program started with signals let through ends on SIGTERM, whatever thread starts it`()
    async throws
{
    let stream = await SignalStream.open([.reload])
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sleep")
    process.arguments = ["60"]
    try SignalMask.cleared { () throws in try process.run() }
    process.terminate()
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    withExtendedLifetime(stream) {}
}

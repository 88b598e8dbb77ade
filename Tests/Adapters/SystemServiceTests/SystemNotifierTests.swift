import Foundation
import TestSupport
import Testing

@testable import SystemService

@Test(arguments: [false, true])
func `systemd hears every state, on a path and on an abstract name`(abstract: Bool) throws {
    let folder = try TemporaryFolder("notify")
    let path = abstract ? "@sitewatch-\(UUID().uuidString)" : folder.path("notify")
    let socket = try NotifySocket(path)
    let notifier = SystemNotifier(socketPath: path)
    // The kernel lists a name with its @, a path as it is.
    let sockets = String(decoding: try bytes(of: "/proc/net/unix"), as: UTF8.self)
    #expect(sockets.contains(" \(path)\n"))
    #expect(FileManager.default.fileExists(atPath: path) == !abstract)

    #expect(notifier.ready())
    #expect(socket.next() == "READY=1")
    notifier.status("12 assets\n3 alarms")
    #expect(socket.next() == "STATUS=12 assets 3 alarms")
    notifier.watchdog()
    #expect(socket.next() == "WATCHDOG=1")
    notifier.reloading()
    let reloading = try #require(socket.next()).split(separator: "\n")
    #expect(reloading.first == "RELOADING=1")
    let stamp = try #require(reloading.last?.split(separator: "=").last.flatMap { Int64($0) })
    #expect(stamp > 0)
    notifier.stopping()
    #expect(socket.next() == "STOPPING=1")
    #expect(socket.next() == nil)
}

@Test(arguments: [nil, "", "relative/path", "@", "/nowhere/at/all", "/" + String(repeating: "x", count: 200)])
func `without a socket that listens, nothing is said and nothing breaks`(path: String?) {
    #expect(SystemNotifier(socketPath: path).ready() == false)
}

@Test func `a path fills the address to the last byte but one, an abstract name to the last`() throws {
    #expect(SystemNotifier.address(of: "/" + String(repeating: "x", count: 106)) != nil)
    #expect(SystemNotifier.address(of: "/" + String(repeating: "x", count: 107)) == nil)
    #expect(SystemNotifier.address(of: "@" + String(repeating: "x", count: 107)) != nil)
    #expect(SystemNotifier.address(of: "@" + String(repeating: "x", count: 108)) == nil)
}

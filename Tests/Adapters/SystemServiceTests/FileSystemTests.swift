import Facility
import Foundation
import SystemService
import Testing

@Test func `the room of a file system is what Foundation finds too`() throws {
    let space = try #require(FileSystem.space(of: "/"))
    let known = try FileManager.default.attributesOfFileSystem(forPath: "/")
    let total = try #require(known[.systemSize] as? NSNumber).int64Value
    let free = try #require(known[.systemFreeSize] as? NSNumber).int64Value
    #expect(space.totalBytes == total)
    // Others write meanwhile.
    #expect(abs(space.freeBytes - free) < 1 << 30)
    #expect(space.usedBytes > 0 && space.usedBytes + space.freeBytes <= space.totalBytes)
    #expect(FileSystem.space(of: "/no/such/folder") == nil)
}

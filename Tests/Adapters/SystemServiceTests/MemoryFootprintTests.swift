import Foundation
import Testing

@testable import SystemService

private let map = """
    5570a000-5570b000 r-xp 00001000 fe:00 131 /usr/bin/a name with blanks
    Size:                  4 kB
    Rss:                   4 kB
    Anonymous:             0 kB
    5570b000-5570c000 r--p 00002000 fe:00 131                        /usr/bin/relocated
    Anonymous:             4 kB
    5570c000-5570d000 rw-p 00003000 fe:00 131                        /usr/bin/writable
    Anonymous:             0 kB
    5570d000-5570e000 r--p 00000000 00:00 0
    Anonymous:             0 kB
    7ffd0000-7ffd1000 r-xp 00000000 00:00 0                          [vdso]
    Anonymous:             0 kB
    """

@Test func `only whole pages of files are given back, never relocated or writable ones`() {
    let mappings = FileMapping.all(in: Array(map.utf8))
    #expect(mappings.count == 5)
    #expect(mappings.filter(\.isUntouched).map(\.path) == ["/usr/bin/a name with blanks"])
    #expect(mappings.first?.range == 0x5570_a000..<0x5570_b000)
}

@Test func `a mapping without its account is left alone`() {
    let mappings = FileMapping.all(in: Array("5570a000-5570b000 r-xp 00001000 fe:00 131 /usr/bin/a".utf8))
    #expect(mappings.map(\.isUntouched) == [false])
}

@Test func `the process goes on after its start-up pages were given back`() throws {
    let before = try #require(FileMapping.all(in: try bytes(of: "/proc/self/smaps", limit: 8 << 20)).first)
    MemoryFootprint.releaseStartUpPages()
    #expect(try JSONDecoder().decode([Int].self, from: Data("[1, 2]".utf8)) == [1, 2])
    let after = try #require(FileMapping.all(in: try bytes(of: "/proc/self/smaps", limit: 8 << 20)).first)
    #expect(before.range == after.range)
}

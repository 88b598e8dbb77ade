import CMalloc
import Glibc

/// What keeps the resident memory of a long-running process small.
public enum MemoryFootprint {
    /// Lets the C library keep few heaps: by default it makes one for nearly every thread, and what one heap has
    /// to spare is of no use to the others. Call it before any thread is started.
    public static func limitHeaps() {
        _ = mallopt(M_ARENA_MAX, 2)
    }

    /// Gives free memory back to the kernel, also what lies between memory in use. Takes a few milliseconds.
    public static func releaseFreePages() {
        _ = malloc_trim(0)
    }

    /// Gives back what was only needed to start: free heap, and code and constants that were read from files.
    ///
    /// The kernel maps program files in large steps, and most of what runs at the start never runs again. A page
    /// that is needed after all comes back from the page cache. See mallopt(3), malloc_trim(3), madvise(2).
    public static func releaseStartUpPages() {
        releaseFreePages()
        guard let content = try? bytes(of: "/proc/self/smaps", limit: 8 << 20) else { return }
        for mapping in FileMapping.all(in: content) where mapping.isUntouched {
            guard let start = unsafe UnsafeMutableRawPointer(bitPattern: mapping.range.lowerBound) else {
                continue
            }
            _ = unsafe madvise(start, mapping.range.count, CInt(MADV_DONTNEED))
        }
    }
}

/// One line of the map of the process, as far as it matters here (proc(5), smaps).
struct FileMapping: Equatable {
    let range: Range<UInt>
    let isWritable: Bool
    let path: Substring
    /// How much of it is not in the file any more: relocated data must never be thrown away.
    var changedKilobytes: Int?

    /// Whether every page of it can be read from its file again.
    var isUntouched: Bool { !isWritable && path.hasPrefix("/") && changedKilobytes == 0 }

    /// Every mapping of a file in the text of the kernel.
    static func all(in content: [UInt8]) -> [FileMapping] {
        var found: [FileMapping] = []
        for line in String(decoding: content, as: UTF8.self).split(separator: "\n") {
            if let mapping = FileMapping(line) {
                found.append(mapping)
            } else if line.hasPrefix("Anonymous:"), !found.isEmpty {
                let kilobytes = line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
                found[found.count - 1].changedKilobytes = kilobytes
            }
        }
        return found
    }

    private init?(_ line: Substring) {
        let fields = line.split(separator: " ", maxSplits: 5)
        guard fields.count >= 5 else { return nil }
        let ends = fields[0].split(separator: "-")
        guard ends.count == 2, let start = UInt(ends[0], radix: 16), let end = UInt(ends[1], radix: 16),
            start < end
        else { return nil }
        range = start..<end
        isWritable = fields[1].dropFirst().first != "-"
        path = fields.count == 6 ? fields[5].drop { $0 == " " } : ""
    }
}

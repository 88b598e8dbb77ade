public import Facility
import Glibc

/// What the kernel says of file systems.
public enum FileSystem {
    /// How much room there is where a path lies; nil where the kernel does not say. See statvfs(3).
    public static func space(of path: String) -> DiskSpace? {
        var found = statvfs()
        guard unsafe statvfs(path, &found) == 0 else { return nil }
        let block = Int64(clamping: found.f_frsize)
        func bytes(_ blocks: some BinaryInteger) -> Int64 {
            let product = Int64(clamping: blocks).multipliedReportingOverflow(by: block)
            return product.overflow ? .max : product.partialValue
        }
        let used = found.f_blocks - min(found.f_bfree, found.f_blocks)
        return DiskSpace(
            totalBytes: bytes(found.f_blocks), freeBytes: bytes(found.f_bavail), usedBytes: bytes(used))
    }
}

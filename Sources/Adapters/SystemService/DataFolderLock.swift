import Glibc

/// Holds the data folder for one process: two daemons on one ledger would both be wrong.
///
/// The kernel drops the lock with the process, however it ends, so a crash never leaves a folder locked.
public final class DataFolderLock: Sendable {
    private let descriptor: Int32

    /// Takes the folder, or says who has it.
    public init(folder: String) throws(SystemError) {
        let path = folder + "/lock"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unusable(path: path, errno: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(descriptor)
            guard number == EWOULDBLOCK else { throw .unusable(path: path, errno: number) }
            throw .folderInUse(path: folder, pid: Self.holder(path))
        }
        self.descriptor = descriptor
        let line = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, unsafe write(descriptor, line, line.count) == line.count else {
            let number = errno
            close(descriptor)
            throw .unusable(path: path, errno: number)
        }
    }

    deinit {
        close(descriptor)
    }

    private static func holder(_ path: String) -> Int32? {
        guard let content = try? bytes(of: path, limit: 32) else { return nil }
        return Int32(String(decoding: content.prefix { $0 != 10 }, as: UTF8.self))
    }
}

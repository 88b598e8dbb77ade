public import Facility

/// What the operating system refused.
public enum SystemError: Error, Hashable, Sendable {
    /// A file or folder cannot be used; the kernel's own number says why.
    case unusable(path: String, errno: Int32)
    /// Another daemon works in the data folder; its process id if it left one.
    case folderInUse(path: String, pid: Int32?)

    /// What happened and what to do, for people.
    public var message: Message {
        switch self {
        case .unusable(let path, let number):
            Message("system.path-unusable", ["path": .text(path), "reason": .text(reason(of: number))])
        case .folderInUse(let path, let pid?):
            Message("system.folder-in-use", ["path": .text(path), "pid": .text(String(pid))])
        case .folderInUse(let path, nil):
            Message("system.folder-in-use-unknown", ["path": .text(path)])
        }
    }
}

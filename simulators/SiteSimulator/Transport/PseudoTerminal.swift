import Glibc

/// A serial line without a wire: the simulator holds one end, the gateway opens the other by its path.
final class PseudoTerminal {
    let master: Descriptor
    /// Where the gateway opens the line.
    let path: String
    /// Kept open so that the line survives a gateway that closes and opens it again.
    private let slave: Descriptor
    private let link: String?

    init(link: String?) throws(SystemError) {
        var masterNumber: Int32 = -1
        var slaveNumber: Int32 = -1
        guard unsafe openpty(&masterNumber, &slaveNumber, nil, nil, nil) == 0 else {
            throw SystemError("open a pseudo terminal")
        }
        master = Descriptor(masterNumber)
        slave = Descriptor(slaveNumber)
        self.link = link
        let device = unsafe ttyname(slaveNumber).map { unsafe String(cString: $0) } ?? ""
        path = link ?? device
        Self.makeRaw(slaveNumber)
        master.makeNonBlocking()
        if let link { try Self.replace(link, pointingTo: device) }
    }

    deinit {
        if let link { _ = unsafe unlink(link) }
    }

    /// No echo, no line editing, eight bits: a serial line carries bytes.
    private static func makeRaw(_ number: Int32) {
        var settings = termios()
        guard unsafe tcgetattr(number, &settings) == 0 else { return }
        unsafe cfmakeraw(&settings)
        _ = unsafe tcsetattr(number, TCSANOW, &settings)
    }

    private static func replace(_ link: String, pointingTo device: String) throws(SystemError) {
        var status = stat()
        if unsafe lstat(link, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFLNK else {
                throw SystemError("replace \(link), which is not a link", code: EEXIST)
            }
            _ = unsafe unlink(link)
        }
        guard unsafe symlink(device, link) == 0 else { throw SystemError("link \(link)") }
    }
}

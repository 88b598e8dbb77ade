import Glibc

/// A serial line without a wire: the simulator holds one end, the gateway opens the other by its path.
final class PseudoTerminal {
    let master: Descriptor
    /// Where the gateway opens the line.
    let path: String
    private let device: String
    private let link: String?

    init(link: String?) throws(SystemError) {
        var masterNumber: Int32 = -1
        var slaveNumber: Int32 = -1
        guard unsafe openpty(&masterNumber, &slaveNumber, nil, nil, nil) == 0 else {
            throw SystemError("open a pseudo terminal")
        }
        master = Descriptor(masterNumber)
        defer { close(slaveNumber) }
        self.link = link
        device = unsafe ttyname(slaveNumber).map { unsafe String(cString: $0) } ?? ""
        path = link ?? device
        Self.makeRaw(slaveNumber)
        master.makeNonBlocking()
        if let link { try Self.replace(link, pointingTo: device) }
    }

    deinit {
        if let link { _ = unsafe unlink(link) }
    }

    /// Whether anybody has the other end open.
    var isAttached: Bool { Poller.wait([(master, .read)], seconds: 0)[0].isDisjoint(with: .lost) }

    /// Forgets what nobody has read: a real port starts empty for whoever opens it next.
    func forgetUnread() {
        let number = unsafe open(device, O_RDWR | O_NOCTTY)
        guard number >= 0 else { return }
        tcflush(number, TCIOFLUSH)
        Self.makeRaw(number)
        close(number)
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

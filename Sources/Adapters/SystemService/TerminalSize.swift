import Glibc

/// How large the terminal behind the standard output is.
public enum TerminalSize {
    /// Its columns; nil if it is no terminal or does not know.
    public static func columns() -> Int? {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}

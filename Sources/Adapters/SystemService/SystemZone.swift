public import Facility

/// The machine's own time zones (Debian package tzdata).
public enum SystemZone {
    /// The zone with an IANA name, such as `Asia/Shanghai`; nil if the machine has none of that name.
    public static func load(_ name: String, folder: String = "/usr/share/zoneinfo") -> SiteZone? {
        guard isName(name), let file = try? bytes(of: "\(folder)/\(name)"), let table = ZoneTable(file)
        else { return nil }
        return SiteZone(name: name) { wallMilliseconds in
            table.offset(at: wallMilliseconds.floorSeconds)
        }
    }

    /// Whether a text can be a zone's name; it becomes part of a path.
    private static func isName(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            !part.isEmpty
                && part.allSatisfy { byte in
                    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                        || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                }
        }
    }
}

extension Int64 {
    /// Milliseconds as whole seconds, rounded down on both sides of 1970.
    fileprivate var floorSeconds: Int64 {
        self >= 0 ? self / 1000 : (self - 999) / 1000
    }
}

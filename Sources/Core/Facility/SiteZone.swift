/// The site's time zone as a pure function, filled by the shell from the system's zone data.
public struct SiteZone: Sendable {
    /// The IANA name: `Asia/Shanghai`.
    public let name: String
    /// Seconds to add to UTC at an instant, given in milliseconds since 1970.
    public let offsetSeconds: @Sendable (Int64) -> Int

    /// Describes a zone.
    public init(name: String, offsetSeconds: @escaping @Sendable (Int64) -> Int) {
        self.name = name
        self.offsetSeconds = offsetSeconds
    }

    /// A zone that never changes its offset.
    public static func fixed(_ name: String, hours: Int) -> SiteZone {
        SiteZone(name: name) { _ in hours * 3600 }
    }

    /// The site's day at an instant.
    public func date(at wallMilliseconds: Int64) -> CivilDate {
        CivilDate(dayNumber: Int(floorDivide(localMilliseconds(wallMilliseconds), 86_400_000)))
    }

    /// Milliseconds since the site's midnight at an instant.
    public func millisecondsOfDay(at wallMilliseconds: Int64) -> Int64 {
        let local = localMilliseconds(wallMilliseconds)
        return local - floorDivide(local, 86_400_000) * 86_400_000
    }

    /// The first instant, milliseconds since 1970, at which the clock on the wall shows a time of a day, or a later one.
    ///
    /// A time that is skipped where the clock is put forward is the moment of the jump; one that comes twice where
    /// it is put back is its first coming.
    ///
    /// - Parameter minutes: After midnight; 1440 is the midnight that ends the day.
    public func instant(of day: CivilDate, minutes: Int) -> Int64 {
        let local = (Int64(day.dayNumber) * 1440 + Int64(minutes)) * 60_000
        // Offsets are within a day, so the instant lies between these two.
        var early = local - 86_400_000
        var late = local + 86_400_000
        let before = Int64(offsetSeconds(early)) * 1000
        let after = Int64(offsetSeconds(late)) * 1000
        guard before != after else { return local - before }
        while late - early > 1 {
            let middle = early + (late - early) / 2
            if Int64(offsetSeconds(middle)) * 1000 == before { early = middle } else { late = middle }
        }
        // The clock changes at `late`.
        return local - before < late ? local - before : max(late, local - after)
    }

    /// The instant in ISO 8601 with the site's offset: `2026-03-06T17:00:05+08:00`; with milliseconds on request.
    public func iso(_ wallMilliseconds: Int64, milliseconds: Bool = false) -> String {
        let offset = offsetSeconds(wallMilliseconds)
        let sign = offset < 0 ? "-" : "+"
        let minutes = abs(offset) / 60
        let zone = "\(sign)\(padded(minutes / 60, 2)):\(padded(minutes % 60, 2))"
        return "\(date(at: wallMilliseconds))T\(clock(wallMilliseconds, milliseconds: milliseconds))\(zone)"
    }

    /// The instant as people read it: `2026-03-06 17:00:05`.
    public func readable(_ wallMilliseconds: Int64) -> String {
        "\(date(at: wallMilliseconds)) \(clock(wallMilliseconds, milliseconds: false))"
    }

    /// The time of day: `17:00:05`.
    public func clock(_ wallMilliseconds: Int64, milliseconds: Bool = false) -> String {
        let ofDay = Int(millisecondsOfDay(at: wallMilliseconds))
        let seconds = ofDay / 1000
        let time =
            "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        return milliseconds ? "\(time).\(padded(ofDay % 1000, 3))" : time
    }

    private func localMilliseconds(_ wallMilliseconds: Int64) -> Int64 {
        wallMilliseconds + Int64(offsetSeconds(wallMilliseconds)) * 1000
    }

    private func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
        let quotient = number / divisor
        return number % divisor < 0 ? quotient - 1 : quotient
    }
}

/// Zones are told apart by their names.
extension SiteZone: Hashable {
    /// Whether two zones have the same name.
    public static func == (one: SiteZone, other: SiteZone) -> Bool { one.name == other.name }

    /// Mixes in the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

internal import Facility

/// Judges the times that one source writes into its payloads.
///
/// A time ahead of the gateway's clock by more than is allowed is not believed. A time behind it is usually true:
/// the broker or the device kept the message while nobody listened. It is the device's clock that is slow only if
/// its times, late as they are, get on as fast as the gateway's clock does, which no backlog does.
struct PayloadClock: Sendable {
    /// When a payload was measured.
    enum Reading: Equatable {
        /// By the device's own clock.
        case measured(at: Int64)
        /// Nobody knows: the device's clock is not believed.
        case doubted
    }

    private let time: PayloadTime
    private let zone: SiteZone
    private var previous: (time: Int64, arrival: Int64)?
    /// How many late times in a row got on as fast as our clock.
    private var stepsInPace = 0
    /// The times that came last, with a mark of their payloads, oldest overwritten first.
    private var recent: [(time: Int64, mark: UInt64)] = []
    private var oldest = 0

    private static let stepsOfSlowClock = 3
    /// Messages that follow each other closer than this are a burst, and say nothing about the clock's pace.
    private static let shortestStep: Int64 = 500
    /// How many payloads are remembered to know those that come again. A broker repeats at most those it sent
    /// without an acknowledgement, 20 of all sources together.
    private static let mostRecent = 32

    init(_ time: PayloadTime, zone: SiteZone) {
        self.time = time
        self.zone = zone
    }

    /// Reads a time as it is written in a payload; nil if it is none.
    func read(text: [UInt8], number: Double?, near now: Int64) -> Int64? {
        switch time.format {
        case .iso8601: return WrittenTime(text)?.wallMilliseconds(zone: zoneOfTexts, near: now)
        case .unixSeconds: return number.flatMap { Int64(exactly: ($0 * 1000).rounded()) }
        case .unixMilliseconds: return number.flatMap { Int64(exactly: $0.rounded()) }
        }
    }

    private var zoneOfTexts: SiteZone {
        switch time.zone {
        case .site: zone
        case .offset(let seconds): SiteZone(name: "") { _ in seconds }
        }
    }

    /// Judges the time of a payload that arrived at `now`, both milliseconds since 1970.
    mutating func judge(_ written: Int64, at now: Int64) -> Reading {
        let (lag, overflow) = now.subtractingReportingOverflow(written)
        guard !overflow, lag >= -time.maximumSkewMilliseconds else { return .doubted }
        defer { previous = (written, now) }
        guard lag > time.maximumSkewMilliseconds else {
            stepsInPace = 0
            return .measured(at: written)
        }
        if let previous {
            let passed = now - previous.arrival
            let (written, overflow) = written.subtractingReportingOverflow(previous.time)
            let isInPace = !overflow && abs(passed - written) <= max(1000, passed / 5)
            if passed >= Self.shortestStep { stepsInPace = isInPace ? stepsInPace + 1 : 0 }
        }
        return stepsInPace >= Self.stepsOfSlowClock ? .doubted : .measured(at: written)
    }

    /// Whether the same payload with the same time came before.
    mutating func isRepeated(_ written: Int64, _ payload: [UInt8]) -> Bool {
        var mark: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in payload { mark = (mark ^ UInt64(byte)) &* 0x100_0000_01B3 }
        if recent.contains(where: { $0.time == written && $0.mark == mark }) { return true }
        if recent.count < Self.mostRecent {
            recent.append((written, mark))
        } else {
            recent[oldest] = (written, mark)
            oldest = (oldest + 1) % Self.mostRecent
        }
        return false
    }
}

/// A time as ISO 8601 writes it: `2026-03-06T17:00:05`, with or without a fraction and an offset.
struct WrittenTime: Equatable {
    /// Milliseconds since 1970 as if the time were UTC.
    let localMilliseconds: Int64
    /// The offset from UTC, seconds; nil if none is written.
    let offsetSeconds: Int?

    /// Reads a time; nil if it is none.
    init?(_ text: [UInt8]) {
        var reader = Digits(rest: text[...])
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), let date = CivilDate(year: year, month: month, day: day),
            reader.take("T") || reader.take(" "), let hour = reader.number(2), hour < 24, reader.take(":"),
            let minute = reader.number(2), minute < 60
        else { return nil }
        var milliseconds = Int64(date.dayNumber) * 86_400_000 + Int64(hour * 60 + minute) * 60_000
        if reader.take(":") {
            // A leap second is the last one of its minute once more.
            guard let second = reader.number(2), second <= 60 else { return nil }
            milliseconds += Int64(min(second, 59)) * 1000
            if reader.take(".") || reader.take(",") {
                guard let fraction = reader.fraction() else { return nil }
                milliseconds += fraction
            }
        }
        localMilliseconds = milliseconds
        if reader.take("Z") || reader.take("z") {
            offsetSeconds = 0
        } else if let sign = reader.sign() {
            guard let hours = reader.number(2), hours <= 18 else { return nil }
            _ = reader.take(":")
            let minutes = reader.rest.isEmpty ? 0 : reader.number(2)
            guard let minutes, minutes < 60 else { return nil }
            offsetSeconds = sign * (hours * 3600 + minutes * 60)
        } else {
            offsetSeconds = nil
        }
        guard reader.rest.isEmpty else { return nil }
    }

    /// The instant. A time without an offset is the zone's; of the two instants that an hour has when clocks are
    /// put back, the one closer to `now` is meant.
    func wallMilliseconds(zone: SiteZone, near now: Int64) -> Int64 {
        if let offsetSeconds { return localMilliseconds - Int64(offsetSeconds) * 1000 }
        let day: Int64 = 86_400_000
        let candidates = [-day, day].map {
            localMilliseconds - Int64(zone.offsetSeconds(localMilliseconds + $0)) * 1000
        }
        let possible = candidates.filter {
            $0 + Int64(zone.offsetSeconds($0)) * 1000 == localMilliseconds
        }
        return possible.min { abs($0 - now) < abs($1 - now) } ?? candidates[0]
    }

    private struct Digits {
        var rest: ArraySlice<UInt8>

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard let first = rest.first, first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        mutating func sign() -> Int? { take("+") ? 1 : take("-") ? -1 : nil }

        mutating func number(_ count: Int) -> Int? {
            let digits = rest.prefix(count)
            guard digits.count == count, digits.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
            rest = rest.dropFirst(count)
            return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }

        /// Thousandths, the digits after them left out.
        mutating func fraction() -> Int64? {
            let digits = rest.prefix { 0x30...0x39 ~= $0 }
            guard !digits.isEmpty else { return nil }
            rest = rest.dropFirst(digits.count)
            return (0..<3).reduce(0) { sum, place in
                let index = digits.startIndex + place
                return sum * 10 + (index < digits.endIndex ? Int64(digits[index] - 0x30) : 0)
            }
        }
    }
}

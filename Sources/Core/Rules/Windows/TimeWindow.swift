import Facility

/// What a function over a span of time remembers: the pieces of time since it began, each with what it held.
///
/// A value holds until the next one. Only changes make pieces, so a window over a steady value is one piece,
/// however often it is read. A window is exact as long as no more than `mostPieces` changes lie in it; beyond
/// that, neighbours are merged within sixty-fourths of the span, so that only the far end of the window is
/// blurred, by at most a sixty-fourth of the span, and the memory is bounded: 24 bytes for each of at most
/// `mostPieces` pieces.
public struct TimeWindow: Sendable {
    /// How many pieces are kept before neighbours are merged.
    static let mostPieces = 160
    /// Merged pieces are at most this part of the span long.
    static let grain: Int64 = 64

    /// What is kept of a piece of time.
    enum Gathering: String, Sendable, Codable, CaseIterable {
        /// The mean over the time that was known.
        case mean
        /// The smallest value, or the largest.
        case lowest, highest
        /// The value at its beginning.
        case oldest
        /// How much happened at its beginning: what a function says of the step from one value to the next.
        case events
    }

    /// A piece of time: it ends where the next one starts.
    struct Piece: Sendable {
        /// When it starts, on the uptime clock.
        var start: Int64
        /// For how long of it the value was known, milliseconds.
        var known: Int64
        /// What is gathered of it; NaN where nothing was known.
        var value: Double
    }

    /// Everything, in a box of one element: a slot that holds a window stays as small as any other.
    private struct Body: Sendable {
        var gathering: Gathering
        /// The pieces that are over, the oldest first, from `first` on.
        var pieces: [Piece] = []
        var first = 0
        /// The value that holds since a while, and what happened when it came.
        var input = Double.nan
        var event = 0.0
        var since: Int64
        /// The last value known, and until when it was.
        var latest = Double.nan
        var latestEnd: Int64
        /// When it was looked at last.
        var end: Moment
        /// The first value known since it began or went on after a restart, when that was, and what happened.
        var begin: (value: Double, at: Int64, event: Double)?
    }

    private var box: [Body]

    /// A window that begins.
    init(_ gathering: Gathering, at now: Moment) {
        box = [
            Body(
                gathering: gathering, since: now.uptimeMilliseconds, latestEnd: now.uptimeMilliseconds,
                end: now)
        ]
    }

    /// What it gathers.
    var gathering: Gathering { box[0].gathering }

    /// The moment it was looked at last, on the uptime clock: time never goes back for a window.
    var end: Int64 { box[0].end.uptimeMilliseconds }

    /// The same moment, as it was given.
    var endMoment: Moment { box[0].end }

    /// The value that holds; NaN while it is unknown.
    var input: Double { box[0].input }

    /// The last value known, and until when it was.
    var latest: (value: Double, end: Int64) { (box[0].latest, box[0].latestEnd) }

    /// How many pieces it keeps, the one that holds included.
    var pieceCount: Int { box[0].pieces.count - box[0].first + 1 }

    /// Takes the value as it is at a moment, and forgets what is older than the span.
    ///
    /// - Parameter event: what a step from one known value to another amounts to.
    mutating func take(
        _ value: Double, span: Int64, at now: Moment, event: (_ old: Double, _ new: Double) -> Double
    ) {
        let time = max(now.uptimeMilliseconds, end)
        // Minus zero is no other value than zero.
        let value = value.isFinite ? value + 0 : .nan
        advance(to: Moment(wallMilliseconds: now.wallMilliseconds, uptimeMilliseconds: time))
        if value.bitPattern != box[0].input.bitPattern, !(value.isNaN && box[0].input.isNaN) {
            close(at: time)
            let last = box[0].latest
            let isRecent = box[0].latestEnd > time - span || box[0].latestEnd == time
            box[0].event = value.isNaN || last.isNaN || !isRecent ? 0 : event(last, value)
            box[0].input = value
            box[0].since = time
            if !value.isNaN {
                box[0].latest = value
                box[0].latestEnd = time
                if box[0].begin == nil { box[0].begin = (value, time, box[0].event) }
            }
            if box[0].pieces.count - box[0].first > Self.mostPieces { merge(span / Self.grain) }
        }
        forget(until: time - span)
    }

    /// The same window as it is kept: looked at up to a moment, with nothing that holds.
    ///
    /// What follows is unknown until the next value: nobody watched.
    func settled(at now: Moment) -> TimeWindow {
        var copy = self
        let time = max(now.uptimeMilliseconds, end)
        copy.advance(to: Moment(wallMilliseconds: now.wallMilliseconds, uptimeMilliseconds: time))
        copy.close(at: time)
        copy.box[0].input = .nan
        copy.box[0].event = 0
        copy.box[0].since = time
        copy.box[0].begin = nil
        if copy.box[0].latest.isNaN { copy.box[0].latestEnd = time }
        return copy
    }

    /// The same window on the clocks of another boot.
    func translated(from boot: String, to current: String, now: Moment) -> TimeWindow {
        var copy = self
        let end = box[0].end
        let moved = KeptMoment(boot: boot, moment: end).translated(boot: current, now: now)
        let shift = moved.uptimeMilliseconds - end.uptimeMilliseconds
        guard shift != 0 else { return self }
        for index in box[0].pieces.indices { copy.box[0].pieces[index].start += shift }
        copy.box[0].since += shift
        copy.box[0].latestEnd += shift
        copy.box[0].begin?.at += shift
        copy.box[0].end = moved
        return copy
    }

    /// Puts what another window of the same kind saw after a moment behind what this one saw up to it.
    ///
    /// - Parameter event: what a step from one known value to another amounts to.
    mutating func append(
        _ later: TimeWindow, since time: Int64, span: Int64,
        event: (_ old: Double, _ new: Double) -> Double
    ) {
        guard gathering == later.gathering, time >= end else { return }
        let tail = later.box[0]
        close(at: time)
        box[0].input = .nan
        // The later one did not know from which value its first one was a step.
        var correction: (at: Int64, event: Double)?
        if gathering == .events, let begin = tail.begin, begin.at >= time {
            let isRecent = !box[0].latest.isNaN && box[0].latestEnd > begin.at - span
            correction = (
                begin.at, (isRecent ? event(box[0].latest, begin.value) : 0) - begin.event
            )
        }
        for index in tail.first..<tail.pieces.count {
            var piece = tail.pieces[index]
            let pieceEnd = index + 1 < tail.pieces.count ? tail.pieces[index + 1].start : tail.since
            guard pieceEnd > time || piece.start >= time else { continue }
            if piece.start < time {
                piece.known = Self.known(piece, pieceEnd, since: time)
                if gathering == .events { piece.value = 0 }
                piece.start = time
            }
            if let first = correction, first.at < pieceEnd || piece.start == first.at {
                piece.value += first.event
                correction = nil
            }
            add(piece, until: pieceEnd)
        }
        box[0].input = tail.input
        box[0].event = (tail.since < time ? 0 : tail.event) + (correction?.event ?? 0)
        box[0].since = max(tail.since, time)
        if !tail.latest.isNaN, tail.latestEnd >= box[0].latestEnd {
            box[0].latest = tail.latest
            box[0].latestEnd = tail.latestEnd
        }
        box[0].end = tail.end
        if box[0].pieces.count - box[0].first > Self.mostPieces { merge(span / Self.grain) }
        forget(until: end - span)
    }

    // MARK: Pieces

    private mutating func advance(to now: Moment) {
        if !box[0].input.isNaN { box[0].latestEnd = now.uptimeMilliseconds }
        box[0].end = now
    }

    /// Ends the piece that holds.
    private mutating func close(at time: Int64) {
        let input = box[0].input
        let since = box[0].since
        let value =
            switch gathering {
            case .mean, .lowest, .highest, .oldest: input
            case .events: box[0].event
            }
        add(Piece(start: since, known: input.isNaN ? 0 : time - since, value: value), until: time)
        box[0].since = time
        box[0].event = 0
    }

    /// Puts a piece behind the others; one that goes on like the last is no new one.
    private mutating func add(_ piece: Piece, until end: Int64) {
        let length = end - piece.start
        let isEmpty: Bool =
            switch gathering {
            case .mean, .oldest: length == 0
            case .lowest, .highest: length == 0 && piece.value.isNaN
            case .events: length == 0 && piece.value == 0
            }
        guard !isEmpty else { return }
        if box[0].pieces.count > box[0].first, let last = box[0].pieces.last {
            let lastLength = piece.start - last.start
            let isSteady =
                (piece.known == length && last.known == lastLength) || (piece.known == 0 && last.known == 0)
            let goesOn =
                gathering == .events
                ? piece.value == 0
                : piece.value.bitPattern == last.value.bitPattern || (piece.value.isNaN && last.value.isNaN)
            if isSteady, goesOn {
                box[0].pieces[box[0].pieces.count - 1].known += piece.known
                return
            }
        }
        box[0].pieces.append(piece)
    }

    /// Merges neighbours that together are no longer than the grain.
    private mutating func merge(_ grain: Int64) {
        let body = box[0]
        var merged: [Piece] = []
        merged.reserveCapacity(Self.mostPieces + 1)
        for index in body.first..<body.pieces.count {
            let piece = body.pieces[index]
            let end = index + 1 < body.pieces.count ? body.pieces[index + 1].start : body.since
            if let last = merged.last, end - last.start <= grain {
                merged[merged.count - 1] = Self.merged(last, piece, gathering)
            } else {
                merged.append(piece)
            }
        }
        box[0].pieces = merged
        box[0].first = 0
    }

    private static func merged(_ older: Piece, _ newer: Piece, _ gathering: Gathering) -> Piece {
        var piece = older
        piece.known = older.known + newer.known
        switch gathering {
        case .mean:
            if older.value.isNaN || older.known == 0 {
                piece.value = newer.value
            } else if !newer.value.isNaN, newer.known > 0 {
                let share = Double(newer.known) / Double(piece.known)
                piece.value = older.value * (1 - share) + newer.value * share
            }
        case .lowest: piece.value = lower(older.value, newer.value)
        case .highest: piece.value = higher(older.value, newer.value)
        case .oldest: piece.value = older.value.isNaN ? newer.value : older.value
        case .events: piece.value = older.value + newer.value
        }
        return piece
    }

    /// Drops the pieces that ended at or before a moment.
    private mutating func forget(until time: Int64) {
        var first = box[0].first
        let count = box[0].pieces.count
        while first < count {
            let end = first + 1 < count ? box[0].pieces[first + 1].start : box[0].since
            guard end <= time else { break }
            first += 1
        }
        if first == count {
            box[0].pieces.removeAll(keepingCapacity: true)
            first = 0
        } else if first > Self.mostPieces / 2 {
            box[0].pieces.removeFirst(first)
            first = 0
        }
        box[0].first = first
    }

    private static func lower(_ one: Double, _ other: Double) -> Double {
        one.isNaN ? other : other.isNaN ? one : Swift.min(one, other)
    }

    private static func higher(_ one: Double, _ other: Double) -> Double {
        one.isNaN ? other : other.isNaN ? one : Swift.max(one, other)
    }

    /// How long of the part of a piece after a moment was known, taken as spread evenly.
    private static func known(_ piece: Piece, _ end: Int64, since time: Int64) -> Int64 {
        guard piece.start < time else { return piece.known }
        let length = end - piece.start
        if piece.known == length { return end - time }
        return Int64(Double(piece.known) * (Double(end - time) / Double(length)))
    }
}

// MARK: - What it says

extension TimeWindow {
    /// Everything in the window since a moment, added up.
    struct Summary {
        /// How long was known, milliseconds.
        var known: Int64 = 0
        /// Means by their time; the value times seconds.
        var total = 0.0
        /// The smallest or the largest value; NaN if none was known.
        var extreme = Double.nan
        /// The oldest value known.
        var oldest = Double.nan
        /// How much happened.
        var events = 0.0
        /// Since when something was known; nil if nothing was.
        var knownSince: Int64?
        /// Whether nothing leaves it yet: it remembers nothing that was before it.
        var isFilling = true
        /// When the first of what happened happened.
        var firstEvent: Int64?
        /// Whether every moment since is known.
        var isWhole = false
        /// When the oldest piece ends; nil if there is but one.
        var firstEnd: Int64?
    }

    /// Adds up what is in the window since a moment, in one pass over its pieces.
    func summary(since start: Int64) -> Summary {
        let body = box[0]
        var summary = Summary()
        var covered = start
        func include(_ piece: Piece, _ end: Int64) {
            let known = Self.known(piece, end, since: start)
            summary.known += known
            if piece.start < start { summary.isFilling = false }
            if summary.knownSince == nil, known > 0 || (gathering != .events && !piece.value.isNaN) {
                summary.knownSince = max(piece.start, start)
            }
            if known == end - max(piece.start, start), piece.start <= covered { covered = end }
            if gathering == .events {
                guard piece.value != 0, piece.start > start else { return }
                summary.events += piece.value
                summary.firstEvent = summary.firstEvent ?? piece.start
                return
            }
            guard !piece.value.isNaN else { return }
            switch gathering {
            case .mean: summary.total += piece.value * (Double(known) / 1000)
            case .lowest: summary.extreme = Self.lower(summary.extreme, piece.value)
            case .highest: summary.extreme = Self.higher(summary.extreme, piece.value)
            case .oldest:
                if summary.oldest.isNaN { summary.oldest = piece.value }
            case .events: break
            }
        }
        for index in body.first..<body.pieces.count {
            let end = index + 1 < body.pieces.count ? body.pieces[index + 1].start : body.since
            if summary.firstEnd == nil { summary.firstEnd = end }
            include(body.pieces[index], end)
        }
        let end = body.end.uptimeMilliseconds
        include(
            Piece(
                start: body.since, known: body.input.isNaN ? 0 : end - body.since,
                value: gathering == .events ? body.event : body.input), end)
        summary.isWhole = covered == end && !body.input.isNaN
        return summary
    }
}

// MARK: - Equality and the form it is kept in

extension TimeWindow.Piece: Hashable {
    static func == (one: Self, other: Self) -> Bool {
        one.start == other.start && one.known == other.known
            && (one.value == other.value || (one.value.isNaN && other.value.isNaN))
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(start)
        hasher.combine(known)
    }
}

extension TimeWindow: Hashable {
    /// Whether two windows saw the same.
    public static func == (one: TimeWindow, other: TimeWindow) -> Bool {
        let (left, right) = (one.box[0], other.box[0])
        func same(_ one: Double, _ other: Double) -> Bool { one == other || (one.isNaN && other.isNaN) }
        return left.gathering == right.gathering && left.end == right.end && left.since == right.since
            && left.latestEnd == right.latestEnd && same(left.input, right.input)
            && same(left.latest, right.latest) && left.event == right.event
            && left.pieces[left.first...] == right.pieces[right.first...]
    }

    /// Mixes in the pieces.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(box[0].end)
        hasher.combine(box[0].pieces[box[0].first...])
    }
}

extension TimeWindow: Codable {
    private enum Key: String, CodingKey {
        case gathering, end, latest, latestAge, pieces
    }

    /// The settled form: the pieces as triples, each start counted back from the end.
    public func encode(to encoder: any Encoder) throws {
        let body = settled(at: box[0].end).box[0]
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(body.gathering, forKey: .gathering)
        try container.encode(body.end, forKey: .end)
        if !body.latest.isNaN {
            try container.encode(body.latest, forKey: .latest)
            try container.encode(end - body.latestEnd, forKey: .latestAge)
        }
        let numbers = body.pieces[body.first...].flatMap { piece -> [Double?] in
            [Double(end - piece.start), Double(piece.known), piece.value.isNaN ? nil : piece.value]
        }
        try container.encode(numbers, forKey: .pieces)
    }

    /// Takes only what can have been kept: of anything else nothing is left but the end.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let end = try container.decode(Moment.self, forKey: .end)
        self.init(try container.decode(Gathering.self, forKey: .gathering), at: end)
        let far: Int64 = 1 << 52
        guard abs(end.uptimeMilliseconds / 2) < far, abs(end.wallMilliseconds / 2) < far else {
            box[0].end = Moment(wallMilliseconds: 0, uptimeMilliseconds: -far)
            box[0].since = -far
            box[0].latestEnd = -far
            return
        }
        let numbers = try container.decode([Double?].self, forKey: .pieces)
        guard numbers.count % 3 == 0, numbers.count / 3 <= Self.mostPieces + 1 else { return }
        var pieces: [Piece] = []
        var until = Double(far)
        for index in stride(from: 0, to: numbers.count, by: 3) {
            let next = index + 3 < numbers.count ? numbers[index + 3] ?? -1 : 0
            guard let age = numbers[index], let known = numbers[index + 1], age <= until, next >= 0,
                known >= 0, known <= age - next, age < 1e11
            else { return }
            until = age
            pieces.append(
                Piece(
                    start: self.end - Int64(age), known: Int64(known), value: numbers[index + 2] ?? .nan))
        }
        box[0].pieces = pieces
        if let latest = try container.decodeIfPresent(Double.self, forKey: .latest),
            let age = try container.decodeIfPresent(Int64.self, forKey: .latestAge), age >= 0, age < far
        {
            box[0].latest = latest
            box[0].latestEnd = self.end - age
        }
    }
}

public import Facility

extension Roster {
    /// Who is on duty, and why.
    public struct Duty: Hashable, Sendable {
        /// What of the roster says so.
        public enum Source: Hashable, Sendable {
            /// Nothing does: nobody is on duty.
            case nobody
            /// The layer with a place in the list.
            case layer(Int)
            /// The override with a place in the list.
            case override(Int)
        }

        /// Who is on duty, swaps applied.
        public let people: [PersonID]
        /// What says so.
        public let source: Source
        /// The swaps that were applied.
        public let swaps: [Swap]
    }

    /// A time for which the same people are on duty for the same reason.
    public struct Stretch: Hashable, Sendable {
        /// Who and why.
        public let duty: Duty
        /// Its first instant, milliseconds since 1970.
        public let from: Int64
        /// The first instant after it.
        public let until: Int64
    }

    /// A time for which a layer or the overrides have two crews on duty at once.
    public struct Overlap: Hashable, Sendable {
        /// When, milliseconds since 1970.
        public let span: Range<Int64>
        /// Who.
        public let people: [PersonID]
    }

    /// How far `stretch(at:)` looks.
    public static let horizonDays = 35

    /// Who is on duty at an instant, milliseconds since 1970.
    public func onCall(at wallMilliseconds: Int64) -> Duty {
        let moment = wallMilliseconds..<(wallMilliseconds + 1)
        return duty(at: wallMilliseconds, layers.map { $0.stints(touching: moment, zone: zone) })
    }

    /// Who is on duty at an instant, since when and until when; no further than the horizon either way.
    public func stretch(at wallMilliseconds: Int64) -> Stretch {
        let far = Int64(Self.horizonDays) * 86_400_000
        let around = timeline((wallMilliseconds - far)..<(wallMilliseconds + far))
        let found = around.first { $0.from <= wallMilliseconds && wallMilliseconds < $0.until }
        return found
            ?? Stretch(
                duty: onCall(at: wallMilliseconds), from: wallMilliseconds - far,
                until: wallMilliseconds + far)
    }

    /// Who is on duty in a span of time, one stretch after the other without a gap between them.
    public func timeline(_ span: Range<Int64>) -> [Stretch] {
        guard !span.isEmpty else { return [] }
        let stints = layers.map { $0.stints(touching: span, zone: zone) }
        let spans = stints.flatMap { $0.map(\.span) } + overrides.map(\.span) + swaps.map(\.span)
        let inside = spans.flatMap { [$0.lowerBound, $0.upperBound] }.filter(span.contains)
        let bounds = Set(inside + [span.lowerBound, span.upperBound]).sorted()
        var stretches: [Stretch] = []
        // A stint starts before the next bound or not at all, so each layer is walked through only once.
        var passed = stints.map { _ in 0 }
        for (from, until) in zip(bounds, bounds.dropFirst()) {
            let near = stints.indices.map { layer -> [RosterLayer.Stint] in
                while passed[layer] < stints[layer].count,
                    stints[layer][passed[layer]].span.upperBound <= from
                {
                    passed[layer] += 1
                }
                return Array(stints[layer][passed[layer]...].prefix { $0.span.lowerBound <= from })
            }
            let duty = duty(at: from, near)
            if let last = stretches.last, last.duty == duty {
                stretches[stretches.count - 1] = Stretch(duty: duty, from: last.from, until: until)
            } else {
                stretches.append(Stretch(duty: duty, from: from, until: until))
            }
        }
        return stretches
    }

    /// The times in a span for which nobody is on duty.
    public func gaps(in span: Range<Int64>) -> [Range<Int64>] {
        timeline(span).filter(\.duty.people.isEmpty).map { $0.from..<$0.until }
    }

    /// The times in a span for which two shifts of a layer, or two overrides, say different people.
    public func overlaps(in span: Range<Int64>) -> [Overlap] {
        let named = overrides.map { RosterLayer.Stint(span: $0.span, crew: $0.people) }
            .filter { $0.span.overlaps(span) }.sorted { $0.span.lowerBound < $1.span.lowerBound }
        let lists = layers.map { $0.stints(touching: span, zone: zone) } + [named]
        return lists.flatMap { stints in
            stints.indices.flatMap { index in
                stints[(index + 1)...].prefix { $0.span.lowerBound < stints[index].span.upperBound }
                    .filter { $0.crew != stints[index].crew }
                    .map { other in
                        Overlap(
                            span: other.span.clamped(to: stints[index].span).clamped(to: span),
                            people: unique(stints[index].crew + other.crew))
                    }
            }
        }.filter { !$0.span.isEmpty }
    }

    private func duty(at instant: Int64, _ stints: [[RosterLayer.Stint]]) -> Duty {
        if let index = overrides.lastIndex(where: { $0.span.contains(instant) }) {
            return duty(overrides[index].people, .override(index), at: instant)
        }
        for layer in layers.indices.reversed() {
            let people = stints[layer].filter { $0.span.contains(instant) }.flatMap(\.crew)
            if !people.isEmpty { return duty(people, .layer(layer), at: instant) }
        }
        return Duty(people: [], source: .nobody, swaps: [])
    }

    private func duty(_ people: [PersonID], _ source: Duty.Source, at instant: Int64) -> Duty {
        let applied = unique(people).compactMap { person in
            swaps.last { $0.absent == person && $0.span.contains(instant) }
        }
        let present = unique(people).map { person in
            applied.first { $0.absent == person }?.substitute ?? person
        }
        return Duty(people: unique(present), source: source, swaps: applied)
    }

    private func unique(_ people: [PersonID]) -> [PersonID] {
        var seen: Set<PersonID> = []
        return people.filter { seen.insert($0).inserted }
    }
}

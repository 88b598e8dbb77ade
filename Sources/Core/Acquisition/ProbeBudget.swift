/// How much of a bus goes to units that are probably dead: a tenth at most, whatever their number.
///
/// Most of it buys short probes, which find a unit that is as quick as it was; the rest buys probes that wait as
/// long as the configuration grants, which find one that has become slow. A gateway may hold its line for a
/// dead unit longer than we wait, so what the next read waits because of a probe counts as well.
struct ProbeBudget: Sendable {
    /// How patient a probe is.
    enum Kind: Hashable, Sendable {
        /// As long as answers usually take.
        case short
        /// As long as the configuration grants.
        case long

        /// How much time must pass with everything else after a time spent on probes of this kind.
        var rest: (numerator: Int64, denominator: Int64) {
            switch self {
            case .short: (92, 8)
            case .long: (98, 2)
            }
        }
    }

    private var shortNotBefore = Int64.min
    private var longNotBefore = Int64.min
    private var newest: Kind?

    /// When a probe is affordable, by uptime.
    func notBefore(_ kind: Kind) -> Int64 {
        switch kind {
        case .short: shortNotBefore
        case .long: longNotBefore
        }
    }

    /// Notes what a probe without an answer cost.
    mutating func charge(_ kind: Kind, milliseconds: Int64, at now: Int64) {
        newest = kind
        let until = max(notBefore(kind), now) + milliseconds * kind.rest.numerator / kind.rest.denominator
        switch kind {
        case .short: shortNotBefore = until
        case .long: longNotBefore = until
        }
    }

    /// Notes how much longer than usual the read after the newest probe took.
    mutating func chargeAftermath(milliseconds: Int64, at now: Int64) {
        guard let newest else { return }
        if milliseconds > 0 { charge(newest, milliseconds: milliseconds, at: now) }
        self.newest = nil
    }

    /// Whether the read before this one was a probe without an answer.
    var hasAftermath: Bool { newest != nil }
}

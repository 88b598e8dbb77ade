import Facility

/// A function over the time that a window remembers.
///
/// Unknown time does not count; where the known part of the span is smaller than the rule's coverage, the
/// function is unknown. What can change with no new value asks to be looked at again: at the moment when a piece
/// of time leaves the window, and, where the value glides, every hundredth of the span or every ten seconds, but no
/// more than six hundred times in a span.
protocol WindowFunction: RuleFunction {
    /// What it keeps of the pieces of time.
    static func gathering(_ call: RuleProgram.Call) -> TimeWindow.Gathering

    /// What a step from one known value to another amounts to; only asked of what gathers events.
    static func event(from old: Double, to new: Double, _ call: RuleProgram.Call) -> Double

    /// What it says of a window; NaN is unknown.
    static func value(_ reading: WindowReading) -> Double
}

extension WindowFunction {
    static var memory: FunctionMemory { .window }

    static func event(from old: Double, to new: Double, _ call: RuleProgram.Call) -> Double { 0 }

    static func step(
        _ input: Double, _ call: RuleProgram.Call, memory: inout RuleMemory.Slot, at now: Moment,
        wake: (Int64) -> Void
    ) -> Double {
        let gathering = gathering(call)
        var window: TimeWindow
        if case .window(let kept) = memory, kept.gathering == gathering {
            window = kept
        } else {
            window = TimeWindow(gathering, at: now)
        }
        // The slot lets go of it, so that it is changed where it is.
        memory = .empty
        window.take(input, span: call.span, at: now) { event(from: $0, to: $1, call) }
        let reading = WindowReading(window, call)
        let value = value(reading)
        memory = .window(window)
        if let next = reading.nextChange { wake(max(next, now.uptimeMilliseconds + 1)) }
        return value
    }
}

/// A window at the moment it is looked at.
struct WindowReading {
    let call: RuleProgram.Call
    let window: TimeWindow
    /// What is in it.
    let summary: TimeWindow.Summary

    init(_ window: TimeWindow, _ call: RuleProgram.Call) {
        self.window = window
        self.call = call
        self.summary = window.summary(since: window.end - call.span)
    }

    /// When it begins, on the uptime clock.
    var start: Int64 { window.end - call.span }

    /// Whether enough of it is known.
    var isCovered: Bool {
        summary.known > 0 && Double(summary.known) >= call.coverage * Double(call.span)
    }

    /// The last value known, if that was in the window.
    var latest: Double {
        let (value, end) = window.latest
        return end > start || !window.input.isNaN ? value : .nan
    }

    /// For how long it was watched, milliseconds: from the first moment that was known to the last.
    var seen: Int64 {
        summary.knownSince.map { window.latest.end - $0 } ?? 0
    }

    /// A number, if enough is known and it can be computed with.
    func covered(_ number: Double) -> Double {
        isCovered && number.isFinite ? number : .nan
    }

    /// When the value may be another one with no new sample.
    var nextChange: Int64? {
        var next: [Int64] = []
        let glide = window.end + min(max(call.span / 100, 100), max(10_000, call.span / 600))
        if !summary.isWhole, summary.known > 0 || !window.input.isNaN { next.append(glide) }
        let needed = Int64((call.coverage * Double(call.span)).rounded(.up))
        if summary.isFilling, !window.input.isNaN, summary.known < needed {
            next.append(window.end + needed - summary.known)
        }
        switch window.gathering {
        case .mean: if summary.firstEnd != nil { next.append(glide) }
        case .lowest, .highest, .oldest:
            if let end = summary.firstEnd { next.append(max(end + call.span, window.end + 1)) }
        case .events: if let event = summary.firstEvent { next.append(event + call.span) }
        }
        return next.min()
    }
}

/// What a function remembers from one evaluation to the next.
enum FunctionMemory {
    /// Nothing.
    case none
    /// How far something got: few changes, each worth keeping at once.
    case progress
    /// What values were: many changes, kept now and then.
    case window
}

import Facility

extension PollMachine {
    /// What was counted, and which events were taken: to be kept over a restart.
    public var conditions: ConditionMemory {
        ConditionMemory(
            counters: conditionedUnits.flatMap { units[$0].conditioner?.memory ?? [] },
            queues: queueUnits.compactMap { units[$0].queue?.memory })
    }

    /// A number that changes when something was counted that must outlast a crash.
    public var conditionRevision: Int {
        conditionedUnits.reduce(0) { $0 + (units[$1].conditioner?.revision ?? 0) }
            + queueUnits.reduce(0) { $0 + (units[$1].queue?.revision ?? 0) }
    }

    // MARK: Samples judged by those before

    /// Replaces the newest samples by what they count as.
    mutating func condition(_ first: Int, of poll: Poll, at now: Moment, into decision: inout Decision) {
        guard units[poll.index].conditioner != nil else { return }
        for (offset, point) in poll.request.points.enumerated() {
            condition(&decision.samples[first + offset], point, of: poll.index, at: now, &decision.events)
        }
    }

    private mutating func condition(
        _ sample: inout Sample, _ point: Int, of index: Int, at now: Moment, _ events: inout [BusEvent]
    ) {
        guard let counted = units[index].conditioner?.handle(sample, at: point, now: now, into: &events)
        else { return }
        sample = counted
    }

    /// Appends what has become of pulses whose time is over.
    mutating func sweepConditions(at now: Moment, into decision: inout Decision) {
        for index in conditionedUnits {
            units[index].conditioner?.sweep(at: now, into: &decision.samples)
        }
    }

    // MARK: Queues of events

    /// The read that a queue of events wants at once.
    mutating func nextFollowUp(at now: Int64) -> Read? {
        for index in queueUnits {
            guard let queue = units[index].queue, queue.isPending, !units[index].health.isDemoted,
                units[index].split == nil, units[index].trust.isClear(at: now),
                let request = units[index].queue?.next()
            else { continue }
            return read(index, request, .followUp)
        }
        return nil
    }

    /// Tells a queue what its counter shows, if that was among what was read.
    mutating func noteCounter(
        of poll: Poll, in first: Int, _ timing: Timing, into decision: inout Decision
    ) {
        guard let counter = units[poll.index].queue?.queue.counter,
            let offset = poll.request.points.firstIndex(of: counter),
            let shown = decision.samples[first + offset].value?.double.flatMap({ Int64(exactly: $0) })
        else { return }
        var result = QueueDrain.Result()
        units[poll.index].queue?.counted(shown, at: timing.wallMilliseconds, into: &result)
        append(result, of: poll.index, timing, into: &decision)
    }

    /// Takes what a queue's read brought.
    mutating func drained(
        _ index: Int, _ reply: [UInt8], payloadAt start: Int, _ timing: Timing, into decision: inout Decision
    ) {
        var result = QueueDrain.Result()
        var decoder = units[index].decoder
        units[index].queue?.answered(
            reply, payloadAt: start, at: timing.wallMilliseconds, decoder: &decoder, into: &result)
        units[index].decoder = decoder
        append(result, of: index, timing, into: &decision)
    }

    /// Tells a queue that its read brought nothing.
    mutating func noteLost(_ outcome: Outcome, _ index: Int, into decision: inout Decision) {
        switch outcome {
        case .answered: break
        case .exception, .timeout, .corrupted, .invalid, .lost:
            var result = QueueDrain.Result()
            units[index].queue?.failed(into: &result)
            decision.events += result.events
        }
    }

    private mutating func append(
        _ result: QueueDrain.Result, of index: Int, _ timing: Timing, into decision: inout Decision
    ) {
        decision.events += result.events
        for item in result.items {
            var sample = item.sample
            condition(&sample, item.position, of: index, at: timing.ended, &decision.events)
            decision.samples.append(sample)
            staleness.heard(
                units[index].firstPosition + item.position, sample.value, at: timing.ended.uptimeMilliseconds)
        }
    }
}

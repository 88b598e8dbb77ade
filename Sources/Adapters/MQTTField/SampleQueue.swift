import Facility
import Glibc

/// What waits between the connection's thread and whoever takes the samples.
///
/// Bounded: when it is full the oldest measurements are dropped and counted. What says that a device or the broker
/// is gone is not dropped for them, because alarms hang on it.
@safe final class SampleQueue: @unchecked Sendable {
    /// Samples that came together.
    struct Batch: Sendable {
        var samples: [Sample]
        /// Whether they are for the history only: something newer of the same points is known already.
        let isLate: Bool
        /// Whether they say that something is gone or back, and not what was measured.
        let isNotice: Bool
    }

    /// How many samples are gathered in one batch: in a flood the first of the oldest are dropped, and the rest of
    /// the batch moves up.
    static let mostGathered = 1024

    /// How many samples may wait.
    let capacity: Int
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let filled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var batches: [Batch] = []
    /// All batches before this one are notices.
    private var firstMeasurements = 0
    private var count = 0
    private var droppedCount = 0
    private var isClosed = false

    init(capacity: Int) {
        self.capacity = capacity
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(filled, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(filled)
        unsafe pthread_mutex_destroy(mutex)
        unsafe filled.deallocate()
        unsafe mutex.deallocate()
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body()
    }

    /// How many samples were dropped.
    var dropped: Int { locked { droppedCount } }

    /// Adds samples; never waits.
    func put(_ samples: [Sample], isLate: Bool = false, isNotice: Bool = false) {
        guard !samples.isEmpty else { return }
        locked {
            guard !isClosed else { return }
            let wasEmpty = batches.isEmpty
            count += samples.count
            if let last = batches.indices.last, batches[last].isLate == isLate,
                batches[last].isNotice == isNotice, last >= firstMeasurements,
                batches[last].samples.count + samples.count <= Self.mostGathered
            {
                batches[last].samples += samples
            } else {
                batches.append(Batch(samples: samples, isLate: isLate, isNotice: isNotice))
            }
            makeRoom()
            if wasEmpty { unsafe pthread_cond_signal(filled) }
        }
    }

    private func makeRoom() {
        while count > capacity {
            while firstMeasurements < batches.count, batches[firstMeasurements].isNotice {
                firstMeasurements += 1
            }
            // Only notices are left: then they are the flood.
            let victim = firstMeasurements < batches.count ? firstMeasurements : 0
            let excess = min(count - capacity, batches[victim].samples.count)
            batches[victim].samples.removeFirst(excess)
            count -= excess
            droppedCount += excess
            guard batches[victim].samples.isEmpty else { continue }
            batches.remove(at: victim)
            firstMeasurements = min(firstMeasurements, victim)
        }
    }

    /// Takes all that waits, as soon as something does; nil once the queue is closed and empty.
    func take() -> [Batch]? {
        locked {
            while batches.isEmpty, !isClosed { unsafe pthread_cond_wait(filled, mutex) }
            guard !batches.isEmpty else { return nil }
            defer {
                batches = []
                firstMeasurements = 0
                count = 0
            }
            return batches
        }
    }

    /// Takes no more; what waits can still be taken.
    func close() {
        locked {
            isClosed = true
            unsafe pthread_cond_signal(filled)
        }
    }
}

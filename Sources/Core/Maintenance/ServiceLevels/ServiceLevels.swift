public import Facility

/// What is promised about an order.
public enum ServicePromise: String, Hashable, Sendable, CaseIterable, Codable {
    /// From its making until somebody takes it.
    case response
    /// From its dispatch until somebody is there.
    case arrival
    /// From the alarm until its condition is gone.
    case restore
    /// From its making until the work is finished.
    case resolve
    /// From the end of the work until somebody else has looked at it.
    case verify
}

/// How fast what has to happen, by urgency.
public struct ServiceLevels: Hashable, Sendable {
    /// One promise.
    public struct Target: Hashable, Sendable {
        /// How long it may take, milliseconds of the hours.
        public let milliseconds: Int64
        /// When its clock runs.
        public let hours: ServiceHours

        /// Describes a promise.
        public init(milliseconds: Int64, hours: ServiceHours = .always) {
            self.milliseconds = milliseconds
            self.hours = hours
        }
    }

    /// The promises of each urgency; what has none is not watched.
    public var targets: [Priority: [ServicePromise: Target]]

    /// At which parts of the time people are told, percent, in order; each tells once.
    public var steps: [Int]

    /// The route along which people are told; nil to tell nobody.
    public var route: String?

    /// Collects the promises.
    public init(
        _ targets: [Priority: [ServicePromise: Target]] = [:], steps: [Int] = Self.usualSteps,
        route: String? = nil
    ) {
        self.targets = targets
        self.steps = steps
        self.route = route
    }

    /// The parts of the time at which people are told, unless somebody says otherwise.
    public static let usualSteps = [50, 80, 100, 150]

    /// What is promised unless the site says otherwise.
    public static let standard: ServiceLevels = {
        let minute: Int64 = 60_000
        let hour = 60 * minute
        let day = 24 * hour
        func table(_ times: [ServicePromise: Int64]) -> [ServicePromise: Target] {
            times.mapValues { Target(milliseconds: $0) }
        }
        return ServiceLevels([
            .p1: table([
                .response: 5 * minute, .arrival: 30 * minute, .restore: 2 * hour, .resolve: 4 * hour,
                .verify: day,
            ]),
            .p2: table([
                .response: 15 * minute, .arrival: 30 * minute, .restore: 8 * hour, .resolve: day,
                .verify: 2 * day,
            ]),
            .p3: table([
                .response: 2 * hour, .arrival: 4 * hour, .resolve: 3 * day, .verify: 7 * day,
            ]),
            .p4: table([.response: day, .verify: 7 * day]),
        ])
    }()

    /// The promise of an urgency; nil if there is none.
    public func target(_ promise: ServicePromise, _ priority: Priority) -> Target? {
        targets[priority]?[promise]
    }
}

import Facility

/// What is at hand: how many orders stand where, and what is due first.
public struct OrderBoard: Hashable, Sendable {
    /// One state.
    public struct Column: Hashable, Sendable {
        /// Where they stand.
        public let state: OrderState
        /// How many stand there.
        public let count: Int
        /// How many of them should have been done by now.
        public let overdue: Int

        /// Describes a state.
        public init(state: OrderState, count: Int, overdue: Int) {
            self.state = state
            self.count = count
            self.overdue = overdue
        }
    }

    /// The states in the order of the work; those without orders are left out.
    public let columns: [Column]
    /// The orders with a time by which they have to be done, the earliest first.
    public let due: [WorkOrder]

    /// Describes what is at hand.
    public init(columns: [Column], due: [WorkOrder]) {
        self.columns = columns
        self.due = due
    }
}

/// What the ledger has about one asset beyond single records.
public struct AssetSums: Hashable, Sendable {
    /// The orders of one type.
    public struct Kind: Hashable, Sendable {
        /// The type.
        public let type: OrderType
        /// How many there are.
        public let count: Int
        /// How many of them are not over.
        public let open: Int
        /// What they cost, in hundredths of the currency.
        public let cents: Int64

        /// Describes the orders of a type.
        public init(type: OrderType, count: Int, open: Int, cents: Int64) {
            self.type = type
            self.count = count
            self.open = open
            self.cents = cents
        }
    }

    /// The orders, by type.
    public var kinds: [Kind] = []
    /// How often its alarms were raised.
    public var occurrences = 0
    /// When it was last looked after by plan or by law, oldest first, wall-clock milliseconds.
    public var services: [Int64] = []

    /// Nothing.
    public init() {}

    /// The longest time between two services, milliseconds; nil for fewer than two.
    public var longestGapMilliseconds: Int64? {
        zip(services, services.dropFirst()).map { $1 - $0 }.max()
    }
}

public import Facility

/// What was found out about the units of a bus, to be kept over a restart.
///
/// A finding belongs to the map it was made with: a changed map starts from nothing.
public struct BusMemory: Hashable, Sendable, Codable {
    /// Registers of one table in a row.
    public struct Span: Hashable, Sendable, Codable {
        /// The table.
        public let area: RegisterArea
        /// The first address.
        public let first: UInt16
        /// How many.
        public let count: Int
    }

    /// The longest read of one table a unit answers.
    public struct Limit: Hashable, Sendable, Codable {
        /// The table.
        public let area: RegisterArea
        /// How many registers or bits.
        public let count: Int
    }

    /// A point that cannot be read.
    public struct Refusal: Hashable, Sendable, Codable {
        /// The point, as an index into the map's points.
        public let point: Int
        /// The number of the fault.
        public let fault: UInt8
    }

    /// What was found out about one unit.
    public struct Unit: Hashable, Sendable, Codable {
        /// The asset that is read.
        public let asset: AssetID
        /// The unit id on the bus.
        public let unit: UInt8
        /// A number that changes when the map does.
        public let fingerprint: UInt64
        /// Registers that must not be read across.
        public let holes: [Span]
        /// The longest reads it answers.
        public let limits: [Limit]
        /// The points that cannot be read.
        public let refusals: [Refusal]
        /// How often in a row the same was found out.
        public let confirmations: Int
        /// When it was found out, by the wall clock.
        public let wallMilliseconds: Int64
        /// How long half of its answers took beyond their bytes, microseconds; nil if it gave too few.
        public let usualMicroseconds: Int64?
        /// How long 99 of 100 of its answers took beyond their bytes, microseconds; nil if it gave too few.
        public let answerMicroseconds: Int64?
    }

    /// The units of which anything is known.
    public let units: [Unit]

    /// Nothing is known; or what was kept.
    public init(units: [Unit] = []) {
        self.units = units
    }
}

extension BusMemory {
    /// What is known of a unit, unless its map has changed since.
    func unit(_ unit: ModbusUnit) -> Unit? {
        units.first {
            $0.asset == unit.asset && $0.unit == unit.unit && $0.fingerprint == unit.map.fingerprint
        }
    }
}

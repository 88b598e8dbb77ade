public import Engine
public import Facility
public import Maintenance

/// What may be asked of orders and assets beyond single orders.
public struct OrderPorts: Sendable {
    /// What is at hand; so many of what is due.
    public var board: @Sendable (_ limit: Int) async throws -> OrderBoard
    /// What the ledger has about one asset beyond single records.
    public var sums: @Sendable (AssetID) async throws -> AssetSums
    /// How an asset has come to stand, oldest first.
    public var standings: @Sendable (AssetID) async throws -> [AssetStanding]
    /// How an asset stands.
    public var state: @Sendable (AssetID) async -> AssetState

    /// Fills the ports; without them there is nothing.
    public init(
        board: @escaping @Sendable (_ limit: Int) async throws -> OrderBoard = { _ in
            OrderBoard(columns: [], due: [])
        },
        sums: @escaping @Sendable (AssetID) async throws -> AssetSums = { _ in AssetSums() },
        standings: @escaping @Sendable (AssetID) async throws -> [AssetStanding] = { _ in [] },
        state: @escaping @Sendable (AssetID) async -> AssetState = { _ in .inService }
    ) {
        self.board = board
        self.sums = sums
        self.standings = standings
        self.state = state
    }
}

import ArgumentParser
import Facility
import WebAPI

/// Lists the equipment.
struct AssetsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the equipment.")

    static let classes = ListedWords(option: "--class", known: AssetClass.allCases.map(\.rawValue))

    @Option(name: .customLong("class"), help: "Only of these classes; several with commas.")
    var assetClass: String?

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        _ = try Self.classes.understood(assetClass)
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let wishes = try Self.classes.understood(assetClass).map { [(name: "class", value: $0)] } ?? []
            let pages = try await client.pages(AssetsDocument.self, ["assets"], wishes, next: \.nextCursor)
            let assets = pages.flatMap(\.assets)
            guard !format.json else {
                return try session.show(json: AssetsDocument(assets: assets, nextCursor: nil))
            }
            var table = Table([
                session.column("asset"), session.column("class"), session.column("name"),
                session.column("location"), session.column("parent"), session.column("criticality"),
                session.column("contractor"),
            ])
            for asset in assets {
                table.add([
                    .init(asset.id), .init(asset.class.rawValue), .init(asset.label[session.language]),
                    .init(asset.location), session.optional(asset.parent),
                    .init(asset.criticality.rawValue), session.optional(asset.contractor),
                ])
            }
            session.show(table, format)
        }
    }
}

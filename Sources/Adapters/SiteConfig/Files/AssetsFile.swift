internal import Facility

/// One asset as its file describes it, its references not yet looked up.
struct AssetEntry: Sendable {
    let assetClass: Located<AssetClass>
    let label: Bilingual
    let location: String
    let profile: Located<String>?
    let bus: Located<String>?
    let unit: Located<Int>?
    let address: Located<String>?
    let timeoutMilliseconds: Located<Int64>?
    let weight: Located<Int>?
    let parent: Located<String>?
    let serial: String?
    let commissioned: CivilDate?
    let contractor: Located<String>?
    let criticality: Asset.Criticality
    let labels: [String: String]
    let record: AssetRecord
    /// The keys that are there, whatever their values are.
    let given: Set<String>

    static let form = Form<AssetEntry>.section(AssetShape.self) { section in
        let assetClass = section(\.assetClass)
        let label = section(\.label)
        let location = section(\.location)
        let profile = section(\.profile)
        let bus = section(\.bus)
        let unit = section(\.unit)
        let address = section(\.address)
        let timeout = section(\.timeout)
        let weight = section(\.weight)
        let parent = section(\.parent)
        let serial = section(\.serial)
        let commissioned = section(\.commissioned)
        let contractor = section(\.contractor)
        let criticality = section(\.criticality) ?? .normal
        let labels = section(\.labels) ?? []
        let record = AssetRecord(
            maker: section(\.maker), model: section(\.model),
            registrations: Self.dictionary(section(\.registrations)),
            warrantyUntil: section(\.warranty), expectedLifeYears: section(\.life),
            meters: Self.dictionary(section(\.meters)), state: section(\.state) ?? .inService)
        guard let assetClass, let label, let location else { return nil }
        return AssetEntry(
            assetClass: assetClass, label: label, location: location, profile: profile, bus: bus, unit: unit,
            address: address, timeoutMilliseconds: timeout, weight: weight, parent: parent, serial: serial,
            commissioned: commissioned,
            contractor: contractor, criticality: criticality,
            labels: dictionary(labels), record: record, given: section.keys)
    }

    private static func dictionary(_ entries: [Named<String>]?) -> [String: String] {
        Dictionary((entries ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}

/// One file of `assets/`.
struct AssetsShape: Shape {
    static let title = "assets"
    let assets = Key("assets", Form.table(.word, of: AssetEntry.form))
}

struct AssetShape: Shape {
    static let title = "asset"
    let assetClass = Key("class", Form<AssetClass>.choice("class").located, required: true)
    let label = Key("name", BilingualShape.label, required: true)
    let location = Key("location", Form<String>.text(maximum: 128), required: true)
    let profile = Key("profile", Form<String>.name(.file).located)
    let bus = Key("bus", Form<String>.name(.word).located)
    let unit = Key("unit", Form<Int>.integer(0...255).located)
    let address = Key("address", Form<String>.text(maximum: 256).located)
    let timeout = Key("timeout", ModbusTimes.timeoutForm.located)
    let weight = Key("weight", Form<Int>.integer(1...8).located)
    let parent = Key("parent", Form<String>.name(.word).located)
    let serial = Key("serial", Form<String>.text(maximum: 128))
    let commissioned = Key("commissioned", Form<CivilDate>.date)
    let contractor = Key("contractor", Form<String>.name(.word).located)
    let criticality = Key("criticality", Form<Asset.Criticality>.choice("criticality"))
    let labels = Key("labels", Form.table(.word, of: Form<String>.text(maximum: 128)))
    let maker = Key("maker", Form<String>.text(maximum: 128))
    let model = Key("model", Form<String>.text(maximum: 128))
    let registrations = Key("registrations", Form.table(.word, of: Form<String>.text(maximum: 128)))
    let warranty = Key("warranty_until", Form<CivilDate>.date)
    let life = Key("expected_life_years", Form<Int>.integer(1...200))
    let meters = Key("meters", Form.table(.word, of: Form<String>.name(.identifier)))
    let state = Key("state", Form<AssetState>.choice("state"))
}

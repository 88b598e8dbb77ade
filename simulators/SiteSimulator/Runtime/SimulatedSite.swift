import EquipmentModels

/// All equipment of the simulated site, moving through one day together.
struct SimulatedSite {
    /// Why the site refused a command.
    enum Refusal: Error, CustomStringConvertible {
        case unknownAsset(String)
        case unknownFault(asset: String, fault: String, known: [String])

        var description: String {
            switch self {
            case .unknownAsset(let name): "there is no asset '\(name)'"
            case .unknownFault(let asset, let fault, let known):
                "'\(asset)' has no fault '\(fault)'; it has \(known.joined(separator: ", "))"
            }
        }
    }

    /// Something a piece of equipment says by itself.
    struct Utterance {
        let asset: SiteFile.Asset
        let message: Message
    }

    private struct Place: Hashable {
        let model: Int
        let part: Int
    }

    private struct UnitKey: Hashable {
        let bus: String
        let unit: Int
    }

    private static let warmUpTicks = 1200

    let file: SiteFile
    /// Simulated seconds since the start.
    var seconds: Double { Double(ticks) * EquipmentState.tickSeconds }
    private var ticks = 0
    private var models: [any Equipment]
    private let places: [String: Place]
    private let units: [UnitKey: SiteFile.Asset]
    private var images: [Place: RegisterImage] = [:]

    init(file: SiteFile, seed: UInt64) {
        self.file = file
        var places: [String: Place] = [:]
        var units: [UnitKey: SiteFile.Asset] = [:]
        models = []
        for (index, model) in file.models.enumerated() {
            var random = SeededRandom(seed: seed, name: model.assets[0].name)
            models.append(model.type.init(seed: random.next()))
            for (part, asset) in model.assets.enumerated() {
                places[asset.name] = Place(model: index, part: part)
                if let unit = asset.unit { units[UnitKey(bus: asset.bus, unit: unit)] = asset }
            }
        }
        self.places = places
        self.units = units
        // Pumps run up and windings warm before anybody looks: a site is not switched on with its gateway.
        ticks = -Self.warmUpTicks
        for _ in 0..<Self.warmUpTicks { tick() }
    }

    // MARK: - Time

    /// Lets one tenth of a second pass for everything at once.
    mutating func tick() {
        var surroundings = Surroundings(secondOfDay: file.startSecondOfDay + seconds)
        for model in models { model.contribute(to: &surroundings) }
        for index in models.indices {
            models[index].sense(surroundings)
            models[index].advance(by: EquipmentState.tickSeconds)
        }
        ticks += 1
        images = [:]
    }

    // MARK: - Faults and truth

    mutating func inject(asset: String, fault: String) throws(Refusal) {
        let place = try place(of: asset)
        do {
            try models[place.model].inject(fault: fault, part: place.part)
        } catch {
            throw .unknownFault(asset: asset, fault: fault, known: knownFaults(of: place))
        }
        images = [:]
    }

    mutating func clear(asset: String, fault: String) throws(Refusal) {
        let place = try place(of: asset)
        do {
            try models[place.model].clear(fault: fault, part: place.part)
        } catch {
            throw .unknownFault(asset: asset, fault: fault, known: knownFaults(of: place))
        }
        images = [:]
    }

    func truth(asset: String) throws(Refusal) -> JSONValue {
        let place = try place(of: asset)
        return .object(models[place.model].truth(part: place.part))
    }

    func activeFaults(asset: String) -> [String] {
        guard let place = places[asset] else { return [] }
        return models[place.model].state.faults(part: place.part)
    }

    func knownFaults(asset: String) throws(Refusal) -> [String] {
        knownFaults(of: try place(of: asset))
    }

    private func knownFaults(of place: Place) -> [String] {
        type(of: models[place.model]).faults.map(\.name)
    }

    private func place(of asset: String) throws(Refusal) -> Place {
        guard let place = places[asset] else { throw .unknownAsset(asset) }
        return place
    }

    // MARK: - What the wires see

    /// The asset that answers a unit number, if there is one.
    func asset(bus: String, unit: Int) -> SiteFile.Asset? { units[UnitKey(bus: bus, unit: unit)] }

    func modelName(of asset: SiteFile.Asset) -> String {
        places[asset.name].map { type(of: models[$0.model]).model } ?? ""
    }

    /// The registers of an asset as they stand now; built at most once per tick.
    mutating func registers(of asset: SiteFile.Asset) -> RegisterImage {
        guard let place = places[asset.name] else { return RegisterImage() }
        if let image = images[place] { return image }
        let image =
            (models[place.model] as? any ModbusEquipment)?.registers(part: place.part) ?? RegisterImage()
        images[place] = image
        return image
    }

    /// What the equipment has to say since the last time.
    mutating func takeUtterances(unixSeconds: Int) -> [Utterance] {
        var utterances: [Utterance] = []
        for (index, model) in file.models.enumerated() {
            guard var speaker = models[index] as? any MessagingEquipment else { continue }
            let asset = model.assets[0]
            let messages = speaker.takeMessages(address: asset.address, unixSeconds: unixSeconds)
            models[index] = speaker
            utterances += messages.map { Utterance(asset: asset, message: $0) }
        }
        return utterances
    }
}

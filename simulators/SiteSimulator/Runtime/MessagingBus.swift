import EquipmentModels

/// The equipment that speaks over one MQTT broker.
final class MessagingBus {
    private struct Session {
        let client: MQTTClient
        let online: Message
        let assets: [SiteFile.Asset]
        let birth: [Message]
    }

    let name: String
    private var sessions: [Session] = []

    init(name: String, host: String, port: Int, models: [SiteFile.Model]) {
        self.name = name
        var groups: [(MessagingSession, [SiteFile.Asset], [Message])] = []
        for model in models {
            guard let type = model.type as? any MessagingEquipment.Type else { continue }
            for asset in model.assets where asset.bus == name {
                let session = type.session(address: asset.address)
                let birth = type.birth(address: asset.address)
                if let index = groups.firstIndex(where: { $0.0 == session }) {
                    groups[index].1.append(asset)
                    groups[index].2 += birth
                } else {
                    groups.append((session, [asset], birth))
                }
            }
        }
        for (session, assets, birth) in groups {
            let will = session.will
            let client = MQTTClient(
                name: "simulator-\(OwnProcess.identifier)-\(session.clientName)", host: host, port: port,
                will: (will.topic, will.payload, will.isRetained))
            guard let client else { continue }
            sessions.append(Session(client: client, online: session.online, assets: assets, birth: birth))
        }
    }

    /// Keeps the connections that should stand; returns the names of those that came up.
    func keepUp(now: Double, board: CommunicationBoard) -> [String] {
        var cameUp: [String] = []
        for session in sessions {
            guard !isCutOff(session, board) else {
                if session.client.socketNumber != nil { session.client.cut(now: now) }
                continue
            }
            guard session.client.keepUp(now: now) else { continue }
            cameUp.append(session.client.name)
            for message in [session.online] + session.birth { publish(message, session) }
        }
        return cameUp
    }

    private func isCutOff(_ session: Session, _ board: CommunicationBoard) -> Bool {
        session.assets.contains { board.mode(bus: name, unit: $0.unitName) == .disconnect }
    }

    func say(_ utterance: SimulatedSite.Utterance, board: CommunicationBoard) {
        guard let session = sessions.first(where: { $0.assets.contains(utterance.asset) }) else { return }
        let message = utterance.message
        switch board.mode(bus: name, unit: utterance.asset.unitName) {
        case .silence, .disconnect: return
        case .garbage:
            let half = String(message.payload.prefix(message.payload.count / 2))
            session.client.publish(topic: message.topic, payload: half, isRetained: message.isRetained)
        default: publish(message, session)
        }
    }

    private func publish(_ message: Message, _ session: Session) {
        session.client.publish(topic: message.topic, payload: message.payload, isRetained: message.isRetained)
    }

    var sockets: [(client: MQTTClient, number: Int32)] {
        sessions.compactMap { session in session.client.socketNumber.map { (session.client, $0) } }
    }

    var upCount: Int { sessions.count { $0.client.isUp } }
    var sessionCount: Int { sessions.count }
}

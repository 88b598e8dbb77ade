internal import Acquisition
internal import Delivery
internal import Engine
internal import Facility
internal import Foundation
internal import Logging
internal import MQTTField
internal import Notices
internal import SiteConfig
internal import WebAPI

/// Obeys what is signed and comes on the command topics of MQTT channels, and answers beside them.
struct CommandTopics: Sendable {
    let parts: RunningParts
    let remote: RemoteDesk
    let logger: Logger

    /// The longest message that is read, bytes.
    private static let longestPayload = 16 * 1024
    /// How many messages may wait to be looked at.
    private static let mostWaiting = 100

    /// One topic that is listened to.
    private struct Topic: Hashable {
        let channel: ChannelID
        let broker: MQTTBus
        let prefix: String
        let secretFile: String
    }

    /// Listens until cancelled; a reload that changes topics is noticed within seconds.
    func run() async {
        var topics = wanted
        while !Task.isCancelled {
            let current = topics
            await withTaskGroup(of: Void.self) { group in
                for topic in current { group.addTask { await listen(to: topic) } }
                group.addTask {
                    while (try? await Task.sleep(for: .seconds(2))) != nil {
                        if wanted != current { return }
                    }
                }
                // Listening ends only by being cancelled: the first to end has seen a change, or the end.
                await group.next()
                group.cancelAll()
            }
            topics = wanted
        }
    }

    private var wanted: Set<Topic> {
        let configuration = parts.configuration
        return Set(
            configuration.channels.compactMap { channel in
                guard let file = channel.settings["command_secret_file"], channel.kind == "mqtt",
                    let broker = configuration.mqttBuses.first(where: {
                        $0.id.name == channel.settings["bus"]
                    })
                else { return nil }
                return Topic(
                    channel: channel.id, broker: broker,
                    prefix: MQTTChannel.prefix(of: channel, site: configuration.site.id), secretFile: file)
            })
    }

    private func listen(to topic: Topic) async {
        let (messages, inbox) = AsyncStream.makeStream(
            of: [UInt8].self, bufferingPolicy: .bufferingOldest(Self.mostWaiting))
        let broker = topic.broker
        let connection = MQTTPublisher(
            host: broker.host, port: broker.port,
            clientID: "\(broker.clientID)-commands-\(topic.channel.name)",
            username: broker.username, passwordFile: broker.passwordFile, tls: broker.tls,
            subscription: .init(
                topic: "\(topic.prefix)/command", longestPayload: Self.longestPayload,
                heard: { inbox.yield($0) }),
            clock: parts.clock)
        connection.start()
        defer { connection.stop() }
        for await message in messages {
            let answer = await obey(message, topic)
            let payload = (try? JSON.encode(answer)).map { [UInt8]($0) } ?? []
            try? await connection.publish(
                topic: "\(topic.prefix)/command/result", payload: payload, retain: false)
        }
    }

    private func obey(_ message: [UInt8], _ topic: Topic) async -> CommandResult {
        guard let envelope = try? JSON.decode(CommandEnvelope.self, from: Data(message)) else {
            return CommandResult(requestId: nil, error: .malformedBody, remote.catalog)
        }
        let signed = Array("\(envelope.nonce).\(envelope.request)".utf8)
        let belief = remote.check(
            signed, timestamp: String(envelope.timestamp), signature: envelope.signature,
            secretFile: topic.secretFile)
        if case .failure(let reason) = belief {
            logger.warning(
                "command.unbelieved", metadata: ["channel": "\(topic.channel)", "reason": "\(reason)"])
            return CommandResult(requestId: nil, error: .unbelieved(reason), remote.catalog)
        }
        var id: String?
        do throws(APIError) {
            let asked = try RemoteRequest(json: Array(envelope.request.utf8))
            id = asked.requestId
            let command = try asked.command(
                site: parts.configuration.site, catalog: remote.catalog, now: parts.clock().wallMilliseconds)
            let reply = try await submit(command, topic)
            if let refusal = reply.refusal {
                throw refusal == .unknown ? .unknownOccurrence("\(asked.alarm)") : .refused(refusal)
            }
            return CommandResult(requestId: id, alarm: asked.alarm, action: asked.action)
        } catch {
            return CommandResult(requestId: id, error: error, remote.catalog)
        }
    }

    private func submit(_ command: Command, _ topic: Topic) async throws(APIError) -> CommandReply {
        do {
            return try await remote.submit(command, by: "mqtt \(topic.channel.name)")
        } catch {
            throw .unavailable
        }
    }
}

/// What is sent to a command topic. The signature is over the time, the nonce and the request as it is written,
/// with full stops between them.
struct CommandEnvelope: Codable {
    let timestamp: Int64
    let nonce: String
    let request: String
    let signature: String
}

/// What is answered.
struct CommandResult: Codable {
    let ok: Bool
    let requestId: String?
    let alarm: Int64?
    let action: String?
    let code: String?
    let message: String?

    init(requestId: String?, alarm: Int64, action: String) {
        (ok, code, message) = (true, nil, nil)
        self.requestId = requestId
        self.alarm = alarm
        self.action = action
    }

    init(requestId: String?, error: APIError, _ catalog: MessageCatalog) {
        (ok, alarm, action) = (false, nil, nil)
        self.requestId = requestId
        code = error.code
        message = catalog.text(error.message, in: .en)
    }
}

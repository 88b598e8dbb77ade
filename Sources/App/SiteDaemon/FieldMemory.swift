internal import Acquisition
internal import Facility
internal import Foundation
internal import Ledger
internal import Logging
internal import SiteConfig

/// What one bus knows that a restart must not forget.
struct FieldMemory: Hashable, Sendable, Codable {
    /// What was found out about the units of a Modbus bus.
    var findings: BusMemory?
    /// What was counted, and which events were taken.
    var conditions: ConditionMemory?
}

extension FieldMemory {
    /// What the ledger kept. What cannot be read is as good as nothing: the buses find it out anew.
    static func read(from ledger: LedgerStore, logger: Logger) -> [BusID: FieldMemory] {
        let texts: [String: String]
        do {
            texts = try ledger.fieldMemory()
        } catch {
            logger.warning("field.memory-not-read", metadata: ["reason": "\(error)"])
            return [:]
        }
        let decoder = JSONDecoder()
        let pairs = texts.compactMap { bus, text -> (BusID, FieldMemory)? in
            do {
                return (BusID(bus), try decoder.decode(FieldMemory.self, from: Data(text.utf8)))
            } catch {
                logger.warning(
                    "field.memory-not-read", metadata: ["bus": "\(bus)", "reason": "\(error)"])
                return nil
            }
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }
}

/// Keeps what the buses know in the ledger: at once when it must outlast a crash, else once a minute.
actor FieldKeeper {
    private static let rest: Duration = .seconds(1)
    private static let restsBetweenSaves = 60

    private let parts: RunningParts
    private let logger: Logger
    private let queue = BlockingQueue("field-memory")
    private let encoder: JSONEncoder
    /// What is in the ledger.
    private var kept: [BusID: FieldMemory] = [:]

    init(parts: RunningParts, logger: Logger) {
        self.parts = parts
        self.logger = logger
        encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    /// Saves from time to time until cancelled.
    func run() async {
        var revision = parts.field.memoryRevision
        var rests = 0
        while (try? await Task.sleep(for: Self.rest)) != nil {
            rests += 1
            let newest = parts.field.memoryRevision
            guard newest != revision || rests >= Self.restsBetweenSaves else { continue }
            (revision, rests) = (newest, 0)
            await save()
        }
    }

    /// Writes what has changed since the last time.
    func save() async {
        let memory = parts.field.memory
        let buses = Set(
            parts.configuration.modbusBuses.map(\.id.name) + parts.configuration.mqttBuses.map(\.id.name))
        let present = memory.filter { buses.contains($0.key.name) }
        let changed = present.filter { kept[$0.key] != $0.value }
        // One by one: what one bus knows must not keep the others' from being kept.
        let texts = Dictionary(
            changed.compactMap { bus, known in text(of: known, bus).map { (bus.name, $0) } },
            uniquingKeysWith: { first, _ in first })
        guard !texts.isEmpty else { return }
        do {
            let (ledger, wall) = (parts.ledger, parts.clock().wallMilliseconds)
            try await queue.run {
                try ledger.keep(fieldMemory: texts, ofBuses: buses, at: wall)
            }
            kept = present
        } catch {
            logger.warning("field.memory-not-kept", metadata: ["reason": "\(error)"])
        }
    }

    private func text(of known: FieldMemory, _ bus: BusID) -> String? {
        do {
            return String(decoding: try encoder.encode(known), as: UTF8.self)
        } catch {
            logger.warning("field.memory-not-kept", metadata: ["bus": "\(bus)", "reason": "\(error)"])
            return nil
        }
    }
}

public import Facility

/// One edge node of Sparkplug B: which number stands for which metric, whether it is there, and whether a message
/// of its was missed.
///
/// ```
///             NBIRTH                      a number of the sequence is left out,
///   ┌──────┐ ───────▶ ┌─────────────────┐ the connection broke               ┌─────────────┐
///   │ gone │          │ born: all known │ ─────────────────────────────────▶ │ names alone │
///   └──────┘ ◀─────── └─────────────────┘ ◀───────────── NBIRTH ──────────── └─────────────┘
///             NDEATH of that birth
/// ```
/// What was missed may have been a birth that gave the numbers to other metrics: none of them is believed until
/// the next birth. The gateway never asks a node for one: that is a command, and commands do not leave. Numbers
/// whose birth was not heard are counted and make no samples; metrics with names are read all the same.
public struct SparkplugNode: Sendable {
    /// What a message was to one source of the node.
    public enum Finding: Hashable, Sendable {
        /// A reading of a point, given by its position in the source.
        case sample(source: Int, position: Int, Sample)
        /// A reading that the node kept while it was not connected: for the history alone.
        case historical(source: Int, position: Int, Sample)
        /// The source says that it is gone.
        case gone(source: Int)
        /// The source says that it is there.
        case there(source: Int)
        /// Messages of the node were missed: what its points were last is doubted.
        case missed(source: Int)
    }

    /// What went wrong on a node since the start.
    public struct Counts: Hashable, Sendable {
        /// How often numbers of the sequence were left out.
        public internal(set) var gaps: Int
        /// Metrics whose number no birth explained.
        public internal(set) var unknownAliases: Int
        /// Deaths of an earlier birth, which say nothing about this one.
        public internal(set) var staleDeaths: Int

        /// Counts.
        public init(gaps: Int = 0, unknownAliases: Int = 0, staleDeaths: Int = 0) {
            self.gaps = gaps
            self.unknownAliases = unknownAliases
            self.staleDeaths = staleDeaths
        }
    }

    private struct Field {
        let source: Int
        let position: Int
        let point: PointID
        let reader: ValueReader
        /// What the birth says about its type.
        var kind: SparkplugMetric.Kind?
    }

    private struct MetricName: Hashable {
        let device: String?
        let name: String
    }

    private struct Alias {
        /// The device whose birth said it; nil for the node's own.
        let device: String?
        /// Whose points it stands for; empty for a metric that nobody asked for.
        let fields: [Int]
        let kind: SparkplugMetric.Kind?
    }

    /// The longest payload read, bytes: a birth names every metric of the node.
    public static let longestPayload = 262_144
    /// How many numbers of one node are remembered.
    private static let mostAliases = 20_000

    private var fields: [Field] = []
    private var byName: [MetricName: [Int]] = [:]
    private var sources: [(device: String?, source: Int, expectedMilliseconds: Int64)] = []
    private var aliases: [UInt64: Alias] = [:]
    private var birthNumber: UInt64?
    private var nextSequence: UInt64?
    /// What went wrong since the start.
    public private(set) var counts = Counts()

    /// A node nobody has heard yet.
    public init() {}

    /// Adds a source: the node itself, or one of its devices.
    ///
    /// - Parameter number: what the source is called in findings.
    public mutating func add(_ source: MQTTSource, as number: Int, device: String?) {
        sources.append((device, number, source.map.expectedMilliseconds))
        for (position, point) in source.map.points.enumerated() {
            let field = Field(
                source: number, position: position, point: source.points[position],
                reader: ValueReader(point))
            byName[MetricName(device: device, name: point.pointer), default: []].append(fields.count)
            fields.append(field)
        }
    }

    /// Notes that messages may have been missed, as after a broken connection.
    public mutating func restart() {
        aliases = [:]
        nextSequence = nil
    }

    /// Takes a message of the node that arrived at `now`, milliseconds since 1970.
    ///
    /// - Parameter isRetained: whether the broker kept it. A birth that was kept explains numbers that no other birth
    ///   explained, and says nothing about whether the node is there.
    public mutating func handle(
        _ kind: SparkplugTopic.Kind, device: String?, _ payload: SparkplugPayload, isRetained: Bool = false,
        at now: Int64, into findings: inout [Finding]
    ) {
        switch kind {
        case .nodeBirth where isRetained, .deviceBirth where isRetained:
            learn(payload, device: device, isRetained: true)
        case .nodeData where isRetained, .deviceData where isRetained: break
        case .nodeBirth:
            aliases = [:]
            birthNumber = Self.birthNumber(payload)
            nextSequence = payload.sequence.map { ($0 &+ 1) & 255 }
            learn(payload, device: nil)
            announce(Finding.there(source:), device: nil, into: &findings)
        case .nodeDeath:
            if let birthNumber, let died = Self.birthNumber(payload), died != birthNumber {
                counts.staleDeaths += 1
                return
            }
            restart()
            for source in sources { findings.append(.gone(source: source.source)) }
            return
        case .deviceBirth:
            follow(payload, into: &findings)
            forget(device)
            learn(payload, device: device)
            announce(Finding.there(source:), device: device, into: &findings)
        case .deviceDeath:
            if !isRetained { follow(payload, into: &findings) }
            forget(device)
            announce(Finding.gone(source:), device: device, into: &findings)
            return
        case .nodeData, .deviceData:
            follow(payload, into: &findings)
        }
        for metric in payload.metrics {
            read(metric, device: device, payload, isRetained, at: now, into: &findings)
        }
    }

    private func announce(
        _ finding: (Int) -> Finding, device: String?, into findings: inout [Finding]
    ) {
        for source in sources where source.device == device { findings.append(finding(source.source)) }
    }

    /// Notices a number of the sequence that was left out. Before the first message nothing is expected.
    private mutating func follow(_ payload: SparkplugPayload, into findings: inout [Finding]) {
        guard let sequence = payload.sequence else { return }
        let expected = nextSequence
        nextSequence = (sequence &+ 1) & 255
        guard let expected, sequence != expected else { return }
        counts.gaps += 1
        aliases = [:]
        for source in sources { findings.append(.missed(source: source.source)) }
    }

    /// Forgets the numbers of a device: another birth gives it others.
    private mutating func forget(_ device: String?) {
        aliases = aliases.filter { $0.value.device != device }
    }

    /// Remembers which number stands for which metric; from a birth the broker kept only what is not known.
    private mutating func learn(_ payload: SparkplugPayload, device: String?, isRetained: Bool = false) {
        for metric in payload.metrics {
            guard let name = metric.name else { continue }
            let kind = metric.datatype.flatMap(SparkplugMetric.Kind.init)
            let asking = byName[MetricName(device: device, name: name)] ?? []
            for field in asking where !isRetained || fields[field].kind == nil { fields[field].kind = kind }
            guard let alias = metric.alias else { continue }
            let isKnown = aliases[alias] != nil
            // A number that is given away again never stands for what it was, however many there are.
            guard isKnown ? !isRetained : aliases.count < Self.mostAliases else { continue }
            aliases[alias] = Alias(device: device, fields: asking, kind: kind)
        }
    }

    private static func birthNumber(_ payload: SparkplugPayload) -> UInt64? {
        switch payload.metrics.first(where: { $0.name == "bdSeq" })?.raw {
        case .long(let number)?: number
        case .word(let number)?: UInt64(number)
        case .float?, .double?, .flag?, .text?, nil: nil
        }
    }

    private mutating func read(
        _ metric: SparkplugMetric, device: String?, _ payload: SparkplugPayload, _ isRetained: Bool,
        at now: Int64, into findings: inout [Finding]
    ) {
        let asking: [Int]
        if let name = metric.name {
            asking = byName[MetricName(device: device, name: name)] ?? []
        } else if let alias = metric.alias, let known = aliases[alias] {
            asking = known.fields
        } else {
            counts.unknownAliases += 1
            return
        }
        for index in asking {
            let field = fields[index]
            let time = metric.timestamp ?? payload.timestamp ?? now
            let limit = sources.first { $0.source == field.source }?.expectedMilliseconds ?? .max
            let (wall, doubt) = judge(time, limit, isRetained, at: now)
            let kind = metric.datatype.flatMap(SparkplugMetric.Kind.init) ?? field.kind
            let sample =
                switch value(metric.raw, kind, field) {
                case .success(let value):
                    Sample(field.point, value, doubt.map(Quality.uncertain) ?? .good, at: wall)
                case .failure(let refusal): Sample(field.point, failed: refusal.fault, at: wall)
                }
            findings.append(
                metric.isHistorical
                    ? .historical(source: field.source, position: field.position, sample)
                    : .sample(source: field.source, position: field.position, sample))
        }
    }

    private func judge(
        _ time: Int64, _ limit: Int64, _ isRetained: Bool, at now: Int64
    ) -> (Int64, Doubt?) {
        let (age, overflow) = now.subtractingReportingOverflow(time)
        guard !overflow, age >= -PayloadTime.usualSkew else { return (now, .clockSkew) }
        return (time, isRetained ? .retained : age > limit ? .stale : nil)
    }

    private func value(
        _ raw: SparkplugMetric.Raw?, _ kind: SparkplugMetric.Kind?, _ field: Field
    ) -> Result<Value, ValueReader.Refusal> {
        guard let raw else { return .failure(.init(fault: .sensorFault)) }
        guard let kind, let value = raw.value(kind) else { return .failure(.init(fault: .undecodable)) }
        return field.reader.read(value)
    }
}

import Acquisition
import Facility
import Hummingbird

/// Reads that a person asks for, made between the polls. Nothing here can write to a device.
struct BusReadRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.post("api/v1/buses/{id}/reads") { request, context in
            let bus = BusID(try Query(request, context).place("id"))
            let body = try await JSON.body(ReadRequest.self, of: request, context: context)
            let inquiry = try body.inquiry
            let answer = try await ask(bus, inquiry)
            return try JSON.response(ReadDocument(bus: bus, body, answer))
        }
        router.post("api/v1/buses/{id}/probes") { request, context in
            let bus = BusID(try Query(request, context).place("id"))
            let body = try await JSON.body(ReadRequest.self, of: request, context: context)
            let inquiry = try body.inquiry
            let answer = try await ask(bus, inquiry)
            let read = ReadDocument(bus: bus, body, answer)
            let identity = answer.result.isFromUnit ? try await identity(of: inquiry, on: bus) : nil
            return try JSON.response(
                ProbeDocument(
                    read: read, there: answer.result.isFromUnit, identity: identity,
                    asset: await asset(bus, unit: body.unit)))
        }
    }

    private func ask(_ bus: BusID, _ inquiry: BusInquiry) async throws(APIError) -> BusErrand.Answer {
        let answer = try await APIError.translating(bus) { () async throws(BusRefusal) in
            try await desk.ports.field.ask(bus, inquiry)
        }
        switch answer.result {
        case .noConnection: throw .busRefused(bus.name, .down)
        case .busy: throw .busRefused(bus.name, .busy)
        case .registers, .bits, .serverID, .identification, .exception, .timeout, .corrupted, .invalid:
            return answer
        }
    }

    /// Who the unit says it is, as far as it says so: most units know neither function.
    private func identity(of inquiry: BusInquiry, on bus: BusID) async throws(APIError) -> IdentityEntry? {
        func question(_ question: BusQuestion) -> BusInquiry {
            BusInquiry(
                unit: inquiry.unit, question: question, timeoutMilliseconds: inquiry.timeoutMilliseconds)
        }
        var objects: [DeviceIdentification.Object] = []
        var next: UInt8? = 0
        // Each answer must bring something new: a device must not keep us here.
        while let from = next, objects.count < 16 {
            let asked = question(.deviceIdentification(category: 1, from: from))
            guard case .identification(let found) = try await ask(bus, asked).result, !found.objects.isEmpty
            else { break }
            objects += found.objects
            next = found.next.flatMap { $0 > from ? $0 : nil }
        }
        var server: [UInt8]?
        if case .serverID(let bytes) = try await ask(bus, question(.serverID)).result { server = bytes }
        guard server != nil || !objects.isEmpty else { return nil }
        return IdentityEntry(objects, serverID: server)
    }

    /// The asset that is configured under a unit id.
    private func asset(_ bus: BusID, unit: Int) async -> String? {
        await desk.ports.buses().first { $0.id == bus }?.units.first { $0.unit == unit }?.asset.name
    }
}

/// What is asked of a unit, in the body of a request.
public struct ReadRequest: Codable, Hashable, Sendable {
    /// The unit id.
    public let unit: Int
    /// The first register or bit: `holding:100`.
    public let register: String
    /// How many; 1 where it is absent.
    public let count: Int?
    /// How long the answer may take, milliseconds; absent for as long as the bus grants any answer.
    public let timeoutMs: Int64?

    /// Describes what is asked.
    public init(unit: Int, register: String, count: Int? = nil, timeoutMs: Int64? = nil) {
        self.unit = unit
        self.register = register
        self.count = count
        self.timeoutMs = timeoutMs
    }

    /// What it means, or what is wrong with it.
    var inquiry: BusInquiry {
        get throws(APIError) {
            guard let unit = UInt8(exactly: unit) else { throw .number("unit", 0, 255) }
            let parts = register.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let area = RegisterArea(rawValue: String(parts[0])),
                let first = UInt16(parts[1])
            else { throw .invalid(parameter: "register", expected: Message("api.expected-register")) }
            let count = count ?? 1
            let most = area.isBits ? 2000 : 125
            guard (1...most).contains(count), Int(first) + count <= 65_536 else {
                throw .number("count", 1, min(most, 65_536 - Int(first)))
            }
            if let timeoutMs, !(1...60_000).contains(timeoutMs) { throw .number("timeout_ms", 1, 60_000) }
            return BusInquiry(
                unit: unit, question: .registers(area, first: first, count: count),
                timeoutMilliseconds: timeoutMs)
        }
    }
}

extension APIError {
    fileprivate static func number(_ parameter: String, _ least: Int, _ most: Int) -> APIError {
        .invalid(
            parameter: parameter,
            expected: Message(
                "api.expected-number", ["least": .text(String(least)), "most": .text(String(most))]))
    }
}

/// What a unit answered.
public struct ReadDocument: Codable, Hashable, Sendable {
    /// How a read ended.
    public enum Outcome: String, Codable, Hashable, Sendable {
        /// With registers or bits.
        case ok
        /// With the unit's refusal.
        case exception
        /// With silence.
        case timeout
        /// With a damaged answer.
        case corrupted
        /// With something that is no answer to it.
        case invalid
    }

    /// The version of the document.
    public var version = 1
    /// The bus.
    public let bus: String
    /// The unit id.
    public let unit: Int
    /// The first register or bit.
    public let register: String
    /// How it ended.
    public let outcome: Outcome
    /// The exception code of a refusal.
    public let exception: Int?
    /// The registers.
    public let words: [UInt16]?
    /// The bits.
    public let bits: [Bool]?
    /// The time from request to answer, microseconds.
    public let roundTripUs: Int64

    init(bus: BusID, _ request: ReadRequest, _ answer: BusErrand.Answer) {
        self.bus = bus.name
        unit = request.unit
        register = request.register
        roundTripUs = answer.microseconds
        var (words, bits, exception): ([UInt16]?, [Bool]?, Int?)
        switch answer.result {
        case .registers(let registers): (outcome, words) = (.ok, registers)
        case .bits(let values): (outcome, bits) = (.ok, values)
        case .exception(let code): (outcome, exception) = (.exception, Int(code))
        case .timeout, .noConnection, .busy: outcome = .timeout
        case .corrupted: outcome = .corrupted
        case .invalid, .serverID, .identification: outcome = .invalid
        }
        (self.words, self.bits, self.exception) = (words, bits, exception)
    }
}

extension BusErrand.Result {
    /// Whether the unit itself spoke: a gateway that speaks for an absent unit says so with 10 or 11.
    fileprivate var isFromUnit: Bool {
        switch self {
        case .registers, .bits, .serverID, .identification: true
        case .exception(let code): code != 10 && code != 11
        case .timeout, .corrupted, .invalid, .noConnection, .busy: false
        }
    }
}

/// Whether a unit is there, and who it says it is.
public struct ProbeDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// What it answered.
    public let read: ReadDocument
    /// Whether it is there: a refusal is an answer too.
    public let there: Bool
    /// Who it says it is; absent if it does not say.
    public let identity: IdentityEntry?
    /// The asset that is configured under its id; absent if it is new.
    public let asset: String?
}

/// Who a unit says it is.
public struct IdentityEntry: Codable, Hashable, Sendable {
    /// The maker.
    public let vendor: String?
    /// The product code.
    public let product: String?
    /// The version of its program.
    public let revision: String?
    /// Its own description, function 17: as characters where it is some.
    public let serverID: String?
    /// The bytes of its own description, in hexadecimal.
    public let serverIDHex: String?

    init(_ objects: [DeviceIdentification.Object], serverID: [UInt8]?) {
        func text(_ id: UInt8) -> String? { objects.first { $0.id == id }.flatMap { Self.text($0.bytes) } }
        vendor = text(0)
        product = text(1)
        revision = text(2)
        self.serverID = serverID.flatMap { Self.text($0.filter { (32...126).contains($0) }) }
        serverIDHex = serverID.map(HexText.text)
    }

    /// The characters of a device, without what a terminal might obey; nil if there are none.
    private static func text(_ bytes: [UInt8]) -> String? {
        let characters = String(decoding: bytes, as: UTF8.self).unicodeScalars.filter {
            $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
        }
        let text = String(String.UnicodeScalarView(characters))
        return text.allSatisfy(\.isWhitespace) ? nil : text
    }

    private enum CodingKeys: String, CodingKey {
        case vendor
        case product
        case revision
        case serverID = "serverId"
        case serverIDHex = "serverIdHex"
    }
}

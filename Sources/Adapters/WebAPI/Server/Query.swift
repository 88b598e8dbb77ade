import Facility
import Foundation
import Hummingbird

/// The parameters of one request, read strictly: what cannot be understood is an error, never a default.
struct Query {
    /// The most entries one answer has.
    static let pageLimit = 1000

    private let request: Request
    private let context: APIContext

    init(_ request: Request, _ context: APIContext) {
        self.request = request
        self.context = context
    }

    /// A place of the path, `%`-escapes undone.
    func place(_ name: String) throws -> String {
        let raw = try context.parameters.require(name)
        guard let text = raw.removingPercentEncoding else { throw APIError.notFound }
        return text
    }

    /// A parameter as it is; nil if it is absent or empty.
    func text(_ name: String) -> String? {
        guard let value = request.uri.queryParameters[name[...]], !value.isEmpty else { return nil }
        return String(value)
    }

    /// Several values of one parameter: `state=open&state=accepted` or `state=open,accepted`.
    func texts(_ name: String) -> [String] {
        request.uri.queryParameters[values: name[...]].flatMap { value in
            value.split(separator: ",").map(String.init)
        }
    }

    /// A parameter that names cases of an enumeration.
    func cases<Case: Hashable>(_ name: String, _ known: [String: Case]) throws -> Set<Case> {
        Set(
            try texts(name).map { text in
                guard let found = known[text] else {
                    let names = known.keys.sorted().joined(separator: ", ")
                    throw APIError.invalid(
                        parameter: name, expected: Message("api.expected-one-of", ["names": .text(names)]))
                }
                return found
            })
    }

    /// The priorities asked for.
    func priorities() throws -> Set<Priority> {
        try cases(
            "priority", Dictionary(uniqueKeysWithValues: Priority.allCases.map { ($0.name, $0) }))
    }

    /// A parameter that is true or false.
    func flag(_ name: String) throws -> Bool? {
        guard let text = text(name) else { return nil }
        guard let flag = Bool(text) else {
            throw APIError.invalid(
                parameter: name,
                expected: Message("api.expected-one-of", ["names": "false, true"]))
        }
        return flag
    }

    /// How many entries the answer may have.
    func limit(default count: Int = 100) throws -> Int {
        guard let text = text("limit") else { return count }
        guard let number = Int(text), (1...Self.pageLimit).contains(number) else {
            throw APIError.invalid(
                parameter: "limit",
                expected: Message(
                    "api.expected-number",
                    ["least": "1", "most": .text(String(Self.pageLimit))]))
        }
        return number
    }

    /// A whole number in a range; nil if it is absent.
    func integer(_ name: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw APIError.invalid(
                parameter: name,
                expected: Message(
                    "api.expected-number",
                    ["least": .text(String(range.lowerBound)), "most": .text(String(range.upperBound))]))
        }
        return number
    }

    /// Where the page before ended, as a whole number.
    func cursor() throws -> Int64? {
        guard let text = text("cursor") else { return nil }
        guard let number = Int64(text), number >= 0 else {
            throw APIError.invalid(parameter: "cursor", expected: Message("api.expected-cursor"))
        }
        return number
    }

    /// A parameter that is an instant; nil if it is absent.
    func instant(_ name: String, now: Int64, zone: SiteZone) throws -> Int64? {
        guard let text = text(name) else { return nil }
        guard let instant = TimeExpression.instant(text, now: now, zone: zone) else {
            throw APIError.invalid(parameter: name, expected: Message("api.expected-time"))
        }
        return instant
    }
}

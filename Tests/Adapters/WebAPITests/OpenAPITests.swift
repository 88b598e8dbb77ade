import Facility
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import WebAPI

/// The description of the API as its file says it, read line by line: the file keeps to one form.
private struct OpenAPI {
    struct Schema {
        var required: Set<String> = []
        /// The names of properties, each with the schema it refers to, if it does.
        var properties: [String: String?] = [:]
    }

    var routes: Set<String> = []
    var schemas: [String: Schema] = [:]

    init() throws {
        let file = Texts.root.appending(path: "docs/openapi.yaml")
        var path = ""
        var schema = ""
        var isInSchemas = false
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let indent = line.prefix { $0 == " " }.count
            let text = line.dropFirst(indent)
            let name = String(text.prefix { $0 != ":" })
            switch indent {
            case 2:
                if name.hasPrefix("/") { path = name }
                isInSchemas = name == "schemas"
            case 4 where ["get", "post", "put", "delete", "patch"].contains(name):
                routes.insert("\(name.uppercased()) \(path)")
            case 4 where isInSchemas:
                schema = name
                schemas[schema] = Schema()
            case 6 where isInSchemas && name == "required":
                let names = text.drop { $0 != "[" }.dropFirst().prefix { $0 != "]" }
                schemas[schema]?.required = Set(
                    names.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
            case 8 where isInSchemas:
                let reference = text.firstRange(of: "#/components/schemas/").map {
                    String(text[$0.upperBound...].prefix { $0 != "\"" })
                }
                schemas[schema]?.properties[name] = .some(reference)
            default: break
            }
        }
    }

    /// Where a document does not keep to a schema.
    func differences(_ document: Any, from name: String, at place: String) -> [String] {
        if let list = document as? [Any] {
            return list.enumerated().flatMap { differences($1, from: name, at: "\(place)[\($0)]") }
        }
        guard name != "Value" else { return [] }
        guard let object = document as? [String: Any], let schema = schemas[name] else {
            return ["\(place) is no \(name)"]
        }
        let missing = schema.required.subtracting(object.keys).map { "\(place).\($0) is missing" }
        return missing
            + object.flatMap { key, value -> [String] in
                guard let reference = schema.properties[key] else { return ["\(place).\(key) is unknown"] }
                return reference.map { differences(value, from: $0, at: "\(place).\(key)") } ?? []
            }
    }
}

@Suite struct `The description of the API` {
    @Test func `it has every route and no other`() throws {
        let router = SiteRouter.build(ports: TestSite().ports, catalog: Texts.catalog, access: .full)
        let routes = Set(router.routes.map { "\($0.method.rawValue) \($0.path.description)" })
        #expect(routes.count > 15)
        #expect(try OpenAPI().routes == routes)
    }

    @Test(arguments: [
        ("/healthz", "HealthDocument"), ("/readyz", "HealthDocument"), ("/api/v1/site", "SiteDocument"),
        ("/api/v1/status", "StatusDocument"), ("/api/v1/assets", "AssetsDocument"),
        ("/api/v1/assets/P1", "AssetDocument"), ("/api/v1/points", "PointsDocument"),
        ("/api/v1/points?limit=1", "PointsDocument"),
        ("/api/v1/points/P1.outlet_pressure/history?limit=1", "HistoryDocument"),
        (
            "/api/v1/points/P1.outlet_pressure/history?step=1m&agg=min,max,avg,last,increase,sum,first,mean",
            "HistoryDocument"
        ),
        ("/api/v1/points/P1.outlet_pressure/history?limit=1&exact=true", "HistoryDocument"),
        ("/api/v1/alarms", "AlarmsDocument"), ("/api/v1/alarms/17", "AlarmDocument"),
        ("/api/v1/alarms/quiet", "QuietAlarmsDocument"),
        ("/api/v1/alarms/journal", "AlarmJournalDocument"),
        ("/api/v1/alarms/journal?limit=1", "AlarmJournalDocument"),
        ("/api/v1/alarms/stats", "AlarmStatsDocument"), ("/api/v1/alarms/stats?from=now", "Error"),
        ("/api/v1/orders", "OrdersDocument"), ("/api/v1/orders/WO-20260306-0001", "OrderDocument"),
        ("/api/v1/rules", "RulesDocument"), ("/api/v1/buses", "BusesDocument"),
        ("/api/v1/buses/pump-room", "BusDocument"), ("/api/v1/buses/nowhere", "Error"),
        ("/api/v1/buses/pump-room/plan", "PlanDocument"),
        ("/api/v1/plans/due", "PlanDueDocument"), ("/api/v1/plans/occurrences", "PlanOccurrencesDocument"),
        ("/api/v1/plans/feed", "PlanFeedDocument"), ("/api/v1/assets/P1/dossier", "AssetDossierDocument"),
        ("/api/v1/alarms/99", "Error"), ("/nowhere", "Error"),
    ])
    func `what is answered is what it says`(uri: String, schema: String) async throws {
        let answer = try await TestSite().ask(uri)
        let document = try JSONSerialization.jsonObject(with: Data(answer.body.utf8))
        #expect(try OpenAPI().differences(document, from: schema, at: "$") == [])
    }

    @Test func `a difference is seen`() throws {
        let openAPI = try OpenAPI()
        let wrong: [String: Any] = ["version": 1, "time": "", "site": ["id": "x", "colour": "red"]]
        let found = openAPI.differences(wrong, from: "SiteDocument", at: "$")
        #expect(found.contains("$.site.colour is unknown"))
        #expect(found.contains("$.site.label is missing"))
    }
}

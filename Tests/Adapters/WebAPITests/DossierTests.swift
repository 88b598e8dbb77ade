import Engine
import Facility
import Foundation
import HTTPTypes
import Maintenance
import Testing

@testable import WebAPI

/// The dossier of an asset, and the replacement of its counters.
@Suite struct DossierTests {
    private let site = TestSite()
    private static let path = "/api/v1/assets/P1/meters/hours/replacement"

    /// The pump with a counter of hours that showed 5000 to 5012, was replaced at 3, and shows 5.
    private func ask(_ uri: String) async throws -> Answer {
        let old = TestSite.site
        let pump = Asset(
            id: "P1", assetClass: .pump, label: Bilingual(zh: "泵", en: "Pump"), location: "B3",
            record: AssetRecord(meters: ["hours": "outlet_pressure", "starts": "running"]))
        let changed = Site(
            id: old.id, label: old.label, language: old.language, zone: old.zone, assets: [pump],
            points: old.points.filter { $0.asset == "P1" })
        var tally = MeterTally(asset: "P1", point: "outlet_pressure", kind: .counter)
        tally.take(5000, at: five - 7_200_000, on: nil)
        tally.take(5010, at: five - 3_600_000, on: nil)
        _ = tally.replace(showing: 3, old: 5012)
        tally.take(5, at: five, on: nil)
        var memory = PlanMemory()
        memory.meters = [tally]
        let kept = memory
        return try await site.ask(uri) { ports in
            ports.site = { changed }
            ports.plans = { (PlanBook(), kept) }
        }
    }

    @Test func `a meter shows what it has counted in all, over counters that were replaced`() async throws {
        let document = try await ask("/api/v1/assets/P1/dossier").document(AssetDossierDocument.self)
        let hours = try #require(document.meters.first { $0.name == "hours" })
        #expect((hours.total, hours.counts) == (5014, "counter"))
        // What no plan adds up has a reading and no total.
        let starts = try #require(document.meters.first { $0.name == "starts" })
        #expect(starts.total == nil && starts.counts == nil)
    }

    @Test func `a replaced counter is one command with both readings`() async throws {
        let answer = try await site.ask(
            Self.path, .post,
            body: #"{"person": "wang", "note": "broken", "new_reading": 3, "old_reading": 5012, "#
                + #""request_id": "r"}"#)
        #expect(answer.status == .ok, "\(answer.body)")
        #expect(try answer.document(AssetDossierDocument.self).asset.id == "P1")
        let command = try #require(await site.desktop.commands.first)
        #expect(command.kind == .replaceMeter("P1", "hours", showing: 3, old: 5012))
        #expect(command.person == "wang" && command.note == "broken")
    }

    @Test(arguments: [
        #"{"person": "wang"}"#, #"{"person": "wang", "new_reading": -1}"#,
        #"{"person": "wang", "new_reading": 3, "old_reading": -5}"#, #"{"new_reading": 3}"#,
        #"{"person": "wang", "new_reading": 1e16}"#, #"{"person": "wang", "new_reading": "three"}"#,
    ])
    func `a reading that cannot be is refused before the engine hears of it`(body: String) async throws {
        let answer = try await site.ask(Self.path, .post, body: body)
        #expect(answer.status == .badRequest, "\(answer.body)")
        #expect(await site.desktop.commands.isEmpty)
    }

    @Test(arguments: [
        (Refusal.unknownMeter("P1", "hours"), "unknown_meter"), (.unknownAsset("P1"), "unknown_asset"),
    ])
    func `a counter nobody adds up is not found`(refusal: Refusal, code: String) async throws {
        await site.desktop.refuse(with: refusal)
        let answer = try await site.ask(
            Self.path, .post, body: #"{"person": "wang", "new_reading": 3}"#)
        #expect((answer.status, answer.error?.code) == (.notFound, code))
    }
}

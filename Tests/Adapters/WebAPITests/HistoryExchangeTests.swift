import Facility
import Foundation
import HTTPTypes
import Synchronization
import Testing
import Trends

@testable import WebAPI

@Suite struct `History out and in over HTTP` {
    private let site = TestSite()
    private let path = "/api/v1/points/P1.outlet_pressure/history"
    private let address = "/api/v1/history/import"

    /// What was handed over to be stored.
    private final class Received: Sendable {
        private let kept = Mutex<[ImportedPart]>([])
        var parts: [ImportedPart] { kept.withLock { $0 } }
        func take(_ parts: [ImportedPart]) { kept.withLock { $0 += parts } }
    }

    /// The codes that were asked for.
    private final class Codes: Sendable {
        private let kept = Mutex<[Double]>([])
        var all: [Double] { kept.withLock { $0 } }
        func add(_ code: Double) { kept.withLock { $0.append(code) } }
    }

    @Test func `samples come with every bit where somebody asks for it`() async throws {
        let values: [Value] = [.number(21), .integer(21), .number(.nan), .flag(true), .text("21")]
        let document = try await site.ask("\(path)?exact=true") { ports in
            ports.historySamples = { _ in
                values.enumerated().map {
                    HistoricSample(wallMilliseconds: five + Int64($0.offset), value: $0.element)
                }
            }
        }.document(HistoryDocument.self)
        #expect(document.samples?.map(\.exact) == ["21.0", "21", "nan", "true", nil])
        let plain = try await site.ask(path).document(HistoryDocument.self)
        #expect(plain.samples?.first?.exact == nil)
        #expect(try await site.ask("\(path)?exact=maybe").error?.code == "invalid_parameter")
    }

    @Test func `the time in a state is asked for by its name or number`() async throws {
        let codes = Codes()
        let answer = try await site.ask(
            "/api/v1/points/P1.mode/history?step=1h&agg=count,time-in:auto,time-in:3"
        ) { ports in
            ports.historyStateTimes = { request, code in
                codes.add(code)
                var times = StateTimes(
                    code: code, from: request.fromWallMilliseconds, to: request.toWallMilliseconds,
                    stepMilliseconds: request.stepMilliseconds, holdMilliseconds: 1_800_000)
                times?.add(
                    FlatSample(
                        wallMilliseconds: request.fromWallMilliseconds, bits: 1, kind: .integer, quality: 0))
                return times?.finish() ?? []
            }
        }
        let bucket = try #require(try answer.document(HistoryDocument.self).buckets?.first)
        #expect(
            bucket.timeIn == [
                TimeInEntry(state: "auto", ms: 1_800_000, percent: 100),
                TimeInEntry(state: "3", ms: 0, percent: 0),
            ])
        #expect(codes.all == [1, 3])
        let wrong = try await site.ask(
            "/api/v1/points/P1.mode/history?step=1h&agg=time-in:colour", language: "en")
        #expect(wrong.status == .badRequest)
        #expect(wrong.error?.message.contains("auto") == true)
    }

    @Test func `steps always tell coverage and worst quality`() async throws {
        let answer = try await site.ask("\(path)?step=30m&agg=sum,first,mean") { ports in
            ports.historyBuckets = { request in
                [
                    HistoryBucket(
                        startWallMilliseconds: request.fromWallMilliseconds, count: 2, badCount: 1, sum: 3,
                        first: 1, mean: 1.5, coverage: 0.25, worst: .bad(.timeout)),
                    HistoryBucket(
                        startWallMilliseconds: request.fromWallMilliseconds + 1_800_000, count: 0,
                        average: 2, coverage: 1),
                    HistoryBucket(
                        startWallMilliseconds: request.fromWallMilliseconds + 3_600_000, count: 0),
                ]
            }
        }
        let buckets = try #require(try answer.document(HistoryDocument.self).buckets)
        #expect(buckets.map(\.coverage) == [0.25, 1])
        #expect(buckets.map(\.worst) == ["timeout", "good"])
        #expect((buckets[0].sum, buckets[0].first, buckets[0].mean, buckets[0].min) == (3, 1, 1.5, nil))
    }

    @Test func `an import is handed over as it was written`() async throws {
        let received = Received()
        let body = #"""
            {"points":[{"point":"P1.mode","samples":[
            {"time":"2026-03-06T17:00:00+08:00","exact":"nan:7ff8000000000001","quality":"good"},
            {"time":"2026-03-06 17:00:01","value":true,"quality":"uncertain","reason":"clock_skew"},
            {"time":"2026-03-06T09:00:02Z","quality":"bad","reason":"exception_2"}]}]}
            """#
        let answer = try await site.ask(address, .post, body: body) { ports in
            ports.historyImport = { received.take($0) }
        }
        #expect(answer.status == .ok)
        #expect(try answer.document(ImportDocument.self).imported == 3)
        let samples = try #require(received.parts.first).samples
        #expect(samples.map(\.wallMilliseconds) == [five, five + 1000, five + 2000])
        #expect(samples.map(\.quality) == [.good, .uncertain(.clockSkew), .bad(.exception(2))])
        guard case .number(let odd)? = samples[0].value else { throw APIError.unavailable }
        #expect(odd.bitPattern == 0x7FF8_0000_0000_0001)
        #expect(samples[1].value == .flag(true))
    }

    @Test(arguments: [
        ("{", HTTPResponse.Status.badRequest),
        (#"{"points":[{"point":"P9.x","samples":[]}]}"#, .notFound),
        (#"{"points":[{"point":"P1.mode","samples":[{"time":"x","quality":"good"}]}]}"#, .badRequest),
        (#"{"points":[{"point":"P1.mode","samples":[{"time":"now","quality":"fine"}]}]}"#, .badRequest),
        (
            #"{"points":[{"point":"P1.mode","samples":[{"time":"now","quality":"good","exact":"1,5"}]}]}"#,
            .badRequest
        ),
    ])
    func `an import that is not understood stores nothing`(
        body: String, status: HTTPResponse.Status
    ) async throws {
        let received = Received()
        let answer = try await site.ask(address, .post, body: body) { ports in
            ports.historyImport = { received.take($0) }
        }
        #expect(answer.status == status)
        #expect(received.parts.isEmpty)
    }

    @Test func `new points are taken where somebody says so, and bodies have an end`() async throws {
        let received = Received()
        let body = #"{"new_points":true,"points":[{"point":"P9.x","samples":[]}]}"#
        let answer = try await site.ask(address, .post, body: body) { ports in
            ports.historyImport = { received.take($0) }
        }
        #expect(answer.status == .ok)
        #expect(received.parts.map(\.point) == ["P9.x"])
        let long = String(repeating: " ", count: HistoryImportRoutes.bodyLimitBytes + 1)
        #expect(try await site.ask(address, .post, language: "en", body: long).status == .contentTooLarge)
    }

    @Test func `over a network address nothing is imported`() async throws {
        let answer = try await site.ask(address, .post, over: .readOnly, body: "{}")
        #expect(answer.status == .forbidden)
    }
}

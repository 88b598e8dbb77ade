import Alarms
import Engine
import Facility
import Foundation
import HTTPTypes
import Hummingbird
import Maintenance
import NIOCore
import Notices

/// The page behind the link of a message: looking shows, sending acts. Programs that look at links before people do
/// change nothing by it.
struct LinkRoutes: SiteRoutes {
    static let bodyLimitBytes = 16 * 1024

    private let desk: Desk
    /// How often one link is used.
    private let uses = RateGate(perMinute: 60)
    /// How often somebody guesses, all together.
    private let guesses = RateGate(perMinute: 120)

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("a/style.css") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/css; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: LinkStyle.text)))
        }
        router.get("a/{token}") { request, context in
            try await page(request, context) { opened in
                try await show(opened, done: Query(request, context).text("done"))
            }
        }
        router.post("a/{token}") { request, context in
            try await page(request, context) { opened in
                let buffer = try await request.body.collect(upTo: Self.bodyLimitBytes)
                return try await act(opened, FormFields(Array(buffer.readableBytesView)))
            }
        }
    }

    /// What a link that is good opens.
    private struct Opened {
        let token: String
        let ticket: LinkTicket
        let site: Site
        let occurrence: AlarmOccurrence
        let words: PageWords
        let now: Int64

        var person: Person? {
            if case .person(let id) = ticket.holder { site.person(id) } else { nil }
        }
    }

    private func page(
        _ request: Request, _ context: APIContext, _ answer: (Opened) async throws -> Response
    ) async throws -> Response {
        let token = try context.parameters.require("token")
        let (site, now) = (await desk.ports.site(), desk.ports.now())
        func words(_ holder: LinkTicket.Holder?) -> PageWords {
            var language = context.language
            if case .person(let id) = holder { language = site.person(id)?.language ?? language }
            return PageWords(catalog: desk.catalog, site: site, language: language)
        }
        switch await desk.ports.phone.ticket(token) {
        case .failure(.invalid):
            guard guesses.admits("", at: now) else { return tooMany(words(nil)) }
            return LinkPage.sentence("invalid", words(nil)).response(.notFound)
        case .failure(.expired(let ticket)):
            guard uses.admits(token, at: now) else { return tooMany(words(ticket.holder)) }
            return LinkPage.sentence("expired", words(ticket.holder)).response(.gone)
        case .success(let ticket):
            let words = words(ticket.holder)
            guard uses.admits(token, at: now) else { return tooMany(words) }
            if case .person(let id) = ticket.holder, site.person(id) == nil {
                return LinkPage.sentence("expired", words).response(.gone)
            }
            guard let occurrence = try await desk.ports.occurrence(ticket.occurrence) else {
                return LinkPage.sentence("expired", words).response(.gone)
            }
            guard occurrence.closedWallMilliseconds == nil else {
                return LinkPage.ended(occurrence, words).response(.gone)
            }
            return try await answer(
                Opened(
                    token: token, ticket: ticket, site: site, occurrence: occurrence, words: words, now: now))
        }
    }

    private func show(_ opened: Opened, done: String?, failure: Message? = nil) async throws -> Response {
        let order = await desk.ports.phone.order(opened.occurrence.id)
        let page = LinkPage.alarm(
            opened.occurrence, present: await present(opened), order: order, person: opened.person,
            people: opened.person == nil ? opened.site.people : [], now: opened.now, request: Self.nonce(),
            done: done.flatMap(RemoteAction.init), failure: failure, opened.words)
        return page.response(failure == nil ? .ok : .conflict)
    }

    /// What the points of the alarm measure now.
    private func present(_ opened: Opened) async -> [String: Bilingual?] {
        let presenter = await desk.presenter()
        let latest = await desk.latest(of: presenter.site)
        var values: [String: Bilingual?] = [:]
        for evidence in opened.occurrence.evidence {
            guard let id = presenter.site.point(evidence.point) else { continue }
            let text = latest[id]?.value.flatMap { presenter.text($0, of: presenter.site[id]) }
            values.updateValue(text, forKey: evidence.point)
        }
        return values
    }

    private func act(_ opened: Opened, _ fields: FormFields) async throws -> Response {
        guard let action = fields["action"].flatMap(RemoteAction.init) else {
            return try await show(opened, done: nil, failure: Message("phone.no-action"))
        }
        guard let person = opened.person?.id ?? chosen(fields, opened.site) else {
            return try await show(opened, done: nil, failure: Message("phone.who"))
        }
        // What a life depends on is not put aside by one careless tap.
        if action == .shelve, opened.occurrence.priority == .p1,
            !(fields["note"] ?? "").contains(where: { !$0.isWhitespace })
        {
            return try await show(opened, done: nil, failure: Message("phone.why"))
        }
        let asked = RemoteRequest(
            action: action, alarm: opened.occurrence.id, person: person, note: fields["note"],
            requestId: "link/" + (fields["request"] ?? action.rawValue))
        do throws(APIError) {
            let command = try asked.command(site: opened.site, catalog: desk.catalog, now: opened.now)
            let reply = try await submit(command, opened.ticket)
            if let refusal = reply.refusal { throw .refused(refusal) }
        } catch {
            if case .refused(.closed) = error, let now = try await desk.ports.occurrence(opened.occurrence.id)
            {
                return LinkPage.ended(now, opened.words).response(.gone)
            }
            return try await show(opened, done: nil, failure: error.message)
        }
        // A page that was sent is not sent again by going back or by loading it anew.
        return Response(
            status: .seeOther,
            headers: [.location: "\(opened.token)?done=\(action.rawValue)", .contentLength: "0"])
    }

    private func submit(_ command: Command, _ ticket: LinkTicket) async throws(APIError) -> CommandReply {
        let way =
            switch ticket.holder {
            case .person: "link"
            case .group(let channel): "link in \(channel.name)"
            }
        do {
            return try await desk.ports.phone.submit(command, way)
        } catch {
            throw .unavailable
        }
    }

    private func chosen(_ fields: FormFields, _ site: Site) -> PersonID? {
        fields["person"].flatMap { site.person(PersonID($0))?.id }
    }

    private func tooMany(_ words: PageWords) -> Response {
        LinkPage.sentence("too-many", words).response(.tooManyRequests)
    }

    /// What tells a second tap on the same button from a second wish.
    private static func nonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(UInt64.random(in: 0...UInt64.max, using: &generator), radix: 36)
    }
}

/// The fields of a form that was sent.
struct FormFields {
    private var fields: [String: String] = [:]

    init(_ body: [UInt8]) {
        for pair in String(decoding: body, as: UTF8.self).split(separator: "&").prefix(20) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = Self.plain(parts[0]), let value = Self.plain(parts[1])
            else { continue }
            fields[name] = value
        }
    }

    /// What was entered; nil if nothing was.
    subscript(name: String) -> String? { fields[name].flatMap { $0.isEmpty ? nil : $0 } }

    private static func plain(_ text: Substring) -> String? {
        text.replacing("+", with: " ").removingPercentEncoding
    }
}

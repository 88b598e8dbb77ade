public import Facility
public import Notices

/// JSON Schemas (draft 2020-12) of the site's files, made from what the loader itself expects.
public enum Schema {
    /// The kinds of files.
    public enum File: String, Hashable, Sendable, CaseIterable {
        /// `site.yaml`
        case site
        /// `buses.yaml`
        case buses
        /// `assets/*.yaml`
        case assets
        /// `profiles/**/*.yaml`
        case profile
        /// `profiles/**/*.test.yaml`
        case profileTests = "profile-tests"
        /// `rules/*.yaml`
        case rules
        /// `rules/*.test.yaml`
        case ruleTests = "rule-tests"
        /// `people.yaml`
        case people
        /// `notify.yaml`
        case notify
        /// `plans/calendars/*.yaml`
        case calendars
        /// `plans/*.yaml`
        case plans
        /// `orders.yaml`
        case orders
    }

    /// The schema of a kind of file, with what every key is for in one language.
    ///
    /// - Parameters:
    ///   - file: the kind of file.
    ///   - channelKinds: what channels may be told.
    ///   - catalog: where the purposes of the keys are found.
    ///   - language: the language of the purposes.
    public static func json(
        _ file: File, channelKinds: [ChannelKind], catalog: MessageCatalog, language: Language
    ) -> String {
        let texts = { (message: Message) in catalog.text(message, in: language) }
        let title = texts(Message("config.file.\(file.rawValue)"))
        let body = node(file, channelKinds).json(texts)
        let head: [(String, JSONText?)] = [
            ("$schema", .text("https://json-schema.org/draft/2020-12/schema")), ("title", .text(title)),
        ]
        guard case .object(let members) = body else { return body.written() }
        return JSONText.object(head + members).written() + "\n"
    }

    private static func node(_ file: File, _ channelKinds: [ChannelKind]) -> SchemaNode {
        switch file {
        case .site: SiteFile.form.schema
        case .buses: schema(BusesShape())
        case .assets: schema(AssetsShape())
        case .profile: ProfileFile.form.schema
        case .profileTests: schema(ProfileTestsShape())
        case .rules: schema(RulesShape())
        case .ruleTests: schema(RuleTestsShape())
        case .people: schema(PeopleShape())
        case .calendars: schema(CalendarsShape())
        case .plans: schema(PlansShape())
        case .orders: schema(OrdersShape())
        case .notify:
            schema(NotifyShape(ChannelForms(kinds: channelKinds, buses: nil, credentials: "")))
        }
    }

    private static func schema(_ shape: some Shape) -> SchemaNode {
        Form<Bool>.section(of: shape) { _ in true }.schema
    }
}

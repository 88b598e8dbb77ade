internal import Facility

/// What the value of a key must look like, said once: how it is read, and how the schema describes it.
struct Form<Value>: Sendable {
    /// How the schema describes it.
    let schema: SchemaNode
    /// Reads a value; nil, with problems, if it looks different.
    let read: @Sendable (YAMLNode, ProblemList) -> Value?

    /// Describes a form; a value that was refused already is not read any more.
    init(schema: SchemaNode, read: @escaping @Sendable (YAMLNode, ProblemList) -> Value?) {
        self.schema = schema
        self.read = { node, problems in node.isRefused ? nil : read(node, problems) }
    }

    /// The same form, with the value made into another one; a refusal is reported where the value stands.
    func map<Other>(_ transform: @escaping @Sendable (Value) -> Result<Other, Refusal>) -> Form<Other> {
        Form<Other>(schema: schema) { node, problems in
            guard let value = read(node, problems) else { return nil }
            switch transform(value) {
            case .success(let other): return other
            case .failure(let refusal):
                problems.add(at: node.position, refusal.message)
                return nil
            }
        }
    }

    /// The same form, with the place of the value.
    var located: Form<Located<Value>> {
        Form<Located<Value>>(schema: schema) { node, problems in
            read(node, problems).map { Located($0, at: node.position, text: node.textPosition) }
        }
    }
}

/// Why a value that has the right form cannot be used.
struct Refusal: Error {
    let message: Message

    init(_ key: String, _ arguments: [String: Message.Argument] = [:]) {
        message = Message(key, arguments)
    }

    init(_ message: Message) {
        self.message = message
    }
}

/// A value and where it stands.
struct Located<Value> {
    /// The value.
    let value: Value
    /// Where it stands.
    let position: SourcePosition
    /// Where its characters start.
    let textPosition: SourcePosition

    init(_ value: Value, at position: SourcePosition, text textPosition: SourcePosition? = nil) {
        self.value = value
        self.position = position
        self.textPosition = textPosition ?? position
    }
}

extension Located: Sendable where Value: Sendable {}

/// One key of a section, described once.
struct Key<Value>: AnyKey {
    /// The key as written.
    let name: String
    /// What its value must look like.
    let form: Form<Value>
    /// Whether it must be there.
    let isRequired: Bool

    /// Describes a key.
    init(_ name: String, _ form: Form<Value>, required isRequired: Bool = false) {
        self.name = name
        self.form = form
        self.isRequired = isRequired
    }

    /// How the schema describes its value.
    var schema: SchemaNode { form.schema }
}

/// A key of whatever form.
protocol AnyKey: Sendable {
    /// The key as written.
    var name: String { get }
    /// Whether it must be there.
    var isRequired: Bool { get }
    /// How the schema describes its value.
    var schema: SchemaNode { get }
}

/// The keys a section may have: a struct whose stored properties are its keys, in the order of the schema.
protocol Shape: Sendable {
    /// The name under which the purposes of the keys stand in the catalogue.
    static var title: String { get }

    /// A section as it is written in one line, for problems.
    static var example: String { get }

    /// All keys.
    init()
}

extension Shape {
    /// The keys in order.
    fileprivate var keys: [any AnyKey] {
        Mirror(reflecting: self).children.compactMap { $0.value as? any AnyKey }
    }

    /// The keys that are needed, or the first ones where none is.
    static var example: String {
        let keys = Self().keys
        let needed = keys.filter(\.isRequired)
        let names = (needed.isEmpty ? Array(keys.prefix(3)) : needed).map { "\($0.name): …" }
        return "{" + names.joined(separator: ", ") + "}"
    }
}

extension Form {
    /// A section with the keys of a shape, built into a value.
    static func section<S: Shape>(
        _: S.Type, _ build: @escaping @Sendable (Section<S>) -> Value?
    ) -> Form<Value> {
        section(of: S(), build)
    }

    /// A section with the keys of a shape that depends on what is known already.
    static func section<S: Shape>(
        of shape: S, _ build: @escaping @Sendable (Section<S>) -> Value?
    ) -> Form<Value> {
        let keys = shape.keys
        let properties = keys.map {
            SchemaNode.Property(
                name: $0.name, schema: $0.schema, isRequired: $0.isRequired,
                purpose: Message("config.key.\(S.title).\($0.name)"))
        }
        return Form(schema: .section(properties)) { node, problems in
            guard let entries = node.entries else {
                let form = Message("config.form.section-such-as", ["example": .text(S.example)])
                problems.add(expected: form, found: node, isText: false)
                return nil
            }
            let names = keys.map(\.name)
            let errorCount = problems.errorCount
            for entry in entries where !names.contains(entry.key) {
                // `{en: Pumps, fans}` has a key `fans` in the eyes of YAML.
                let isRestOfText =
                    entry.value.isNothing && Suggestion.nearest(to: entry.key, among: names) == nil
                problems.add(
                    at: entry.position,
                    isRestOfText
                        ? Message("config.rest-of-text", ["text": .text(entry.key.shortened)])
                        : .unknown("key", entry.key, among: names))
            }
            for key in keys where key.isRequired && !entries.contains(where: { $0.key == key.name }) {
                problems.add(at: node.position, Message("config.missing", ["key": .text(key.name)]))
            }
            return build(Section(shape: shape, node: node, problems: problems, errorCount: errorCount))
        }
    }
}

/// A section of a file, read key by key.
struct Section<S: Shape> {
    private let shape: S
    /// The section as it stands in the file.
    let node: YAMLNode
    /// Where problems go.
    let problems: ProblemList

    /// How many errors there were before the section.
    private let errorCount: Int

    fileprivate init(shape: S, node: YAMLNode, problems: ProblemList, errorCount: Int) {
        self.shape = shape
        self.node = node
        self.problems = problems
        self.errorCount = errorCount
    }

    /// Whether nothing in the section was an error so far.
    var isSound: Bool { problems.errorCount == errorCount }

    /// Where the section starts.
    var position: SourcePosition { node.position }

    /// The value of a key; nil if it is not there, or, with problems, if it has another form.
    func callAsFunction<Value>(_ key: KeyPath<S, Key<Value>>) -> Value? {
        let key = shape[keyPath: key]
        return node[key.name].flatMap { key.form.read($0, problems) }
    }

    /// Whether a key is there.
    func has<Value>(_ key: KeyPath<S, Key<Value>>) -> Bool {
        node[shape[keyPath: key].name] != nil
    }

    /// The keys that are there, whatever their values are.
    var keys: Set<String> {
        Set((node.entries ?? []).map(\.key))
    }

    /// Where the value of a key stands; the section's place if it is not there.
    func position<Value>(of key: KeyPath<S, Key<Value>>) -> SourcePosition {
        node[shape[keyPath: key].name]?.position ?? node.position
    }

    /// Reports something about the value of a key.
    func report<Value>(_ key: KeyPath<S, Key<Value>>, _ message: Message) {
        problems.add(at: position(of: key), message)
    }
}

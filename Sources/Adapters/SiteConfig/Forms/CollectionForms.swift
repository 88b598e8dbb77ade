internal import Facility

extension Form {
    /// Values one after the other. Items with problems are left out.
    static func list<Item>(of item: Form<Item>, count: ClosedRange<Int> = 0...100_000) -> Form
    where Value == [Item] {
        let bound: ClosedRange<Int>? = count == 0...100_000 ? nil : count
        return Form(schema: .list(item.schema, count: bound)) { node, problems in
            guard case .list(let items) = node.content else {
                problems.add(expected: Message("config.form.list"), found: node, isText: false)
                return nil
            }
            guard count.contains(items.count) else {
                let isExact = count.lowerBound == count.upperBound
                problems.add(
                    at: node.position,
                    Message(
                        isExact ? "config.list-count-exact" : "config.list-count",
                        [
                            "minimum": .text(String(count.lowerBound)),
                            "maximum": .text(String(count.upperBound)),
                        ]))
                return nil
            }
            return items.compactMap { item.read($0, problems) }
        }
    }

    /// Names with values. Entries with problems are left out; see `names` for all of them.
    static func table<Item>(_ style: NameStyle, of item: Form<Item>) -> Form where Value == [Named<Item>] {
        table(.name(style), pattern: style.pattern, of: item)
    }

    /// Keys of a form of their own with values.
    static func table<Item>(_ key: Form<String>, pattern: String, of item: Form<Item>) -> Form
    where Value == [Named<Item>] {
        Form(schema: .table(keys: pattern, item.schema)) { node, problems in
            guard let entries = node.entries else {
                problems.add(expected: Message("config.form.section"), found: node, isText: false)
                return nil
            }
            return entries.compactMap { entry in
                // A key is characters whatever they look like: no key is a number or a truth value here.
                let quoted = YAMLNode(.scalar(entry.key, isPlain: false), at: entry.position)
                let name = key.read(quoted, problems)
                let value = item.read(entry.value, problems)
                guard let name, let value else { return nil }
                return Named(name: name, position: entry.position, value: value)
            }
        }
    }
}

/// A value under a name.
struct Named<Value> {
    /// The name.
    let name: String
    /// Where the name stands.
    let position: SourcePosition
    /// The value.
    let value: Value
}

extension Named: Sendable where Value: Sendable {}

/// A text in both languages.
struct BilingualShape: Shape {
    static let title = "bilingual"
    static let example = "{zh: 水泵, en: Pump}"
    static let label = form(maximum: 128)
    static let sentence = form(maximum: 2000)

    let zh = Key("zh", Form<String>.text(), required: true)
    let en = Key("en", Form<String>.text(), required: true)

    private static func form(maximum: Int) -> Form<Bilingual> {
        .section(BilingualShape.self) { section in
            let zh = section(\.zh)
            let en = section(\.en)
            if zh.map({ $0.count > maximum }) == true { section.report(\.zh, tooLong(maximum)) }
            if en.map({ $0.count > maximum }) == true { section.report(\.en, tooLong(maximum)) }
            guard let zh, let en else { return nil }
            return Bilingual(zh: zh, en: en)
        }
    }

    private static func tooLong(_ maximum: Int) -> Message {
        Message("config.too-long", ["maximum": .text(String(maximum))])
    }
}

internal import Facility

/// A part of a JSON Schema (draft 2020-12).
indirect enum SchemaNode: Sendable {
    /// One key of an object.
    struct Property: Sendable {
        /// The key.
        let name: String
        /// What its value must look like.
        let schema: SchemaNode
        /// Whether it must be there.
        let isRequired: Bool
        /// What it is for.
        let purpose: Message
    }

    case text(pattern: String?, maximum: Int?)
    case constant(String)
    case choice([String])
    case integer(minimum: String?, maximum: String?)
    case number(minimum: Double?, maximum: Double?)
    case truth
    case list(SchemaNode, count: ClosedRange<Int>?)
    case section([Property])
    case table(keys: String, SchemaNode)
    case either([SchemaNode])

    /// The part as JSON, with purposes in one language.
    func json(_ texts: (Message) -> String) -> JSONText {
        switch self {
        case .text(let pattern, let maximum):
            .object([
                ("type", .text("string")), ("pattern", pattern.map(JSONText.text)),
                ("minLength", pattern == nil && maximum != nil ? .raw("1") : nil),
                ("maxLength", maximum.map { .raw(String($0)) }),
            ])
        case .constant(let text):
            .object([("const", .text(text))])
        case .choice(let names):
            .object([("enum", .array(names.map(JSONText.text)))])
        case .integer(let minimum, let maximum):
            .object([
                ("type", .text("integer")), ("minimum", minimum.map(JSONText.raw)),
                ("maximum", maximum.map(JSONText.raw)),
            ])
        case .number(let minimum, let maximum):
            .object([
                ("type", .text("number")), ("minimum", minimum.map { .raw("\($0)") }),
                ("maximum", maximum.map { .raw("\($0)") }),
            ])
        case .truth:
            .object([("type", .text("boolean"))])
        case .list(let item, let count):
            .object([
                ("type", .text("array")), ("items", item.json(texts)),
                ("minItems", count.flatMap { $0.lowerBound > 0 ? .raw(String($0.lowerBound)) : nil }),
                ("maxItems", count.flatMap { $0.upperBound < .max ? .raw(String($0.upperBound)) : nil }),
            ])
        case .section(let properties):
            Self.json(properties, texts)
        case .table(let keys, let value):
            .object([
                ("type", .text("object")), ("patternProperties", .object([(keys, value.json(texts))])),
                ("additionalProperties", .raw("false")),
            ])
        case .either(let parts):
            .object([("anyOf", .array(parts.map { $0.json(texts) }))])
        }
    }

    private static func json(_ properties: [Property], _ texts: (Message) -> String) -> JSONText {
        let required = properties.filter(\.isRequired).map { JSONText.text($0.name) }
        let members = properties.map { property -> (String, JSONText?) in
            (property.name, property.schema.json(texts).adding("description", .text(texts(property.purpose))))
        }
        return .object([
            ("type", .text("object")), ("properties", .object(members)),
            ("required", required.isEmpty ? nil : .array(required)),
            ("additionalProperties", .raw("false")),
        ])
    }
}

/// JSON that keeps the order of its members.
indirect enum JSONText {
    case text(String)
    /// A number or a truth value, already written.
    case raw(String)
    case array([JSONText])
    /// Members; those without a value are left out.
    case object([(String, JSONText?)])

    /// An object with one more member; anything else as it is.
    func adding(_ name: String, _ value: JSONText) -> JSONText {
        guard case .object(let members) = self else { return self }
        return .object(members + [(name, value)])
    }

    /// The characters, indented.
    func written(indent: String = "") -> String {
        switch self {
        case .text(let text): return Self.quoted(text)
        case .raw(let text): return text
        case .array(let items):
            return Self.block("[", items.map { $0.written(indent: indent + "  ") }, "]", indent)
        case .object(let members):
            let lines = members.compactMap { name, value in
                value.map { "\(Self.quoted(name)): \($0.written(indent: indent + "  "))" }
            }
            return Self.block("{", lines, "}", indent)
        }
    }

    private static func block(_ open: String, _ lines: [String], _ close: String, _ indent: String) -> String
    {
        guard !lines.isEmpty else { return open + close }
        return "\(open)\n" + lines.map { "\(indent)  \($0)" }.joined(separator: ",\n") + "\n\(indent)\(close)"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension SchemaNode {
    /// Whether any characters are right here, full-width ones too.
    var isFreeText: Bool {
        if case .text(pattern: nil, maximum: _) = self { true } else { false }
    }
}

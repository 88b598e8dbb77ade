import Foundation

/// Records as JSON text in a row: for what is kept but not queried.
enum RowText {
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()
    private static let decoder = JSONDecoder()

    /// The text of a record.
    static func encode(_ record: some Encodable) throws -> String {
        String(decoding: try encoder.encode(record), as: UTF8.self)
    }

    /// The record with a text.
    static func decode<Record: Decodable>(_ text: String, as type: Record.Type = Record.self) throws -> Record
    {
        try decoder.decode(type, from: Data(text.utf8))
    }
}

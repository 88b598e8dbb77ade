import Facility
import Foundation
import SiteConfig
import SystemService

/// The bytes of a table file, part by part.
struct TableFile {
    private let handle: FileHandle
    /// How many bytes it has; nil for what comes through a pipe.
    let size: Int64?
    private var head: [UInt8]
    private(set) var position: Int64 = 0

    private static let part = 1 << 18
    /// A spreadsheet's UTF-16 is read as a whole.
    private static let wholeLimit = 256 << 20

    /// Opens a file; `-` is the standard input.
    init(_ path: String) throws {
        do {
            if path == "-" {
                handle = .standardInput
                size = nil
            } else {
                handle = try FileHandle(forReadingFrom: URL(filePath: path))
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                guard attributes[.type] as? FileAttributeType != .typeDirectory else {
                    throw CocoaError(.fileReadUnknown)
                }
                size = (attributes[.size] as? NSNumber)?.int64Value
            }
            head = try handle.read(upToCount: Self.part).map { Array($0) } ?? []
        } catch {
            throw CommandFailure(Message("exchange.unreadable", ["file": .text(path)]))
        }
        try decodeHead(path)
    }

    /// The first bytes, without a mark of the encoding.
    var start: ArraySlice<UInt8> { head[...] }

    /// Whether the first bytes are UTF-8; the last character may be cut.
    var isUTF8: Bool {
        (0...min(3, head.count)).contains { String(validating: head.dropLast($0), as: UTF8.self) != nil }
    }

    /// The next bytes; nil at the end.
    mutating func next() throws -> [UInt8]? {
        if !head.isEmpty {
            defer { head = [] }
            position += Int64(head.count)
            return head
        }
        guard let data = try handle.read(upToCount: Self.part), !data.isEmpty else { return nil }
        position += Int64(data.count)
        return Array(data)
    }

    private mutating func decodeHead(_ path: String) throws {
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { return head.removeFirst(3) }
        guard head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) else { return }
        while let data = try handle.read(upToCount: Self.part), !data.isEmpty {
            head += data
            guard head.count <= Self.wholeLimit else {
                throw CommandFailure(Message("exchange.utf16-too-large", ["file": .text(path)]))
            }
        }
        guard let text = TableText.text(head, gbk: textOfGBK) else {
            throw CommandFailure(Message("exchange.unreadable", ["file": .text(path)]))
        }
        head = Array(text.utf8)
    }
}

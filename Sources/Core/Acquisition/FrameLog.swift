/// One frame as it went over the wire.
public struct BusFrame: Hashable, Sendable {
    /// The unit it was sent to, or expected from.
    public let unit: UInt8
    /// Whether we sent it.
    public let isSent: Bool
    /// When, by the wall clock.
    public let wallMilliseconds: Int64
    /// Its bytes, header and checksum included as far as they were seen.
    public let bytes: [UInt8]

    /// Describes a frame.
    public init(unit: UInt8, isSent: Bool, wallMilliseconds: Int64, bytes: [UInt8]) {
        self.unit = unit
        self.isSent = isSent
        self.wallMilliseconds = wallMilliseconds
        self.bytes = bytes
    }
}

/// The newest frames of each unit: at most eight, and together at most half a kilobyte, whatever happens.
///
/// A long exchange therefore leaves fewer frames, never less than the newest one. Who needs more than the last
/// exchanges watches the bus.
struct FrameLog: Sendable {
    private struct Entry {
        var isSent: Bool
        var length: UInt16
        var wallMilliseconds: Int64
    }

    private struct Slot {
        var entries: [Entry] = []
        var bytes: [UInt8] = []
    }

    private static let maximumFrames = 8
    private static let maximumBytes = 512

    private var slots: [Slot]

    init(units: Int) {
        slots = Array(repeating: Slot(), count: units)
    }

    /// Keeps the first `count` bytes of a frame.
    mutating func note(
        _ index: Int, isSent: Bool, _ frame: [UInt8], count: Int, at wallMilliseconds: Int64
    ) {
        let count = min(count, frame.count, Self.maximumBytes)
        while let oldest = slots[index].entries.first,
            slots[index].entries.count >= Self.maximumFrames
                || slots[index].bytes.count + count > Self.maximumBytes
        {
            slots[index].bytes.removeFirst(Int(oldest.length))
            slots[index].entries.removeFirst()
        }
        slots[index].bytes += frame.prefix(count)
        slots[index].entries.append(
            Entry(isSent: isSent, length: UInt16(count), wallMilliseconds: wallMilliseconds))
    }

    /// Takes over the frames of the same unit.
    mutating func inherit(_ index: Int, from old: FrameLog, _ place: Int) {
        slots[index] = old.slots[place]
    }

    /// The frames of a unit, the oldest first.
    func frames(of index: Int, unit: UInt8) -> [BusFrame] {
        var position = 0
        return slots[index].entries.map { entry in
            defer { position += Int(entry.length) }
            return BusFrame(
                unit: unit, isSent: entry.isSent, wallMilliseconds: entry.wallMilliseconds,
                bytes: Array(slots[index].bytes[position..<position + Int(entry.length)]))
        }
    }
}

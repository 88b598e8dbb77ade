public import Facility

extension AlarmNote {
    /// Quiet because another occurrence explains it; the number follows.
    public static let causedBy = "alarm.note.caused-by"
    /// Raised late: it began while nothing was seen of it.
    public static let detectedLate = "alarm.note.detected-late"

    /// Nothing was watched for a span, which follows.
    public static let wasDown = "alarm.note.was-down"
    /// The wall clock jumped by a span, which follows.
    public static let clockStepped = "alarm.note.clock-stepped"
    /// How many alarms made a flood follows.
    public static let floodOf = "alarm.note.flood-of"
    /// How often a chattering alarm came follows.
    public static let came = "alarm.note.came"

    /// The reason for which an alarm is suppressed while another occurrence explains it.
    public static func reason(causedBy cause: OccurrenceID) -> String { "\(causedBy) \(cause)" }

    /// The occurrence that explains, of a reason for which an alarm is suppressed; nil for any other reason.
    public static func cause(ofReason reason: String) -> OccurrenceID? {
        guard reason.hasPrefix(causedBy + " ") else { return nil }
        return Int64(reason.dropFirst(causedBy.count + 1)).map(OccurrenceID.init)
    }

    /// A note as a text for people: a key of the catalogue, and after a blank what its place is filled with.
    /// What a person wrote is no key, and is shown as it is.
    public static func message(_ note: String) -> Message {
        let parts = note.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].hasPrefix("alarm.note.") else { return Message(note) }
        return Message(String(parts[0]), ["value": .text(String(parts[1]))])
    }
}

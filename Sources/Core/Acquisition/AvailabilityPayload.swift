/// Reads what a device says about being there: the bare word, or the word as a JSON object's `state`.
public struct AvailabilityPayload: Sendable {
    private let words: MQTTMap.Availability
    private let places: JSONPlaces

    /// Knows a map's two words.
    public init(_ words: MQTTMap.Availability) {
        self.words = words
        var places = JSONPlaces()
        places.add("/state", for: 0)
        self.places = places
    }

    /// Whether the device is gone; nil if the payload says neither.
    public func isOffline(_ payload: [UInt8]) -> Bool? {
        guard payload.count <= PayloadDecoder.longestText else { return nil }
        var word = payload[...]
        var scanner = JSONScanner(payload, places: places)
        do throws(JSONError) {
            try scanner.scan()
            if let state = scanner.found[0] { word = payload[state.bytes] }
        } catch {
            // The bare word is no JSON.
        }
        if word.elementsEqual(words.offline.utf8) { return true }
        return word.elementsEqual(words.online.utf8) ? false : nil
    }
}

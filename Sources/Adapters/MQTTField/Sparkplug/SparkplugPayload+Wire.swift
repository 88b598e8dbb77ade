internal import Acquisition
internal import SwiftProtobuf

extension SparkplugPayload {
    /// Reads a payload as it comes over the wire; nil if it is none.
    init?(wire bytes: [UInt8]) {
        var options = BinaryDecodingOptions()
        options.messageDepthLimit = 4
        options.discardUnknownFields = true
        guard bytes.count <= SparkplugNode.longestPayload,
            let payload = try? WirePayload(serializedBytes: bytes, options: options)
        else { return nil }
        self.init(
            timestamp: payload.hasTimestamp ? Int64(exactly: payload.timestamp) : nil,
            sequence: payload.hasSeq ? payload.seq : nil, metrics: payload.metrics.map(SparkplugMetric.init))
    }
}

extension SparkplugMetric {
    init(_ metric: WireMetric) {
        self.init(
            name: metric.hasName ? metric.name : nil, alias: metric.hasAlias ? metric.alias : nil,
            timestamp: metric.hasTimestamp ? Int64(exactly: metric.timestamp) : nil,
            datatype: metric.hasDatatype && metric.datatype != 0 ? metric.datatype : nil,
            isHistorical: metric.isHistorical, raw: metric.isNull ? nil : metric.value.map(Raw.init))
    }
}

extension SparkplugMetric.Raw {
    init(_ value: WireMetric.OneOf_Value) {
        self =
            switch value {
            case .intValue(let word): .word(word)
            case .longValue(let long): .long(long)
            case .floatValue(let float): .float(float)
            case .doubleValue(let double): .double(double)
            case .booleanValue(let flag): .flag(flag)
            case .stringValue(let text): .text(text)
            }
    }
}

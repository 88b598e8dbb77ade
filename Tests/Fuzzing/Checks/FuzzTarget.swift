/// What reads bytes of strangers, each with what must hold for every input.
///
/// A check that fails says what is wrong; code that traps ends the process, which is a finding as well.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// The judge of answers, over TCP and over a serial line.
    case frame
    /// The decoder of registers, fed with answers the judge believes.
    case registers
    /// A whole bus: the schedule, the judge, the decoder, the splits and the errands.
    case bus
    /// The decoder of MQTT payloads and its scanner of JSON.
    case payload
    /// What a device says about being there.
    case availability
    /// The messages of a Sparkplug node, protobuf taken off.
    case sparkplug
    /// Topic filters, one by one and as a tree.
    case topic
    /// The expressions of rules: their parser, compiler and evaluator.
    case rules

    /// What is wrong with what became of an input; nil if all is well.
    public func finding(_ input: [UInt8]) -> String? {
        switch self {
        case .frame: FrameCheck.finding(input)
        case .registers: RegisterCheck.finding(input)
        case .bus: BusCheck.finding(input)
        case .payload: PayloadCheck.finding(input)
        case .availability: AvailabilityCheck.finding(input)
        case .sparkplug: SparkplugCheck.finding(input)
        case .topic: TopicCheck.finding(input)
        case .rules: RuleCheck.finding(input)
        }
    }
}

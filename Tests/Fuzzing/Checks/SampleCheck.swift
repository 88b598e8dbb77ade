import Facility

/// What holds for every sample, wherever it comes from.
enum SampleCheck {
    static func finding(_ sample: Sample) -> String? {
        switch (sample.quality, sample.value) {
        case (.bad, nil): nil
        case (.bad, _): "a bad sample has a value"
        case (_, nil): "a sample without a value is not bad"
        case (_, .number(let number)?): number.isFinite ? nil : "a number that is none"
        case (_, .integer?), (_, .flag?), (_, .text?): nil
        }
    }
}

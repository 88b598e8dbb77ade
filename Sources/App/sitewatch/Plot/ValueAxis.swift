import Notices

/// An axis of numbers with round marks.
struct ValueAxis: Hashable {
    /// The number at the lower end; it is a mark.
    let bottom: Double
    /// The number at the upper end; it is a mark.
    let top: Double
    /// The distance of the marks.
    let step: Double

    /// An axis that holds two numbers and has about so many marks.
    init(least: Double, greatest: Double, marks: Int) {
        var (least, greatest) = (least, greatest)
        if least == greatest {
            let margin = max(least.magnitude * 0.05, 0.5)
            (least, greatest) = (least - margin, greatest + margin)
        }
        // Numbers at the end of the range have no distance that is a number.
        let half = min(greatest / 2 - least / 2, Double.greatestFiniteMagnitude / 4)
        let distance = half * 2 / Double(max(1, marks))
        step = Self.round(distance)
        bottom = max((least / step).rounded(.down) * step, -Double.greatestFiniteMagnitude)
        top = min(max((greatest / step).rounded(.up) * step, bottom + step), .greatestFiniteMagnitude)
    }

    /// The marks and what stands beside them.
    var marks: [(value: Double, text: String)] {
        let count = Int(min(64, ((top / 2 - bottom / 2) / step * 2).rounded()))
        return (0...count).map { index in
            let value = bottom + Double(index) * step
            return (value, ValueText.number(value.magnitude < step / 2 ? 0 : value, resolution: step))
        }
    }

    /// Where a number lies: 0 at the upper end, 1 at the lower one.
    func depth(_ value: Double) -> Double {
        min(1, max(0, (top / 2 - value / 2) / (top / 2 - bottom / 2)))
    }

    /// The next of 1, 2, 5, 10, 20 … that is not less.
    private static func round(_ distance: Double) -> Double {
        guard distance.isFinite, distance > 0 else { return 1 }
        var power = 1.0
        while power * 10 <= distance { power *= 10 }
        while power > distance { power /= 10 }
        return [1, 2, 5, 10].map { $0 * power }.first { $0 >= distance * (1 - 1e-9) } ?? power * 10
    }
}

import Facility

/// What is known of a point whose history is shown or written.
struct PointDescription: Hashable {
    /// The name over the whole site.
    let path: String
    /// What people call it; nil if the site has it no more.
    let label: Bilingual?
    let kind: Point.Kind
    /// What its numbers measure.
    let unit: String?
    let states: [Point.State]

    init(
        path: String, label: Bilingual? = nil, kind: Point.Kind = .gauge, unit: String? = nil,
        states: [Point.State] = []
    ) {
        self.path = path
        self.label = label
        self.kind = kind
        self.unit = unit
        self.states = states
    }

    init(_ point: Point) {
        self.init(
            path: point.path, label: point.label, kind: point.kind, unit: point.unit?.symbol,
            states: point.states)
    }

    /// The asset it belongs to.
    var asset: Substring { path.prefix { $0 != "." } }

    /// What people in a language call it: with the path, by which commands call it.
    func title(_ language: Language) -> String {
        label.map { "\($0[language]) (\(path))" } ?? path
    }

    /// What people in a language call a state.
    func stateName(_ code: Int64, _ language: Language) -> String {
        states.first { $0.code == code }?.label[language] ?? String(code)
    }
}

import Facility
import Notices
import Testing

@Suite struct ValueTextTests {
    private let catalog = MessageCatalog([
        .en: ["value.yes": "yes", "value.no": "no"], .zh: ["value.yes": "是", "value.no": "否"],
    ])

    private func point(
        _ kind: Point.Kind, _ unit: String? = nil, resolution: Double? = nil, states: [Point.State] = []
    ) -> Point {
        Point(
            id: PointID(0), asset: "P1", name: "x", label: Bilingual(zh: "x", en: "x"), kind: kind,
            unit: unit.flatMap(MeasurementUnit.init(symbol:)), resolution: resolution, states: states)
    }

    @Test(arguments: [
        (12.299999999999999, 0.1, "12.3"), (12.0, 0.1, "12"), (0.1 + 0.2, 0.01, "0.3"), (0.4, 0.001, "0.4"),
        (-0.04, 0.1, "0"), (-12.34, 0.1, "-12.3"), (1234.5, 1.0, "1235"), (1230, 10, "1230"),
        (2.25, 0.25, "2.25"), (0.1204, 0.01, "0.12"), (99.999, 0.01, "100"), (0.05, 0.05, "0.05"),
    ])
    func `a number is rounded to the step of its device`(number: Double, step: Double, text: String) {
        #expect(ValueText.number(number, resolution: step) == text)
    }

    @Test(arguments: [
        (12.299999999999999, "12.3"), (230.14999389648438, "230.15"), (0.000123456789, "0.000123457"),
        (1234567.0, "1234567"), (0, "0"), (-0.0, "0"), (1e20, "1e+20"), (.nan, "–"), (.infinity, "–"),
        (49.98, "49.98"), (1.0 / 3, "0.333333"),
    ])
    func `a number of a float register shows six digits that count`(number: Double, text: String) {
        #expect(ValueText.number(number) == text)
    }

    @Test func `values carry their unit, states their names`() {
        func text(_ value: Value?, _ point: Point) -> Bilingual? {
            ValueText.text(value, of: point, catalog: catalog)
        }
        #expect(text(.number(0.4), point(.gauge, "MPa"))?.en == "0.4 MPa")
        #expect(text(.number(50), point(.gauge, "%"))?.en == "50%")
        #expect(text(.number(0.95), point(.gauge, "1"))?.en == "0.95")
        #expect(text(.integer(7), point(.counter))?.en == "7")
        #expect(text(.flag(true), point(.state)) == Bilingual(zh: "是", en: "yes"))
        #expect(text(.integer(0), point(.state)) == Bilingual(zh: "否", en: "no"))
        #expect(text(.text("E21"), point(.text))?.zh == "E21")
        #expect(text(nil, point(.gauge, "MPa")) == nil)
        let modes = [Point.State(code: 1, name: "auto", label: Bilingual(zh: "自动", en: "Auto"))]
        #expect(text(.integer(1), point(.state, states: modes))?.zh == "自动")
        #expect(text(.integer(9), point(.state, states: modes))?.en == "9")
        #expect(text(.number(1), point(.state, states: modes))?.en == "Auto")
        #expect(text(.integer(1), point(.state, states: Array(modes.prefix(0))))?.en == "yes")
    }
}

import Facility
import Testing

private func convert(_ number: Double, _ from: String, _ to: String) throws -> Double {
    let source = try #require(MeasurementUnit(symbol: from))
    let target = try #require(MeasurementUnit(symbol: to))
    return try #require(source.convert(number, to: target))
}

@Test(arguments: [
    (0.2, "MPa", 200.0, "kPa"), (1.0, "bar", 0.1, "MPa"), (1.0, "psi", 6.894757293168, "kPa"),
    (10.0, "mH2O", 98.0665, "kPa"), (1013.25, "hPa", 1013.25, "mbar"), (32.0, "°F", 0.0, "°C"),
    (212.0, "°F", 100.0, "℃"), (-40.0, "°C", -40.0, "°F"), (36.0, "m3/h", 10.0, "L/s"),
    (60.0, "L/min", 1.0, "L/s"), (36.0, "km/h", 10.0, "m/s"), (1.5, "h", 90.0, "min"),
    (1.0, "d", 86400.0, "s"),
    (250.0, "ms", 0.25, "s"), (45.0, "%", 0.45, "1"), (1.0, "g", 9.80665, "m/s²"),
    (1.2, "MWh", 1200.0, "kWh"),
])
func `a number keeps its meaning in another unit, there and back`(
    number: Double, from: String, other: Double, to: String
) throws {
    #expect(abs(try convert(number, from, to) - other) < 1e-9 * max(1, abs(other)))
    #expect(abs(try convert(other, to, from) - number) < 1e-9 * max(1, abs(number)))
}

@Test func `quantities of different kinds are never converted`() throws {
    let pressure = try #require(MeasurementUnit(symbol: "kPa"))
    for other in MeasurementUnit.all where other.dimension != .pressure {
        #expect(pressure.convert(1, to: other) == nil)
    }
    let difference = try #require(MeasurementUnit(symbol: "K"))
    let temperature = try #require(MeasurementUnit(symbol: "°C"))
    #expect(difference.convert(5, to: temperature) == nil)
}

@Test func `a unit is found by the symbol that people type, and by no other`() {
    #expect(MeasurementUnit(symbol: "°C")?.dimension == .temperature)
    #expect(MeasurementUnit(symbol: "barr") == nil)
    #expect(MeasurementUnit(symbol: "mpa") == nil)
    #expect(MeasurementUnit(symbol: "") == nil)
}

@Test func `no two units share a symbol, and every kind of quantity has its base unit`() {
    #expect(Set(MeasurementUnit.all.map(\.symbol)).count == MeasurementUnit.all.count)
    for dimension in MeasurementUnit.Dimension.allCases {
        #expect(
            MeasurementUnit.all.contains { $0.dimension == dimension && $0.factor == 1 && $0.offset == 0 },
            "\(dimension) has no base unit")
    }
}

@Test func `every unit survives the way to each unit of its kind and back`() throws {
    for from in MeasurementUnit.all {
        for to in MeasurementUnit.all where to.dimension == from.dimension {
            let there = try #require(from.convert(12.5, to: to))
            let back = try #require(to.convert(there, to: from))
            #expect(abs(back - 12.5) < 1e-9, "\(from.symbol) by way of \(to.symbol)")
        }
    }
}

import Testing

@testable import Trends

@Test func `the largest triangles are those of the reference implementation`() {
    // Selected by the Python package lttb 0.3.2.
    let values = [
        0.0, 1.5, 3.99, 7.35, 11.17, 14.49, 15.74, 6.38, 0.42, -5.89, -6.59, 1.69, 12.94, 14.28, -3.66,
        -8.68, 4.32, 12.51, -0.72, -2.17, 15.13, -0.59, -7.03, 11.68, -2.02, 2.35, 11.87, -3.49, 9.98,
        -8.35, 10.51, -4.99, 12.04, -3.64, 15.49, -10.0, 10.22, -4.17, 3.57, 10.07,
    ]
    let spots = values.enumerated().map { Decimation.Spot(x: Double($0), y: $1) }
    #expect(
        Decimation.largestTriangles(spots, count: 12) == [0, 4, 6, 9, 13, 20, 22, 26, 29, 34, 37, 39])
}

@Test func `few points are all kept`() {
    let spots = (0..<5).map { Decimation.Spot(x: Double($0), y: 0) }
    #expect(Decimation.largestTriangles(spots, count: 5) == [0, 1, 2, 3, 4])
    #expect(Decimation.minMax([3, 1, 2], buckets: 2) == [0, 1, 2])
    #expect(Decimation.minMax([], buckets: 2).isEmpty)
}

@Test(arguments: UInt64(0)..<30)
func `a single peak is never thinned away`(seed: UInt64) {
    var random = SeededRandom(seed)
    var values = (0..<1000).map { _ in Double(random.below(10)) }
    if random.chance(0.5) { values[random.below(1000)] = .nan }
    let peak = random.below(1000)
    values[peak] = 1000
    let places = Decimation.minMax(values, buckets: 1 + random.below(50))
    #expect(places.contains(peak))
    #expect(zip(places, places.dropFirst()).allSatisfy { $0 < $1 })
}

import Facility
import Testing
import Trends

@Test func `a clock that is set tells once how wrong it was`() {
    var clock = UnsetClock()
    let set: Int64 = 1_772_323_200_000
    func moment(_ uptime: Int64, _ offset: Int64) -> Moment {
        Moment(wallMilliseconds: uptime + offset, uptimeMilliseconds: uptime)
    }
    #expect(clock.handle(moment(1000, 50)) == nil)
    #expect(clock.isUnset)
    // A step that leaves it unset is not followed.
    #expect(clock.handle(moment(2000, 70)) == nil)
    #expect(clock.handle(moment(3000, set)) == set - 50)
    #expect(!clock.isUnset)
    #expect(clock.handle(moment(4000, set + 1000)) == nil)
}

@Test func `a clock that was always set says nothing`() {
    var clock = UnsetClock()
    #expect(clock.handle(Moment(wallMilliseconds: TrustedTime.earliest, uptimeMilliseconds: 5)) == nil)
    #expect(!clock.isUnset)
}

import Facility
import Testing

private let taken = KeptMoment(
    boot: "a", moment: Moment(wallMilliseconds: 1_000_000, uptimeMilliseconds: 50_000))

@Test func `a restart of the daemon does not touch a span that runs, even when the wall clock jumps`() {
    let now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 80_000)
    #expect(now.milliseconds(since: taken.translated(boot: "a", now: now)) == 30_000)
}

@Test func `after a reboot a span goes on by the wall clock`() {
    let now = Moment(wallMilliseconds: 1_045_000, uptimeMilliseconds: 5_000)
    let translated = taken.translated(boot: "b", now: now)
    #expect(now.milliseconds(since: translated) == 45_000)
    #expect(translated.wallMilliseconds == 1_000_000)
}

@Test func `a wall clock that went back over a reboot counts as no time passed`() {
    let now = Moment(wallMilliseconds: 900_000, uptimeMilliseconds: 5_000)
    #expect(now.milliseconds(since: taken.translated(boot: "b", now: now)) == 0)
}

@Test func `a moment later is later on both clocks`() {
    let later = taken.moment.advanced(milliseconds: 250)
    #expect(later.wallMilliseconds == 1_000_250)
    #expect(later.milliseconds(since: taken.moment) == 250)
}

@Test func `a span is told in whole milliseconds, rounded towards zero`() {
    #expect(Duration.seconds(90).wholeMilliseconds == 90_000)
    #expect(Duration.microseconds(1999).wholeMilliseconds == 1)
    #expect(Duration.microseconds(-1999).wholeMilliseconds == -1)
    #expect(Duration.zero.wholeMilliseconds == 0)
}

// Writes a history until it is killed: `HistoryWriter FOLDER FIRST`.
//
// Reading number n of every point has the value n. After each flush the number of the last reading that is
// on the disk is printed, so that a test knows what must be found again.
import Facility
import Foundation
import Historian

let folder = CommandLine.arguments[1]
guard let first = Int64(CommandLine.arguments[2]) else { exit(64) }

let points = (0..<20).map { index in
    Point(
        id: PointID(index), asset: "P1", name: "value\(index)", label: Bilingual(zh: "值", en: "value"),
        kind: .gauge, expectedMilliseconds: 60_000)
}
// Windows of an hour end all the time: chunks are sealed while the axe falls.
let settings = HistorySettings(syncMilliseconds: 20, sealSamples: 60, tailMegabytes: 8)
let start: Int64 = 1_772_323_200_000
let store = try HistoryStore(folder: folder, points: points, settings: settings, boot: "test") {
    Moment(wallMilliseconds: start, uptimeMilliseconds: Int64(ProcessInfo.processInfo.systemUptime * 1000))
}
var number = first
while true {
    for _ in 0..<40 {
        store.append(
            points.indices.map { index in
                Sample(PointID(index), .integer(number), at: start + number * 60_000 + Int64(index % 3))
            })
        number += 1
    }
    try await store.flush()
    print(number - 1)
    fflush(nil)
    if number % 200 == 0 { try await store.seal() }
}

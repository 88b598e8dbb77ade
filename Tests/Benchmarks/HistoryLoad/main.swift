// Drives the history store as a site would, and tells of it in lines of JSON: `HistoryLoad VERB [--NAME VALUE...]`.
//
//   burst    --folder F                  stores the records of standard input as fast as the store takes them
//   pace     --folder F --minutes M      stores them at their own pace, from `--from T` on
//   age      --folder F                  lets the last day of a filled history end, and rolls it up
//   query    --folder F                  asks a filled history the same questions again and again
//   fill     --folder F --megabytes M    fills the tail, seals nothing, and waits to be killed
//   start    --folder F                  opens a history once
//   warm     --folder F                  lays out the files of the tail and leaves them empty
//   columns  --folder F --list L         stores recordings, and compares what comes back bit for bit
//   remote   --port P [--minutes M]      sends the records to a peer as Prometheus remote write
//
// `Tests/Benchmarks/history.py` starts it and shows what it tells.
import Foundation
import SystemService

// As the daemon does.
MemoryFootprint.limitHeaps()
let arguments = Arguments(CommandLine.arguments.dropFirst())
switch arguments.verb {
case "burst": try await Burst(arguments).run()
case "pace": try await Pace(arguments).run()
case "age": try await Ageing(arguments).run()
case "query": try await Queries(arguments).run()
case "fill": try await Fill(arguments).run()
case "start": try Start(arguments).run()
case "warm": try await Warm(arguments).run()
case "columns": try await Recordings(arguments).run()
case "remote": try RemoteWrite(arguments).run()
default:
    print("HistoryLoad: no verb '\(arguments.verb)'")
    exit(64)
}

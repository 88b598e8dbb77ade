// Drives rules as a site would, and tells of it in lines of JSON: `RuleLoad VERB [COUNT]`.
//
//   evaluate   changes values under 10,000 rule instances as fast as the engine takes them
//   backtest   plays samples of the past to rules without windows
//   stories    plays rule tests
//   restore    starts an engine with 10,000 instances of which each remembers something
//   react      5,000 changes a second under 10,000 instances, each decision committed to a ledger on the disk
//
// `Tests/Benchmarks/rules.py` starts it and shows what it tells.
import Foundation

let verb = CommandLine.arguments.dropFirst().first ?? ""
let count = CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) }
switch verb {
case "evaluate": try Evaluations(rounds: count ?? 200).run()
case "backtest": try Replay(samples: count ?? 5_000_000).run()
case "stories": try Stories(count: count ?? 1000).run()
case "restore": try Restoring().run()
case "react": try Reaction(seconds: count ?? 20).run()
default:
    print("RuleLoad: no verb '\(verb)'")
    exit(64)
}

import Engine
import Facility
import Maintenance

extension Command.Kind {
    /// What is asked of which order or asset, in a request's id; empty for what is about alarms.
    var orderPath: String {
        switch self {
        case .accept(let number): "accept/\(number.name)"
        case .start(let number): "start/\(number.name)"
        case .finish(let number, _): "done/\(number.name)"
        case .open(let opening): "open/\(opening.asset.name)"
        case .triage(let number, _, _, _, _): "triage/\(number.name)"
        case .dispatch(let number, let assignee): "dispatch/\(number.name)/\(assignee)"
        case .reject(let number): "reject/\(number.name)"
        case .hold(let number, let hold): "hold/\(number.name)/\(hold.reason.rawValue)"
        case .resume(let number): "resume/\(number.name)"
        case .answer(let number, _): "answer/\(number.name)"
        case .verify(let number): "verify/\(number.name)"
        case .cancel(let number, let reason): "cancel/\(number.name)/\(reason.rawValue)"
        case .reopen(let number): "reopen/\(number.name)"
        case .archive(let number): "archive/\(number.name)"
        case .setState(let asset, let state): "state/\(asset.name)/\(state.rawValue)"
        case .replaceMeter(let asset, let meter, let reading, let old):
            "meter/\(asset.name)/\(meter)/\(reading)/\(old ?? -1)"
        case .acknowledge, .reset, .comment, .shelve, .unshelve, .takeOutOfService, .return, .order: ""
        }
    }
}

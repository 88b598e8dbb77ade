public import Facility

/// Something that happens to an order.
public enum OrderInput: Hashable, Sendable {
    /// The cause raised its alarm again.
    case `repeat`(Priority)
    /// The cause's condition is gone.
    case conditionCleared
    /// An occurrence that its alarm explains, or that its group covers, belongs to it.
    case attachChild(OccurrenceID, AssetID)
    /// An occurrence that the work itself caused belongs to it.
    case attachEvidence(OccurrenceID)
    /// It becomes a member of a group.
    case join(OrderNumber)
    /// Another order covers it, and nobody has taken it yet.
    case supersede(OrderNumber)
    /// The work of another occurrence of its plan belongs to it, or it is due on another day.
    case extend(Checklist, dueWallMilliseconds: Int64)
    /// The cause came back after the order was over.
    case recur(OccurrenceID?, Priority)
    /// The cause came back after the order was over, and is only counted.
    case recount
    /// Somebody looks at a report and accepts it as work.
    case triage(person: String, asset: AssetID, category: String?, priority: Priority?, type: OrderType)
    /// It is given to somebody; with a reason, where somebody has it already.
    case dispatch(person: String?, assignee: String, contractor: String?, reason: String?)
    /// Somebody takes it.
    case accept(person: String, note: String?)
    /// Whoever it was given to says no; or whoever looks at finished work does, with a reason.
    case reject(person: String, reason: String?)
    /// The work begins.
    case start(person: String, note: String?)
    /// It waits.
    case hold(person: String, OrderHold, note: String?)
    /// It goes on.
    case resume(person: String, note: String?)
    /// Lines of the checklist are answered.
    case answer(person: String, [GivenAnswer])
    /// The work ends.
    case finish(person: String, note: String?, completion: OrderCompletion = OrderCompletion())
    /// Somebody else has looked at it, and it is good.
    case verify(person: String, note: String?)
    /// It is given up, with a reason.
    case cancel(person: String, reason: String, cause: CancelReason = .operator)
    /// Nothing is to change any more.
    case archive(person: String)
    /// It was over, and has to be looked at again.
    case reopen(person: String, reason: String?)
}

/// Why an input was not accepted.
public enum OrderRefusal: Error, Hashable, Sendable, Codable {
    /// The order cannot go from where it stands to where it should.
    case invalidTransition(from: OrderState)
    /// The order has changed since the caller saw it.
    case versionConflict(current: Int)
    /// It needs a reason in words.
    case reasonMissing
    /// Somebody has it: giving it to somebody else needs a reason in words.
    case reasonMissingToTakeFrom(String)
    /// Somebody else has it.
    case notAssignee(String)
    /// Whoever did the work does not verify it.
    case verifierIsWorker(String)
    /// The alarm's condition holds: finishing needs a reason why it is done all the same.
    case conditionHolds
    /// An urgent alarm holds: the order can only be given up because there is nothing wrong.
    case urgentAlarmHolds
    /// Corrective work is finished with what was wrong, why, and what was done.
    case codesMissing
    /// A kind of equipment does not fail in this way.
    case modeOfAnotherClass(FailureMode, of: AssetClass? = nil)
    /// Lines that have to be answered first.
    case answersMissing([String])
    /// The checklist has no such line.
    case unknownItem(String)
    /// The answer is not of the form the line asks for.
    case answerOfAnotherForm(String, Checklist.Form? = nil)
    /// The time at which it goes on lies in the past.
    case resumeInThePast
    /// Urgent work waits only if somebody other than the worker allows it.
    case approvalMissing
    /// The work cannot have been done in the future.
    case performedInTheFuture
    /// The work cannot have been done before its alarm asked for it.
    case performedBeforeTheAlarm
    /// The work cannot have been done before there was the asset, nor more than a year before its order.
    case performedTooEarly
    /// A number of minutes, parts or money is impossible.
    case impossibleAmount
    /// A report has to say what it is about before it becomes work.
    case assetMissing
    /// A report has to be of a category before it becomes work.
    case categoryMissing
}

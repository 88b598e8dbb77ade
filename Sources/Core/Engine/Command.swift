public import Alarms
public import Facility
public import Maintenance

/// Something a person asks of the engine.
public struct Command: Hashable, Sendable {
    /// What is asked.
    public enum Kind: Hashable, Sendable {
        /// Say that one knows of an occurrence.
        case acknowledge(OccurrenceID)
        /// Reset a latched alarm.
        case reset(OccurrenceID)
        /// Write a remark.
        case comment(OccurrenceID)
        /// Put alarms aside for a limited time; the command's note is the reason and must not be missing.
        case shelve(AlarmScope, AlarmMemory.Shelf)
        /// Bring alarms back from the shelf.
        case unshelve(AlarmScope)
        /// Take alarms out of service under an order that is open.
        case takeOutOfService(AlarmScope, order: OrderNumber)
        /// Put alarms back into service; the order has to be closed.
        case `return`(AlarmScope)
        /// Open an order for an occurrence, unless its cause has one.
        case order(OccurrenceID)
        /// Take an order.
        case accept(OrderNumber)
        /// Begin the work.
        case start(OrderNumber)
        /// End the work.
        case finish(OrderNumber, OrderCompletion = OrderCompletion())
        /// Open an order by hand, or report something that somebody has to look at first.
        case open(OrderOpening)
        /// Look at a report, and accept it as work.
        case triage(OrderNumber, AssetID, category: String?, Priority?, OrderType)
        /// Give an order to a person or a firm; the command's note is the reason where somebody has it already.
        case dispatch(OrderNumber, to: String)
        /// Say no to an order one was given, or to finished work; the command's note is the reason.
        case reject(OrderNumber)
        /// Let an order wait.
        case hold(OrderNumber, OrderHold)
        /// Go on with an order that waits.
        case resume(OrderNumber)
        /// Answer lines of its checklist.
        case answer(OrderNumber, [GivenAnswer])
        /// Say that finished work is good.
        case verify(OrderNumber)
        /// Give an order up; the command's note is the reason in words.
        case cancel(OrderNumber, CancelReason)
        /// Open a verified order again; the command's note is the reason.
        case reopen(OrderNumber)
        /// Close a verified order for good.
        case archive(OrderNumber)
        /// Say how an asset stands; the command's note is the reason.
        case setState(AssetID, AssetState)
        /// Say that a counter was replaced, by its name or its point: what the new one shows, and what the old one
        /// showed at the end where somebody has read it.
        case replaceMeter(AssetID, String, showing: Double, old: Double?)
    }

    /// Chosen by the caller; the same request sent twice is one request.
    public let id: String
    /// What is asked.
    public let kind: Kind
    /// Who asks.
    public let person: String
    /// What they wrote.
    public let note: String?
    /// The version of the order the caller saw; nil when it does not care.
    public let expectedVersion: Int?

    /// Describes a request.
    public init(
        id: String, kind: Kind, person: String, note: String? = nil, expectedVersion: Int? = nil
    ) {
        self.id = id
        self.kind = kind
        self.person = person
        self.note = note
        self.expectedVersion = expectedVersion
    }
}

/// Why a command was not carried out.
public enum Refusal: Hashable, Sendable {
    /// There is no such occurrence or order.
    case unknown
    /// The occurrence is closed.
    case closed
    /// A reset came while the condition still holds.
    case stillActive
    /// A reset came before the acknowledgement.
    case unacknowledged
    /// The shelf time is longer than the alarm may be put aside.
    case shelfTooLong(limitMilliseconds: Int64)
    /// The shelf time is over already.
    case shelfEnded
    /// Putting aside needs a reason.
    case reasonMissing
    /// None of the alarms is on the shelf.
    case notShelved
    /// No rule watches the asset, or there is no such asset.
    case nothingWatched(AssetID)
    /// There is no such order.
    case unknownOrder(OrderNumber)
    /// The order is closed: nothing is taken out of service under it.
    case orderClosed(OrderNumber)
    /// The order is about another asset, neither this one nor one above it.
    case orderOfAnotherAsset(AssetID)
    /// It is out of service under another order.
    case outOfServiceUnder(OrderNumber)
    /// None of the alarms is out of service.
    case notOutOfService
    /// The order under which it is out of service is still open.
    case orderStillOpen(OrderNumber)
    /// It was taken out of service with its asset and returns with it.
    case outOfServiceWithAsset(AssetID)
    /// The order cannot go from where it stands to where it should.
    case invalidTransition(from: OrderState)
    /// The order has changed since the caller saw it.
    case versionConflict(current: Int)
    /// The order refuses.
    case order(OrderRefusal)
    /// There is nobody of that name, and no firm.
    case unknownPerson(String)
    /// Somebody is not among those who dispatch.
    case notDispatcher(String)
    /// Somebody does not know what the order asks for: giving it to them needs a reason.
    case unskilled(String, skill: String)
    /// There is no such asset.
    case unknownAsset(AssetID)
    /// No plan adds up a counter of that name at the asset.
    case unknownMeter(AssetID, String)
}

/// The answer to one command.
public struct CommandReply: Hashable, Sendable {
    /// The command's id.
    public let command: String
    /// Nil if it was carried out (or had been before).
    public let refusal: Refusal?
    /// The order that was opened; nil if none was.
    public let order: OrderNumber?

    /// Describes an answer.
    public init(command: String, refusal: Refusal?, order: OrderNumber? = nil) {
        self.command = command
        self.refusal = refusal
        self.order = order
    }
}

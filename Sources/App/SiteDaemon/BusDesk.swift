internal import Acquisition
internal import Facility
internal import ModbusField
internal import Synchronization
internal import WebAPI

/// Takes what people ask of the buses to the threads that read them, and brings back the answers.
final class BusDesk: Sendable {
    private let field: FieldService
    private let lastID = Atomic<UInt64>(0)

    init(field: FieldService) {
        self.field = field
    }

    /// The closures of the API.
    var ports: BusPorts {
        BusPorts(
            plan: { id throws(BusRefusal) in
                let plan = try self.field.reader(of: id).poller.plan
                return BusPlan(bus: plan.bus, plans: plan.units, isLearned: true)
            },
            ask: { id, inquiry async throws(BusRefusal) in try await self.ask(id, inquiry) },
            frames: { id throws(BusRefusal) in try self.field.reader(of: id).poller.watchedFrames() },
            lastFrames: { id in
                do throws(BusRefusal) {
                    return try self.field.reader(of: id).poller.frames
                } catch {
                    return []
                }
            })
    }

    private func ask(_ id: BusID, _ inquiry: BusInquiry) async throws(BusRefusal) -> BusErrand.Answer {
        let (bus, poller) = try field.reader(of: id)
        let isPossible =
            switch bus.endpoint {
            case .tcp: inquiry.unit <= 247 || inquiry.unit == 255
            case .serial: (1...247).contains(inquiry.unit)
            }
        guard isPossible else { throw .impossibleUnit }
        let number = lastID.wrappingAdd(1, ordering: .relaxed).newValue
        return await poller.answer(
            to: BusErrand(
                id: number, unit: inquiry.unit, question: inquiry.question,
                timeoutMilliseconds: inquiry.timeoutMilliseconds))
    }
}

import Ledger
import Testing

@Suite struct FieldMemoryTests {
    @Test func `what the buses know is there after a crash, and goes with its bus`() throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "boot-1", reserveBytes: 0)
        #expect(try ledger.fieldMemory().isEmpty)
        try ledger.keep(
            fieldMemory: ["b1": #"{"a":1}"#, "b2": "{}"], ofBuses: ["b1", "b2"], at: noon)
        try ledger.keep(fieldMemory: ["b1": #"{"a":2}"#], ofBuses: ["b1", "b2"], at: noon + 1000)
        let crashed = try folder.crashCopy()
        let found = try LedgerStore(path: crashed.database, boot: "boot-2", reserveBytes: 0).fieldMemory()
        #expect(found == ["b1": #"{"a":2}"#, "b2": "{}"])
        try ledger.keep(fieldMemory: ["b3": "{}"], ofBuses: ["b1", "b3"], at: noon + 2000)
        #expect(try ledger.fieldMemory().keys.sorted() == ["b1", "b3"])
    }
}

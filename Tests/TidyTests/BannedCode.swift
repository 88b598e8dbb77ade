/// Code that is right elsewhere and wrong here, each with what to write instead.
struct BannedCode: Sendable {
    /// The code, as tokens.
    let code: [Token]
    /// Where it is banned.
    let places: [String]
    /// Where under those places it is allowed after all.
    let exceptions: [String]
    let instead: String
    private let written: String

    init(_ written: String, in places: [String], except exceptions: [String] = [], instead: String) {
        var lexer = SwiftLexer(written)
        code = lexer.tokens()
        self.written = written
        self.places = places
        self.exceptions = exceptions
        self.instead = instead
    }

    /// Where a file has the code although it must not.
    func findings(in file: SwiftFile) -> [Finding] {
        guard file.file.isIn(places), !file.file.isIn(exceptions) else { return [] }
        return file.lines(with: code).map {
            Finding(path: file.path, line: $0, what: "\(written): \(instead)")
        }
    }

    static let core = ["Sources/Core"]
    static let sources = ["Sources", "simulators"]
    /// The folders that meet C: callbacks, pointers, locks.
    static let bridges = [
        "Sources/Adapters/ModbusField", "Sources/Adapters/MQTTField", "Sources/Adapters/Delivery",
        "Sources/Adapters/SystemService", "Sources/Adapters/Spreadsheet",
        "simulators/SiteSimulator/Transport",
    ]

    static let all: [BannedCode] =
        clocks
        + [
            "FileManager", "FileHandle", "URL(", "getenv(", "fopen(", "ProcessInfo",
        ].map {
            BannedCode($0, in: core, instead: "the core meets no file and no environment; ask for the value")
        }
        + [
            BannedCode(
                "SystemRandomNumberGenerator", in: core,
                instead: "take the number or the generator as an argument"),
            BannedCode(
                "await", in: ["Sources/Core", "Tests/Core"], instead: "the core decides, it never waits"),
            BannedCode("actor", in: core, instead: "decide in a value; actors live in adapters"),
            BannedCode(
                "print(", in: sources,
                except: ["Sources/App", "simulators/SiteSimulator"],
                instead: "return the reason; the app shows it, the logger records it"),
            BannedCode("debugPrint(", in: sources + ["Tests"], instead: "leave no traces of a search"),
            BannedCode("fatalError(", in: sources, instead: "precondition with the state in its message"),
            BannedCode("try!", in: sources + ["Tests"], instead: "handle the error or pass it on"),
            BannedCode("as!", in: sources, instead: "as? and a way on"),
            BannedCode(
                "Task {", in: sources, except: bridges, instead: "a child task of a group that is waited for"),
            BannedCode(
                "Task(", in: sources, except: bridges, instead: "a child task of a group that is waited for"),
            BannedCode("Task.detached", in: sources, instead: "a child task of a group that is waited for"),
            BannedCode(
                "Process(", in: sources,
                except: ["Sources/App/sitewatch/Demo", "Sources/App/sitewatch/Commands/Demo"],
                instead: "the daemon starts no programs"),
            BannedCode(
                "unsafe", in: sources, except: bridges, instead: "pointers stay in the folders that meet C"),
            BannedCode(
                "@unchecked Sendable", in: sources, except: bridges, instead: "a value, an actor or a Mutex"),
            BannedCode("Thread.sleep", in: sources, instead: "wait for the event, or Task.sleep"),
            BannedCode(
                "usleep(", in: sources + ["Tests/Core"], except: bridges, instead: "wait for the event"),
            BannedCode(
                "sleep(", in: sources + ["Tests/Core"], except: bridges, instead: "wait for the event"),
            BannedCode(
                "modbus_write_register", in: sources, instead: "the daemon only reads equipment"),
            BannedCode("modbus_write_registers", in: sources, instead: "the daemon only reads equipment"),
            BannedCode("modbus_write_bit", in: sources, instead: "the daemon only reads equipment"),
            BannedCode("modbus_write_bits", in: sources, instead: "the daemon only reads equipment"),
            BannedCode(
                "modbus_write_and_read_registers", in: sources, instead: "the daemon only reads equipment"),
        ]

    /// The core knows only the moment it is given.
    private static let clocks = [
        "Date()", "Date.now", "ContinuousClock", "SuspendingClock", "DispatchTime", "Task.sleep",
        "clock_gettime(",
        "gettimeofday(", "time(nil)",
    ].map { BannedCode($0, in: ["Sources/Core", "Tests/Core"], instead: "take a Moment as an argument") }
}

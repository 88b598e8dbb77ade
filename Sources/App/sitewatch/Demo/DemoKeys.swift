import Foundation

/// The keys of the demonstration.
enum DemoKeys {
    /// What a key does.
    enum Action: Hashable, Sendable {
        /// Makes a piece of equipment fail.
        case fault(asset: String, fault: String)
        /// Makes a bus fall silent.
        case silence(bus: String)
        /// Ends all faults.
        case repair
        /// Ends the demonstration.
        case quit
    }

    static let actions: [Character: Action] = [
        "p": .fault(asset: "P1", fault: "discharge-low"),
        "l": .fault(asset: "L1", fault: "trapped-passenger"),
        "w": .fault(asset: "SP1", fault: "rainstorm"),
        "m": .fault(asset: "G1", fault: "mains-failure"),
        "b": .silence(bus: "lifts"),
        "r": .repair,
        "q": .quit,
    ]

    /// Keys as they are pressed, without waiting for the end of a line where there is a terminal.
    static func pressed() -> AsyncStream<Character> {
        terminal(["-icanon", "-echo", "min", "1"])
        return AsyncStream { continuation in
            FileHandle.standardInput.readabilityHandler = { handle in
                let data = handle.availableData
                if data.isEmpty { handle.readabilityHandler = nil }
                for character in String(decoding: data, as: UTF8.self) { continuation.yield(character) }
            }
            continuation.onTermination = { _ in
                FileHandle.standardInput.readabilityHandler = nil
                terminal(["icanon", "echo"])
            }
        }
    }

    /// Changes how the terminal hands over keys; does nothing where there is none.
    private static func terminal(_ settings: [String]) {
        let stty = Process()
        stty.executableURL = URL(fileURLWithPath: "/bin/stty")
        stty.arguments = settings
        stty.standardInput = FileHandle.standardInput
        stty.standardError = FileHandle.nullDevice
        guard (try? stty.run()) != nil else { return }
        stty.waitUntilExit()
    }
}

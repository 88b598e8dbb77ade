import Facility
import Foundation

/// Tells the story, in the person's language, where the person looks.
struct DemoNarrator: Sendable {
    let catalog: MessageCatalog
    let language: Language
    /// Whether lines go to standard error, because standard output belongs to a report.
    let usesErrors: Bool

    /// Says one line of the story, with the time of day.
    func say(_ key: String, _ arguments: [String: Message.Argument]) {
        let now = Calendar.current.dateComponents([.hour, .minute, .second], from: .now)
        let time = [now.hour, now.minute, now.second]
            .map { String(format: "%02d", $0 ?? 0) }.joined(separator: ":")
        let line = "\(time)  \(catalog.text(Message(key, arguments), in: language))\n"
        let handle = usesErrors ? FileHandle.standardError : FileHandle.standardOutput
        try? handle.write(contentsOf: Data(line.utf8))
    }

    /// The last values as a line of blocks, from the lowest to the highest among them.
    static func sparkline(_ values: [Double], width: Int = 30) -> String {
        let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        let last = values.suffix(width)
        guard let low = last.min(), let high = last.max(), high > low else { return "" }
        return String(
            last.map { value in
                blocks[min(blocks.count - 1, Int((value - low) / (high - low) * Double(blocks.count)))]
            })
    }
}

public import Facility
internal import Foundation

/// The texts people read, from the files of the share.
public enum MessageFiles {
    private static let suffixes: [Language: String] = [.en: ".en.yaml", .zh: ".zh-Hans.yaml"]

    /// Every `messages/<area>.<language>.yaml` put together, with whatever is wrong with the files.
    public static func load(_ share: ShareFolder) -> (catalog: MessageCatalog, problems: [Problem]) {
        let problems = ProblemList()
        var entries: [Language: [String: String]] = [:]
        for language in Language.allCases {
            entries[language] = read(language, share, problems)
        }
        return (MessageCatalog(entries), problems.sorted)
    }

    private static func read(
        _ language: Language, _ share: ShareFolder, _ problems: ProblemList
    ) -> [String: String] {
        let files = ConfigurationFolder.files(under: share.messages, named: "messages/")
            .filter { $0.name.hasSuffix(suffixes[language, default: ""]) }
        if files.isEmpty {
            problems.add(
                at: SourcePosition(file: share.messages, line: 1, column: 1), Message("config.no-messages"))
        }
        let form = Form<[Named<String>]>.table(.message, of: Form<String>.anyText)
        var entries: [String: String] = [:]
        for file in files {
            let texts = SourceText(path: file.path, file: file.name, problems: problems)
                .flatMap { YAMLReader.read($0, problems: problems) }
                .flatMap { form.read($0, problems) }
            for text in texts ?? [] {
                guard entries[text.name] == nil else {
                    problems.add(
                        at: text.position, Message("config.duplicate-key", ["key": .text(text.name)]))
                    continue
                }
                entries[text.name] = text.value
            }
        }
        return entries
    }
}

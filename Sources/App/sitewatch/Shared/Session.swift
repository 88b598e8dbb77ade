import ArgumentParser
import Delivery
import Facility
import Foundation
import SiteConfig
import SystemService
import WebAPI

/// One run of a command: its terminal, its language and the texts.
struct Session: Sendable {
    let terminal: Terminal
    let language: Language
    let catalog: MessageCatalog
    let share: ShareFolder?

    /// Prepares a run.
    init(_ options: LanguageOptions, terminal: Terminal = .current) {
        self.init(options.lang, terminal: terminal)
    }

    /// Prepares a run in a language; nil for that of the environment.
    init(_ wanted: Language?, terminal: Terminal) {
        self.terminal = terminal
        language = wanted ?? Self.language(of: terminal.environment)
        share = ShareFolder.locate(executable: terminal.executable, environment: terminal.environment)
        catalog = share.map { MessageFiles.load($0).catalog } ?? MessageCatalog([:])
    }

    /// Runs a command and tells the person what went wrong, if something did.
    static func run(
        _ options: LanguageOptions, _ body: (Session) async throws -> Void
    ) async throws {
        let session = Session(options)
        do {
            try await body(session)
        } catch let failure as CommandFailure {
            session.complain(failure.message)
            throw failure.code
        }
    }

    /// The text of a message in the person's language.
    func text(_ message: Message) -> String {
        catalog.text(message, in: language)
    }

    /// The text of an entry without places.
    func text(_ key: String) -> String {
        text(Message(key))
    }

    /// Writes one line.
    func say(_ line: String) {
        terminal.out(line + "\n")
    }

    /// Writes lines.
    func say(_ lines: [String]) {
        guard !lines.isEmpty else { return }
        terminal.out(lines.joined(separator: "\n") + "\n")
    }

    /// Writes a line for the person only: not part of what a pipe gets.
    func complain(_ message: Message) {
        terminal.err("sitewatch: " + text(message) + "\n")
    }

    /// Writes a document.
    func show(json document: some Encodable) throws {
        say(String(decoding: try JSON.encode(document, inLines: true), as: UTF8.self))
    }

    /// Writes one of many documents, each a line.
    func show(jsonLine document: some Encodable) throws {
        say(String(decoding: try JSON.encode(document), as: UTF8.self))
    }

    /// Writes a table in the form asked for: CSV, or lines for a terminal or a pipe.
    func show(_ table: Table, _ format: FormatOptions, hasHeading: Bool = true) {
        if format.csv {
            say(table.csvLines(hasHeading: hasHeading))
        } else if terminal.isInteractive {
            say(table.terminalLines(hasColour: terminal.hasColour, hasHeading: hasHeading))
        } else {
            say(table.plainLines(hasHeading: hasHeading))
        }
    }

    /// Writes a table as lines for a terminal or a pipe.
    func show(_ table: Table, hasHeading: Bool = true) {
        if terminal.isInteractive {
            say(table.terminalLines(hasColour: terminal.hasColour, hasHeading: hasHeading))
        } else {
            say(table.plainLines(hasHeading: hasHeading))
        }
    }

    /// A text in a colour, where there are colours.
    func toned(_ text: String, _ tone: Table.Tone) -> String {
        guard terminal.hasColour, let style = tone.style else { return text }
        return "\u{1B}[\(style)m\(text)\u{1B}[0m"
    }

    /// A word of a closed list: in the person's language for people, as it is for programs.
    func word(_ area: String, _ code: String, _ tone: Table.Tone = .plain) -> Table.Cell {
        .init(text("\(area).\(code)"), tone, code: code)
    }

    /// A time of a document: short for people, whole for programs.
    func time(_ iso: String?) -> Table.Cell {
        .init(TimeText.readable(iso), code: iso ?? "")
    }

    /// A span: in its largest units for people, in milliseconds for programs.
    func span(_ milliseconds: Int64?, _ tone: Table.Tone = .plain) -> Table.Cell {
        .init(TimeText.span(milliseconds), tone, code: milliseconds.map { String($0) } ?? "")
    }

    /// Something that may be absent.
    func optional(_ text: String?) -> Table.Cell {
        .init(text ?? "-", code: text ?? "")
    }

    /// A column: its name for programs, and for people the text of the catalogue under it.
    func column(_ name: String, isNumeric: Bool = false) -> Table.Column {
        Table.Column(text("cli.column.\(name)"), name: name, isNumeric: isNumeric)
    }

    /// The shared files; commands that need them cannot go on without.
    func needShare() throws -> ShareFolder {
        guard let share else {
            throw CommandFailure(
                Message("cli.no-share", ["variable": "SITEWATCH_SHARE"]))
        }
        return share
    }

    /// What reads the folder of a site.
    func loader(_ options: SiteOptions) throws -> ConfigurationLoader {
        ConfigurationLoader(
            folder: options.config, share: try needShare(), channelKinds: Channels.kinds,
            zone: { SystemZone.load($0) }, now: terminal.now)
    }

    private static func language(of environment: [String: String]) -> Language {
        let named = ["LC_ALL", "LC_MESSAGES", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty }
        return named?.lowercased().hasPrefix("zh") == true ? .zh : .en
    }
}

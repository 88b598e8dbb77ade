import ArgumentParser
import Facility
import Testing

@testable import sitewatch

@Suite struct `The command line` {
    /// What every command takes, as its help begins. A word that goes or changes breaks somebody's script.
    static let usages: [([String], String)] = [
        (["check"], "USAGE: sitewatch check [--json] [--strict] [--config <dir>] [--lang <lang>]"),
        (["schema"], "USAGE: sitewatch schema [<file>] [--lang <lang>]"),
        (["init"], "USAGE: sitewatch init [--config <dir>] [--lang <lang>]"),
        (
            ["status"],
            "USAGE: sitewatch status [<asset>] [--watch] [--check] [--json] [--csv] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["points"],
            "USAGE: sitewatch points [<asset>] [--json] [--csv] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["bus", "list"],
            "USAGE: sitewatch bus list [--units] [--json] [--csv] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["bus", "show"],
            "USAGE: sitewatch bus show <bus> [--json] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["bus", "plan"],
            "USAGE: sitewatch bus plan [<bus>] [--live] [--json] [--csv] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["bus", "scan"],
            "USAGE: sitewatch bus scan <bus> [--units <ids>] [--register <register>] [--timeout <time>] [--json] [--csv] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["bus", "watch"],
            "USAGE: sitewatch bus watch <bus> [<unit>] [--for <time>] [--json] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["peek"],
            "USAGE: sitewatch peek <bus> <unit> <addr[:n]> [--timeout <time>] [--readings] [--near <near>] [--json] [--csv] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["history"],
            "USAGE: sitewatch history [<options>] <point> ..."
        ),
        (["verify"], "USAGE: sitewatch verify [--data <dir>] [--json] [--config <dir>] [--lang <lang>]"),
        (
            ["salvage"],
            "USAGE: sitewatch salvage <file> --to <target> [--points <file>] [--json] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["backup"],
            "USAGE: sitewatch backup <folder> [--data <dir>] [--dry-run] [--json] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["restore"],
            "USAGE: sitewatch restore <folder> --data <dir> [--config <dir>] [--replace] [--dry-run] [--json] [--lang <lang>]"
        ),
        (
            ["export"],
            "USAGE: sitewatch export [<point> ...] [--asset <asset>] [--all] [--from <from>] [--to <to>] [--to-file <file>] [--data <dir>] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (["import"], "USAGE: sitewatch import [<options>] <file>"),
        (
            ["decode"],
            "USAGE: sitewatch decode <registers> ... [--decimal] [--near <value>] [--all] [--json] [--csv] [--lang <lang>]"
        ),
        (["alarms", "list"], "USAGE: sitewatch alarms list <options>"),
        (
            ["alarms", "show"],
            "USAGE: sitewatch alarms show <alarm> [--json] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["alarms", "ack"],
            "USAGE: sitewatch alarms ack <alarms> ... [--as <person>] [--note <text>] [--json] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["alarms", "reset"],
            "USAGE: sitewatch alarms reset <alarms> ... [--as <person>] [--note <text>] [--json] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["alarms", "comment"],
            "USAGE: sitewatch alarms comment <alarm> <text> [--as <person>] [--json] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["alarms", "shelve"],
            "USAGE: sitewatch alarms shelve <alarms> ... [--for <time>] [--once] --reason <reason> [--as <person>] [--json] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["alarms", "unshelve"],
            "USAGE: sitewatch alarms unshelve <alarms> ... [--as <person>] [--note <text>] [--json] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["alarms", "out-of-service"],
            "USAGE: sitewatch alarms out-of-service <order> [<alarms> ...] [--as <person>] [--note <text>] [--json] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["alarms", "return"],
            "USAGE: sitewatch alarms return <alarms> ... [--as <person>] [--note <text>] [--json] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["alarms", "quiet"],
            "USAGE: sitewatch alarms quiet [--json] [--csv] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (["alarms", "journal"], "USAGE: sitewatch alarms journal <options>"),
        (
            ["alarms", "stats"],
            "USAGE: sitewatch alarms stats [--from <from>] [--to <to>] [--json] [--csv] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["orders", "list"],
            "USAGE: sitewatch orders list [--all] [--asset <asset>] [--assignee <assignee>] [--state <state>] [--priority <priority>] [--limit <limit>] [--json] [--csv] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["orders", "show"],
            "USAGE: sitewatch orders show <order> [--json] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["orders", "accept"],
            "USAGE: sitewatch orders accept <orders> ... [--expected-version <expected-version>] [--as <person>] [--note <text>] [--json] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["rules", "list"],
            "USAGE: sitewatch rules list [--json] [--csv] [--socket <path>] [--url <url>] [--config <dir>] [--lang <lang>]"
        ),
        (
            ["rules", "test"],
            "USAGE: sitewatch rules test [<rule>] [--coverage] [--json] [--config <dir>] [--lang <lang>]"
        ),
    ]

    @Test(arguments: usages)
    func `help tells what a command takes`(path: [String], usage: String) throws {
        let help = SitewatchCommand.message(for: CleanExit.helpRequest(command(path)))
        let line = help.split(separator: "\n\n").first { $0.hasPrefix("USAGE") } ?? ""
        let joined = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(joined == usage)
    }

    private func command(_ path: [String]) -> any ParsableCommand.Type {
        var found: any ParsableCommand.Type = SitewatchCommand.self
        for name in path {
            let next = found.configuration.subcommands.first { $0.configuration.commandName == name }
            found = next ?? found
        }
        return found
    }

    @Test func `every command is in the list, in the order people meet them`() {
        #expect(
            SitewatchCommand.configuration.subcommands.map { $0.configuration.commandName } == [
                "run", "demo", "check", "schema", "init", "status", "points", "bus", "peek", "history",
                "export", "import", "verify", "salvage", "backup", "restore", "decode",
                "alarms", "profiles", "rules", "orders", "notices", "oncall", "plans", "assets",
            ])
    }

    @Test(arguments: [
        ["boats"], ["alarms", "ack"], ["alarms", "ack", "x"], ["alarms", "list", "--limit", "0"],
        ["points", "--json", "--csv"], ["status", "--watch", "--check"], ["status", "P1", "--check"],
        ["points", "--socket", "/s", "--url", "http://x"], ["check", "--lang", "fr"], ["history"],
        ["orders", "accept", "WO-1", "WO-2", "--expected-version", "1"],
        ["alarms", "list", "--priority", "p9"], ["alarms", "list", "--priority", "p1,"],
        ["alarms", "list", "--state", "bogus"], ["alarms", "list", "--from", "yesterday"],
        ["alarms", "list", "--to", "25:00"], ["orders", "list", "--priority", "p9"],
        ["orders", "list", "--state", "returned"], ["points", "--url", "foo"],
        ["points", "--url", "ftp://x"], ["points", "--url", "http://"], ["points", "--url", "http:///x"],
        ["alarms", "list", "--open", "--all"], ["alarms", "shelve", "17"],
        ["alarms", "shelve", "17", "--for", "2h"], ["alarms", "shelve", "17", "--reason", "x"],
        ["alarms", "shelve", "17", "--for", "2h", "--once", "--reason", "x"],
        ["alarms", "shelve", "17", "--for", "soon", "--reason", "x"],
        ["alarms", "shelve", "17", "--for", "2h", "--reason", " "], ["alarms", "out-of-service"],
        ["alarms", "return"], ["alarms", "journal", "--kind", "boom"], ["alarms", "journal", "--limit", "0"],
        ["alarms", "stats", "--from", "yesterday"], ["alarms", "stats", "--json", "--csv"],
        ["alarms", "ack", "1", "--as", ""], ["alarms", "comment", "1", "x", "--as", " "],
        ["orders", "accept", "WO-1", "--as", ""],
    ])
    func `wrong usage is exit code 64`(arguments: [String]) async {
        #expect(await run(arguments).code == 64)
    }

    @Test(arguments: [
        (["LANG": "zh_CN.UTF-8"], Language.zh), (["LANG": "zh-TW"], .zh), (["LANG": "en_US.UTF-8"], .en),
        (["LANG": "C"], .en), (["LANG": "zh_CN", "LC_ALL": "en_GB"], .en),
        (["LANG": "de_DE", "LC_ALL": "", "LC_MESSAGES": "zh_CN"], .zh), (["LANG": ""], .en),
    ])
    func `the language is the environment's`(environment: [String: String], language: Language) throws {
        var terminal = Terminal.system
        terminal.environment = environment
        #expect(Session(try LanguageOptions.parse([]), terminal: terminal).language == language)
    }

    @Test func `the language asked for wins`() throws {
        var terminal = Terminal.system
        terminal.environment = ["LANG": "zh_CN.UTF-8"]
        #expect(Session(try LanguageOptions.parse(["--lang", "en"]), terminal: terminal).language == .en)
    }
}

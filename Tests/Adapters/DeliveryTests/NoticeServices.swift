import Delivery
import Facility
import Foundation
import Notices
import Testing

/// The services that notices are sent to, run by the simulators' program, which knows nothing of ours.
final class NoticeServices: Sendable {
    /// One request they got.
    struct Received: Decodable {
        let at: Double
        let method: String
        let path: String
        let query: [String: String]
        let headers: [String: String]
        let body: String
        let status: Int
        let reply: String
        let dropped: Bool
    }

    let folder: String
    private let port: Int
    private let process: Process
    private let scheme: String

    /// Starts them; `settings` lie over those of the program.
    init(
        settings: [String: [String: String]] = [:], speed: Int = 1, tls: Certificates.Pair? = nil
    ) throws {
        folder = NSTemporaryDirectory() + "services-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = folder + "/settings.json"
        try JSONEncoder().encode(settings).write(to: URL(fileURLWithPath: file))
        var arguments = [
            Python.simulator("notice_services.py"), "--folder", folder, "--speed", String(speed), "--clock",
            String(noon), "--settings", file,
        ]
        if let tls { arguments += ["--tls", tls.certificate, tls.key] }
        (process, port) = try Python.start(arguments)
        scheme = tls == nil ? "http" : "https"
    }

    deinit {
        process.terminate()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// An address of theirs; under a fault whatever comes is answered by the fault.
    func url(_ path: String, fault: String? = nil) -> String {
        "\(scheme)://127.0.0.1:\(port)\(fault.map { "/~\($0)" } ?? "")\(path)"
    }

    /// What they got so far, in order.
    var received: [Received] {
        let text = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(Received.self, from: Data($0.utf8))
        }
    }
}

/// A mail server of another make (aiosmtpd) on the loopback.
final class MailServer: Sendable {
    let folder: String
    let port: Int
    private let process: Process

    init(_ options: [String] = [], tls: Certificates.Pair) throws {
        folder = NSTemporaryDirectory() + "mail-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        (process, port) = try Python.start(
            [Python.simulator("mail_server.py"), "--folder", folder, "--tls", tls.certificate, tls.key]
                + options)
    }

    deinit {
        process.terminate()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The mails it took, in order.
    var mails: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap { try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }
    }
}

enum Python {
    static let root: String = {
        var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<4 { folder = folder.deletingLastPathComponent() }
        return folder.path
    }()

    static func simulator(_ name: String) -> String { "\(root)/simulators/NoticeServices/\(name)" }

    /// The Python that the checkout prepared, or the system's.
    static var executable: String {
        let prepared = "\(root)/.build/python/bin/python"
        return ProcessInfo.processInfo.environment["SITEWATCH_PYTHON"]
            ?? (FileManager.default.isExecutableFile(atPath: prepared) ? prepared : "/usr/bin/python3")
    }

    static let hasMailServer: Bool = {
        let probe = Process()
        probe.executableURL = URL(fileURLWithPath: executable)
        probe.arguments = ["-c", "import aiosmtpd"]
        probe.standardError = FileHandle.nullDevice
        guard (try? probe.run()) != nil else { return false }
        probe.waitUntilExit()
        return probe.terminationStatus == 0
    }()

    /// Runs a server that prints its port first.
    static func start(_ arguments: [String]) throws -> (Process, Int) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        return (process, try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines))))
    }
}

/// An authority of our own, a certificate of it that is good, and one that is over.
final class Certificates: Sendable {
    struct Pair: Sendable {
        let certificate: String
        let key: String
    }

    static let shared = Result { try Certificates() }

    let folder: String
    var authority: String { folder + "/ca.pem" }
    var good: Pair { Pair(certificate: folder + "/good.pem", key: folder + "/good.key") }
    var expired: Pair { Pair(certificate: folder + "/expired.pem", key: folder + "/expired.key") }

    init() throws {
        folder = NSTemporaryDirectory() + "certificates-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let script = """
            set -e; cd "$0"
            openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3650 -subj /CN=test-ca
            for name in good expired; do
                openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj /CN=127.0.0.1
            done
            printf 'subjectAltName=IP:127.0.0.1,DNS:localhost' > names
            openssl x509 -req -in good.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 \\
                -extfile names -out good.pem
            mkdir -p db/new; : > db/index; echo 01 > db/serial
            printf '[ca]\\ndefault_ca=c\\n[c]\\ndatabase=db/index\\nserial=db/serial\\nnew_certs_dir=db/new\\n' > ca.cnf
            printf 'default_md=sha256\\npolicy=p\\n[p]\\ncommonName=supplied\\n' >> ca.cnf
            openssl ca -batch -config ca.cnf -in expired.csr -cert ca.pem -keyfile ca.key -extfile names \\
                -startdate 20200101000000Z -enddate 20200201000000Z -out expired.pem -notext
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", script, folder]
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }
}

/// The words of the product.
let words: MessageCatalog = {
    func entries(_ language: String) -> [String: String] {
        let text = ["delivery", "reach"].map { name in
            let path = "\(Python.root)/config/messages/\(name).\(language).yaml"
            return (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        }.joined(separator: "\n")
        return Dictionary(
            text.split(separator: "\n").compactMap { line in
                guard let colon = line.range(of: ": \""), line.hasSuffix("\"") else { return nil }
                return (String(line[..<colon.lowerBound]), String(line[colon.upperBound...].dropLast()))
            }, uniquingKeysWith: { _, last in last })
    }
    return MessageCatalog([.en: entries("en"), .zh: entries("zh-Hans")])
}()

/// What stands in the secret files of the tests.
let secrets = [
    "ding-token": "ding-token-0001", "ding-secret": "SECdemo0123456789", "wecom-key": "wecom-key-0001",
    "wecom-secret": "wecom-secret-0001", "feishu-token": "feishu-hook-0001",
    "feishu-secret": "feishuDemoSecret", "aliyun-secret": "aliyun-secret-0001",
    "pagerduty-key": "pagerduty-key-0001-0001-0001-0001", "hook-secret": "hook-secret-0001",
    "mail-password": "mail-password-0001",
]

func servicePorts(_ changed: [String: String] = [:]) -> ChannelPorts {
    let all = secrets.merging(changed) { _, new in new }
    return ChannelPorts(
        site: "riverside", zone: shanghai, catalog: words,
        person: { id in
            switch id.name {
            case "nobody": nil
            default:
                Person(
                    id: id, label: Bilingual(zh: "王工", en: "Wang"), language: .zh,
                    phone: "+86 138-0000-0001", mail: "\(id.name)@example.com")
            }
        },
        asset: { id in
            Asset(
                id: id, assetClass: .pump, label: Bilingual(zh: "2号生活水泵", en: "Domestic pump 2"),
                location: "B3/pump-room")
        },
        readSecret: { path in
            guard let secret = all[path] else { throw Refused() }
            return Array(secret.utf8)
        }, publish: { _, _, _, _ in })
}

/// What each kind over HTTP is told in the tests, but for the address.
let httpSettings: [String: [String: String]] = [
    "dingtalk": ["token_file": "ding-token", "secret_file": "ding-secret", "path": "/robot/send"],
    "wecom-robot": ["key_file": "wecom-key", "path": "/cgi-bin/webhook/send"],
    "wecom-app": [
        "corp_id": "ww0001", "agent_id": "1000002", "secret_file": "wecom-secret", "path": "/cgi-bin",
    ],
    "feishu": [
        "token_file": "feishu-token", "secret_file": "feishu-secret", "path": "/open-apis/bot/v2/hook",
    ],
    "aliyun-sms": [
        "key_id": "LTAI-demo-0001", "secret_file": "aliyun-secret", "sign_name": "物业报警",
        "template_code": "SMS_1", "path": "",
    ],
    "aliyun-voice": [
        "key_id": "LTAI-demo-0001", "secret_file": "aliyun-secret", "template_code": "TTS_1", "path": "",
    ],
    "pagerduty": ["routing_key_file": "pagerduty-key", "path": "/v2/enqueue"],
    "webhook": ["secret_file": "hook-secret", "path": "/webhook"],
    "http-template": [
        "body": #"{"text": "{title} {body}", "phone": "{phone}"}"#, "code": "code", "success": "0",
        "permanent": "7", "path": "/template",
    ],
]

/// A channel of a kind at the services.
func channel(
    _ kind: String, at services: NoticeServices, fault: String? = nil, settings: [String: String] = [:],
    secrets: [String: String] = [:]
) throws -> any Channel {
    var all = (httpSettings[kind] ?? [:]).merging(settings) { _, new in new }
    let path = all.removeValue(forKey: "path") ?? ""
    if all["url"] == nil { all["url"] = services.url(path, fault: fault) }
    if all["timeout"] == nil { all["timeout"] = fault == nil ? "20000" : "500" }
    return try Channels.make(definition(kind, all), ports: servicePorts(secrets))
}

/// A message as the product writes it, with a name of any length in it.
func alarmNotice(
    _ kind: Notice.Kind = .raise, name: String = "2号生活水泵", recipient: PersonID? = "wang",
    number: Int64 = 17, priority: Priority = .p2, language: Language = .zh
) -> OutgoingNotice {
    let notice = Notice(
        occurrence: OccurrenceID(number), key: pumpAlarm, step: 0, kind: kind, channel: "duty-hook",
        recipient: recipient, language: language, priority: priority, title: "[P2] \(name) 出口压力低",
        body:
            "出口压力低\n位置：\(name) (P2)，B3/pump-room，河畔花园\n起始：2026-03-06 12:00:00\n出口压力：0.12 MPa\n处理：检查进水阀\n报警号 \(number)",
        order: "WO-20260306-0001", decidedWallMilliseconds: noon,
        deliverByWallMilliseconds: noon + 3_600_000, raisedWallMilliseconds: noon)
    return outgoing(notice)
}

/// An outcome as people read it.
func readable(_ outcome: SendOutcome, _ language: Language) -> String {
    switch outcome {
    case .delivered(let answer), .accepted(let answer): answer
    case .retry(let reason, _), .recipientRests(let reason, _), .dead(let reason):
        words.text(reason, in: language)
    }
}

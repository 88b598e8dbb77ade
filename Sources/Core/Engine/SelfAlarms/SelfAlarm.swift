public import Alarms
public import Facility

/// An alarm about sitewatch itself: its name, how it behaves, and when it is raised.
///
/// Each is one file in this folder and one line of the register, plus its texts `alarm.system.NAME` with
/// `.cause`, `.consequence` and `.action`.
public struct SelfAlarm: Sendable {
    /// What its texts are called: `disk-filling`.
    public let name: String
    /// How fast somebody must act.
    public let priority: Priority
    /// How it behaves.
    public let policy: AlarmPolicy
    /// What the facts say of it.
    let judge: @Sendable (SelfFacts) -> Verdict

    /// What the facts say of an alarm.
    struct Verdict {
        /// Whether it is raised; nil if that cannot be told.
        var raise: Bool?
        /// Whether it ends; nil if that cannot be told.
        var clear: Bool?
        /// What its text tells.
        var arguments: [String: Message.Argument] = [:]

        init(_ holds: Bool?, _ arguments: [String: Message.Argument] = [:]) {
            self.init(raise: holds, clear: holds.map { !$0 }, arguments)
        }

        init(raise: Bool?, clear: Bool?, _ arguments: [String: Message.Argument] = [:]) {
            (self.raise, self.clear, self.arguments) = (raise, clear, arguments)
        }
    }

    /// Every one of them. Their order is that of the engine.
    public static let all: [SelfAlarm] = [
        diskFilling, diskNearlyFull, historyFault, historyDamaged, clockUntrusted, queueBackingUp,
        engineLagging,
        channelFailing, signOfLifeMissing, outboxOld, configurationRefused, certificateExpiring,
        certificateEnding, ledgerSlow,
        ledgerDamaged, ledgerLarge, historyBehind, plansNeglected, holidaysUnknown,
    ]

    /// The asset they stand at: the gateway.
    public static let asset: AssetID = "sitewatch"

    /// The rule they are listed with: `system.disk_filling`.
    public var rule: RuleID { RuleID("system.\(String(name.map { $0 == "-" ? "_" : $0 }))") }

    /// The key of its only instance.
    public var key: AlarmKey { AlarmKey(rule: rule, asset: Self.asset) }

    /// What the facts say of all of them.
    public static func conditions(of facts: SelfFacts) -> [SelfCondition] {
        all.map { alarm in
            let verdict = alarm.judge(facts)
            return SelfCondition(
                alarm: alarm.name, raise: verdict.raise, clear: verdict.clear, arguments: verdict.arguments)
        }
    }
}

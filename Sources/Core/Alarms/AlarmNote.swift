/// Why the daemon itself made an entry: keys of the message catalogue, shown like any other note.
public enum AlarmNote {
    /// Acknowledged by nobody, because the rule asks for none.
    public static let acknowledgedByRule = "alarm.note.acknowledged-by-rule"
    /// Ended because there was no data for long.
    public static let noData = "alarm.note.no-data"
    /// Quiet because there is no data.
    public static let quietWithoutData = "alarm.note.quiet-without-data"
    /// Quiet because the rule does not apply at present.
    public static let inactive = "alarm.note.inactive"
    /// Still quiet because what kept it quiet has only just ended.
    public static let settling = "alarm.note.settling"
    /// Closed because the next occurrence began.
    public static let superseded = "alarm.note.superseded"
    /// Back from the shelf because its time is over.
    public static let shelfExpired = "alarm.note.shelf-expired"
    /// Back from the shelf because the condition ended.
    public static let shelfOnce = "alarm.note.shelf-once"
    /// Raised because there is no data.
    public static let raisedWithoutData = "alarm.note.raised-without-data"
    /// Nobody was told, because it is kept quiet.
    public static let notAnnounced = "alarm.note.not-announced"
    /// Closed because its rule is no longer tried out, or is again.
    public static let modeChanged = "alarm.note.mode-changed"
    /// Asked for again because it lasted.
    public static let reminded = "alarm.note.reminded"
    /// Closed because its rule is gone.
    public static let ruleGone = "alarm.note.rule-gone"
    /// Closed because its asset is gone, or no longer watched.
    public static let assetGone = "alarm.note.asset-gone"
}

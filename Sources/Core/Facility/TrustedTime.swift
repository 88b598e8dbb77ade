/// Which times a clock can mean.
public enum TrustedTime {
    /// 2024-01-01: no gateway runs this version before, so a clock that stands earlier was never set.
    public static let earliest: Int64 = 1_704_067_200_000
    /// 2000-01-01: what is stamped before was stamped by a clock that was never set.
    public static let oldestMeant: Int64 = 946_684_800_000
}

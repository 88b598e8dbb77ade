public import Facility

/// What was wrong, why, and what was done about it: separate words, so that they can be counted.
public struct FailureCodes: Hashable, Sendable, Codable {
    /// What kind of equipment failed.
    public let assetClass: AssetClass?
    /// How it failed.
    public let mode: FailureMode
    /// Why it failed.
    public let cause: FailureCause
    /// What was done.
    public let remedy: FailureRemedy

    /// Describes a failure.
    public init(
        assetClass: AssetClass? = nil, mode: FailureMode, cause: FailureCause, remedy: FailureRemedy
    ) {
        self.assetClass = assetClass
        self.mode = mode
        self.cause = cause
        self.remedy = remedy
    }
}

/// How equipment fails, after ISO 14224.
public enum FailureMode: String, Hashable, Sendable, CaseIterable, Codable {
    /// Fails to start.
    case fts
    /// Fails to stop.
    case stp
    /// Stops when it should not.
    case ust
    /// Works when it should not.
    case spo
    /// Broken down.
    case brd
    /// Vibrates.
    case vib
    /// Is noisy.
    case noi
    /// Overheats.
    case ohe
    /// Leaks what it conveys.
    case elp
    /// Leaks what it needs: oil, coolant.
    case elu
    /// Gives too little.
    case loo
    /// Gives too much.
    case hio
    /// Gives now much, now little.
    case ero
    /// Is plugged.
    case plu
    /// Shows values that cannot be.
    case air
    /// Fails electrically.
    case elf
    /// Another way.
    case oth
    /// Nobody knows.
    case unk

    /// The modes a class of equipment can have; any, where the class is not known.
    public static func modes(of assetClass: AssetClass?) -> [FailureMode] {
        let specific: [FailureMode] =
            switch assetClass {
            case .pump, .firePump:
                [.fts, .stp, .ust, .spo, .brd, .vib, .noi, .ohe, .elp, .elu, .loo, .plu, .elf]
            case .fan: [.fts, .stp, .ust, .spo, .brd, .vib, .noi, .ohe, .loo, .plu, .elf]
            case .generator: [.fts, .stp, .ust, .spo, .brd, .vib, .noi, .ohe, .elu, .loo, .ero, .air, .elf]
            case .lift: [.fts, .stp, .ust, .spo, .brd, .vib, .noi, .ohe, .elu, .ero, .air, .elf]
            case .hvac, .boiler:
                [.fts, .ust, .brd, .noi, .ohe, .elp, .elu, .loo, .hio, .ero, .plu, .air, .elf]
            case .tank, .sump: [.elp, .loo, .hio, .plu, .brd, .air]
            case .transformer, .breaker, .ups, .meter:
                [.ust, .spo, .fts, .stp, .brd, .noi, .ohe, .elu, .loo, .air, .elf]
            case .firePanel: [.fts, .spo, .ust, .brd, .air, .elf, .ero]
            case .lighting: [.fts, .stp, .spo, .brd, .loo, .ero, .elf]
            case .sensor, .camera, .recorder, .doorController, .gateway:
                [.fts, .stp, .ust, .spo, .brd, .ero, .air, .elf]
            case nil: allCases.filter { $0 != .oth && $0 != .unk }
            }
        return specific + [.oth, .unk]
    }
}

/// Why equipment fails.
public enum FailureCause: String, Hashable, Sendable, CaseIterable, Codable {
    /// Worn by use.
    case wear
    /// Rusted or eaten away.
    case corrosion
    /// Dirty or blocked.
    case dirt
    /// Loose or out of line.
    case loose
    /// Too little oil or grease.
    case lubrication
    /// Too hot, too wet, flooded.
    case environment
    /// The power came badly or not at all.
    case supply
    /// A fault of control or program.
    case control
    /// A sensor or a line to it.
    case instrument
    /// Used wrongly.
    case misuse
    /// Built or put in wrongly.
    case installation
    /// Maintained wrongly or too late.
    case maintenance
    /// Damaged on purpose.
    case vandalism
    /// Another cause.
    case other
    /// Nobody knows.
    case unknown
}

/// What is done about a failure.
public enum FailureRemedy: String, Hashable, Sendable, CaseIterable, Codable {
    /// A part was replaced.
    case replaced
    /// It was repaired.
    case repaired
    /// It was set anew.
    case adjusted
    /// It was cleaned.
    case cleaned
    /// It was oiled or filled up.
    case refilled
    /// It was tightened.
    case tightened
    /// It was switched off and on.
    case restarted
    /// Its settings or program were changed.
    case reconfigured
    /// It was only looked at.
    case inspected
    /// It works for now.
    case temporary
    /// It was taken out of use.
    case removed
    /// Nothing was found.
    case nothing
    /// Something else.
    case other
}

/// What a worker says when the work is finished.
public struct OrderCompletion: Hashable, Sendable, Codable {
    /// Somebody's time.
    public struct Labour: Hashable, Sendable, Codable {
        /// Who.
        public let person: String
        /// For how long.
        public let minutes: Int

        /// Describes somebody's time.
        public init(_ person: String, minutes: Int) {
            self.person = person
            self.minutes = minutes
        }
    }

    /// A part that was used.
    public struct Part: Hashable, Sendable, Codable {
        /// What it is.
        public let name: String
        /// How many.
        public let count: Int
        /// What all of them cost, in hundredths of the currency.
        public let cents: Int64

        /// Describes a part.
        public init(_ name: String, count: Int = 1, cents: Int64 = 0) {
            self.name = name
            self.count = count
            self.cents = cents
        }
    }

    /// What was wrong, why, and what was done; required for corrective work.
    public var codes: FailureCodes?
    /// Whose time it took.
    public var labour: [Labour]
    /// What was used.
    public var parts: [Part]
    /// What it cost besides, in hundredths of the currency: the contractor's bill.
    public var cents: Int64
    /// When the work was really done, wall-clock milliseconds; nil for now.
    public var performedWallMilliseconds: Int64?
    /// Why it is done although the alarm's condition holds.
    public var overrideReason: String?
    /// The date of a plan that the work counts as.
    public var credit: PlanCredit?

    /// Describes finished work.
    public init(
        codes: FailureCodes? = nil, labour: [Labour] = [], parts: [Part] = [], cents: Int64 = 0,
        performedWallMilliseconds: Int64? = nil, overrideReason: String? = nil,
        credit: PlanCredit? = nil
    ) {
        self.codes = codes
        self.labour = labour
        self.parts = parts
        self.cents = cents
        self.performedWallMilliseconds = performedWallMilliseconds
        self.overrideReason = overrideReason
        self.credit = credit
    }

    /// What the parts and the bill cost together, in hundredths of the currency.
    public var totalCents: Int64 { cents + parts.reduce(0) { $0 + $1.cents } }

    /// How long a work may lie back before its late entry is marked, milliseconds.
    public static let promptMilliseconds: Int64 = 3_600_000

    /// How long before its order work may have been done that no alarm asked for, milliseconds: a year.
    public static let longestPaperMilliseconds: Int64 = 366 * 86_400_000
}

/// Why an order waits, and until when.
public struct OrderHold: Hashable, Sendable, Codable {
    /// Why.
    public let reason: HoldReason
    /// When it goes on, wall-clock milliseconds.
    public let resumeByWallMilliseconds: Int64
    /// Who allowed it; required for urgent work.
    public let approvedBy: String?

    /// Describes a wait.
    public init(_ reason: HoldReason, resumeBy wallMilliseconds: Int64, approvedBy: String? = nil) {
        self.reason = reason
        self.resumeByWallMilliseconds = wallMilliseconds
        self.approvedBy = approvedBy
    }
}

/// What somebody reports, before it has been looked at.
public struct OrderReport: Hashable, Sendable, Codable {
    /// Who reports.
    public let reporter: String
    /// What kind of trouble it is, in the site's words: `lighting`.
    public var category: String?
    /// Where, in the reporter's words.
    public let place: String?
    /// Where a photo lies.
    public let photo: String?

    /// Describes a report.
    public init(reporter: String, category: String? = nil, place: String? = nil, photo: String? = nil) {
        self.reporter = reporter
        self.category = category
        self.place = place
        self.photo = photo
    }
}

public import Facility

/// One way out to people, as `notify.yaml` describes it.
public struct ChannelDefinition: Hashable, Sendable {
    /// The name in files: `duty-hook`.
    public let id: ChannelID
    /// The kind of channel: `webhook`.
    public let kind: String
    /// The kind's settings, already checked against its `ChannelKind`: durations as milliseconds.
    public let settings: [String: String]
    /// The way a message takes that this one refuses for good or cannot deliver in time.
    public let fallback: Fallback?
    /// Where it is described.
    public let position: SourcePosition

    /// Describes a way out.
    public init(
        id: ChannelID, kind: String, settings: [String: String], fallback: Fallback? = nil,
        position: SourcePosition
    ) {
        self.id = id
        self.kind = kind
        self.settings = settings
        self.fallback = fallback
        self.position = position
    }
}

/// What a kind of channel may be told: the loader checks the files against it.
public struct ChannelKind: Hashable, Sendable {
    /// What the value of a setting must look like.
    public enum Form: String, Hashable, Sendable {
        /// Any characters.
        case text
        /// An http or https address.
        case url
        /// The path of a file that holds a secret.
        case secretFile
        /// A span with its unit: `5s`.
        case duration
        /// The name of an MQTT bus of `buses.yaml`.
        case mqttBus
        /// The absolute path of a file.
        case file
        /// A mail server: `smtp://mail.example.com:587`.
        case mailServer
        /// A mail address.
        case mail
        /// One of the setting's own words.
        case choice
    }

    /// One setting.
    public struct Setting: Hashable, Sendable {
        /// The key in the file.
        public let name: String
        /// What its value must look like.
        public let form: Form
        /// Whether the file must give it.
        public let isRequired: Bool
        /// What may stand there, if it is a choice.
        public let choices: [String]

        /// Describes a setting.
        public init(_ name: String, _ form: Form, isRequired: Bool = false, choices: [String] = []) {
            self.name = name
            self.form = form
            self.isRequired = isRequired
            self.choices = choices
        }
    }

    /// By what of `people.yaml` a kind finds a person.
    public enum Address: String, Hashable, Sendable {
        /// The telephone number.
        case phone
        /// The mail address.
        case mail
    }

    /// The name in files: `webhook`.
    public let name: String
    /// What it may be told.
    public let settings: [Setting]
    /// Whether its messages must be addressed to a person, who alone reads them; others go to whoever looks.
    public let addressesPeople: Bool
    /// By what it finds a person, or mentions them in the group it writes to; nil where their name is enough.
    public let address: Address?
    /// The most bytes that the first line of its messages may have; nil for no limit.
    public let titleBytes: Int?
    /// The most bytes that the text of its messages may have; nil for no limit.
    public let bodyBytes: Int?

    /// Describes a kind.
    public init(
        name: String, settings: [Setting], addressesPeople: Bool, address: Address? = nil,
        titleBytes: Int? = nil, bodyBytes: Int? = nil
    ) {
        self.name = name
        self.settings = settings
        self.addressesPeople = addressesPeople
        self.address = address
        self.titleBytes = titleBytes
        self.bodyBytes = bodyBytes
    }
}

import Facility
import Hummingbird

/// What is known about a request while it is answered.
struct APIContext: RequestContext {
    /// The largest body that is read.
    static let bodyLimitBytes = 256 * 1024

    var coreContext: CoreRequestContextStorage
    /// What the caller reads; set by `ErrorResponse`, which every request passes first.
    var language = Language.en

    var maxUploadSize: Int { Self.bodyLimitBytes }

    init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
    }
}

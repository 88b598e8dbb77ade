import Alarms
import Facility
import Notices

/// Turns values of the core into entries of documents: times in the site's zone, values in words.
struct Presenter: Sendable {
    let site: Site
    let now: Int64
    let catalog: MessageCatalog
    let language: Language

    /// An instant with milliseconds and the site's offset.
    func time(_ wallMilliseconds: Int64) -> String {
        site.zone.iso(wallMilliseconds, milliseconds: true)
    }

    /// An instant with milliseconds and the site's offset, if there is one.
    func time(_ wallMilliseconds: Int64?) -> String? {
        wallMilliseconds.map { time($0) }
    }

    /// The note of an entry: what a person wrote as it is, why the daemon did something in words.
    func note(_ note: String?) -> String? {
        note.map { catalog.text(AlarmNote.message($0), in: language) }
    }

    /// A value as people read it, unit and state name included.
    func text(_ value: Value, of point: Point) -> Bilingual? {
        ValueText.text(value, of: point, catalog: catalog)
    }
}

internal import Foundation

/// The files a new site starts from.
public enum SiteTemplate {
    /// Why a site could not be written.
    public enum Failure: Error, Hashable, Sendable {
        /// The share has no templates.
        case noTemplates(String)
        /// The folder has a file of that name already; nothing was written.
        case exists(String)
        /// A file or folder could not be written.
        case unwritable(String)
    }

    /// Writes a small site with comments that passes the check; refuses to replace anything.
    ///
    /// Returns the files written, relative to the folder.
    @discardableResult
    public static func write(to folder: String, from share: ShareFolder) throws(Failure) -> [String] {
        let files = ConfigurationFolder.files(under: share.templates, named: "")
        guard !files.isEmpty else { throw .noTemplates(share.templates) }
        for file in files where FileManager.default.fileExists(atPath: "\(folder)/\(file.name)") {
            throw .exists("\(folder)/\(file.name)")
        }
        for file in files {
            let target = URL(fileURLWithPath: "\(folder)/\(file.name)")
            do {
                try FileManager.default.createDirectory(
                    at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(contentsOf: URL(fileURLWithPath: file.path)).write(
                    to: target, options: .withoutOverwriting)
            } catch {
                throw .unwritable(target.path)
            }
        }
        return files.map(\.name)
    }
}

internal import Facility
internal import Foundation

/// Writes a device profile as a table that people edit in a spreadsheet and `MapImport` reads again.
public enum MapExport {
    /// The table of a profile's file, with headings for people of a language; nil if it is no profile.
    public static func csv(path: String, isChinese: Bool = false) -> String? {
        let problems = ProblemList()
        guard let source = SourceText(path: path, file: path, problems: problems),
            let root = YAMLReader.read(source, problems: problems), let entries = root.entries,
            let points = root["points"]?.entries
        else { return nil }
        var lines = entries.filter { $0.key != "points" }.map { entry in
            "#\(entry.key),\(quoted(cell(entry.value, key: entry.key)))"
        }
        let rows = points.map { point in columns(of: point) }
        var order: [String] = [MapHeading.point]
        for known in ["register", "json", "metric", "type"] where rows.contains(where: { $0[known] != nil }) {
            order.append(known)
        }
        for row in points {
            for entry in row.value.entries ?? [] {
                for column in names(of: entry) where !order.contains(column) { order.append(column) }
            }
        }
        lines.append(order.map { quoted(MapHeading.title($0, isChinese: isChinese)) }.joined(separator: ","))
        for row in rows { lines.append(order.map { quoted(row[$0] ?? "") }.joined(separator: ",")) }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func columns(of point: YAMLNode.Entry) -> [String: String] {
        var cells = [MapHeading.point: point.key]
        for entry in point.value.entries ?? [] {
            if isLabel(entry) {
                for part in entry.value.entries ?? [] {
                    cells["name_\(part.key)"] = cell(part.value, key: "name_\(part.key)")
                }
            } else {
                cells[entry.key] = cell(entry.value, key: entry.key)
            }
        }
        return cells
    }

    private static func names(of entry: YAMLNode.Entry) -> [String] {
        isLabel(entry) ? [MapHeading.nameZh, MapHeading.nameEn] : [entry.key]
    }

    private static func isLabel(_ entry: YAMLNode.Entry) -> Bool {
        entry.key == "name" && Set(entry.value.entries?.map(\.key) ?? []) == ["zh", "en"]
    }

    /// A value as its cell holds it: characters as they are where that says the same.
    private static func cell(_ node: YAMLNode, key: String) -> String {
        guard case .scalar(let text, let isPlain) = node.content else { return FlowText.text(node) }
        let needsQuotes =
            text.isEmpty || "{[\"'#".contains(text.first ?? " ") || text.trimmedBlanks != text
            || (!isPlain && PlainMeaning(text) != .text && !MapImport.textKeys.contains(key))
        return needsQuotes ? FlowText.quoted(text) : text
    }

    private static func quoted(_ text: String) -> String {
        let needsQuotes = text.contains { ",;\t\"\n\r".contains($0) } || text.trimmedBlanks != text
        return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
}

extension ConfigurationLoader {
    /// The file of a profile, the site's own before a shipped one of that name; nil if there is none.
    public func path(ofProfile name: String) -> String? {
        profileFiles().first { $0.stem == name }?.path
    }
}

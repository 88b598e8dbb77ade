/// What the manifest brings in must be told elsewhere too.
enum Manifest {
    /// The names of the packages a manifest depends on.
    static func packages(in manifest: SwiftFile) -> [String] {
        urls(in: manifest).compactMap { url in
            url.split(separator: "/").last.map { $0.hasSuffix(".git") ? String($0.dropLast(4)) : String($0) }
        }
    }

    /// The Debian packages of its C libraries.
    static func debianPackages(in manifest: SwiftFile) -> [String] {
        values(labelled: "apt", in: manifest)
    }

    private static func urls(in manifest: SwiftFile) -> [String] {
        values(labelled: "url", in: manifest)
    }

    /// The literals behind `label:`.
    private static func values(labelled label: String, in file: SwiftFile) -> [String] {
        file.tokens.indices.dropFirst(2).compactMap { index in
            guard file.tokens[index].kind == .string, file.tokens[index - 1].text == ":",
                file.tokens[index - 2].isWord(label)
            else { return nil }
            return file.tokens[index].text
        }
    }

    /// The packages of `script/packages.txt`, by group.
    static func listed(in list: SourceFile) -> [(group: Substring, package: Substring)] {
        list.text.split(separator: "\n").compactMap { line in
            let words = line.prefix { $0 != "#" }.split(separator: " ")
            return words.count == 2 ? (words[0], words[1]) : nil
        }
    }
}

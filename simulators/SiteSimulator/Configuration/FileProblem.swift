/// Something wrong in a site or scenario file, where it stands.
struct FileProblem: Error, Equatable, CustomStringConvertible {
    let file: String
    let line: Int
    let column: Int
    let message: String

    var description: String { "\(file):\(line):\(column): \(message)" }
}

/// A field of characters with two dots across and four dots down in each, as Braille has them.
struct Canvas {
    /// Characters across and down.
    let columns: Int
    let rows: Int

    private var masks: [UInt8]
    /// The curve that marked each character last.
    private var owners: [Int]

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        masks = [UInt8](repeating: 0, count: columns * rows)
        owners = [Int](repeating: 0, count: columns * rows)
    }

    /// Dots across and down.
    var width: Int { columns * 2 }
    var height: Int { rows * 4 }

    /// Marks a dot, counted from the upper left; outside there is nothing to mark.
    mutating func mark(_ x: Int, _ y: Int, of curve: Int) {
        guard x >= 0, x < width, y >= 0, y < height else { return }
        let place = y / 4 * columns + x / 2
        masks[place] |= Self.dots[y % 4][x % 2]
        owners[place] = curve
    }

    /// Marks the dots of a straight line.
    mutating func line(_ from: (x: Int, y: Int), _ to: (x: Int, y: Int), of curve: Int) {
        let steps = max(abs(to.x - from.x), abs(to.y - from.y))
        guard steps > 0 else { return mark(from.x, from.y, of: curve) }
        for step in 0...steps {
            // Rounded to the nearest dot, the same in both directions.
            let x = from.x + ((to.x - from.x) * step * 2 + (to.x < from.x ? -steps : steps)) / (2 * steps)
            let y = from.y + ((to.y - from.y) * step * 2 + (to.y < from.y ? -steps : steps)) / (2 * steps)
            mark(x, y, of: curve)
        }
    }

    /// One row of characters: Braille, or where curves are told apart by them, the sign of each curve.
    ///
    /// - Parameter paint: gives a piece of a row the colour of a curve.
    func text(row: Int, signs: [Character]?, paint: (String, _ curve: Int) -> String) -> String {
        var text = ""
        var piece = ""
        var owner = 0
        for column in 0..<columns {
            let place = row * columns + column
            guard masks[place] != 0 else {
                piece.append(" ")
                continue
            }
            if owners[place] != owner, !piece.isEmpty {
                text += paint(piece, owner)
                piece = ""
            }
            owner = owners[place]
            piece.append(signs.map { $0[owner % $0.count] } ?? Self.braille(masks[place]))
        }
        return text + paint(piece, owner)
    }

    private static let dots: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

    private static func braille(_ mask: UInt8) -> Character {
        Character(Unicode.Scalar(0x2800 + UInt32(mask)) ?? " ")
    }
}

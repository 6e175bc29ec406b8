import SIOBytes
import SIOJSON

/// JSON as it is written for other programs: made here, so that its members keep their order.
///
/// Programs are often tried out in a terminal, so what would command one is escaped.
indirect enum JSONText: Sendable {
    case text(String)
    case number(Int)
    case bool(Bool)
    case array([JSONText])
    case object([(String, JSONText)])
    /// What is JSON already, and visible.
    case raw(String)

    /// The JSON, in one line.
    var line: String {
        switch self {
        case .text(let text): Self.quoted(text)
        case .number(let number): "\(number)"
        case .bool(let value): "\(value)"
        case .raw(let json): json
        case .array(let elements): "[\(elements.map(\.line).joined(separator: ","))]"
        case .object(let members):
            "{\(members.map { "\(Self.quoted($0)):\($1.line)" }.joined(separator: ","))}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var buffer = ByteBuffer()
        buffer.appendJSON(string: text)
        return buffer.bytes.string.visibleJSON
    }
}

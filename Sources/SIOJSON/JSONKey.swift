/// A coding key that comes from the JSON itself: a member's name or an element's index.
enum JSONKey: CodingKey {
    case name(String)
    case index(Int)

    /// What `superEncoder()` and `superDecoder()` use, as `Codable` lays down.
    static let superclass = JSONKey.name("super")

    init(stringValue: String) { self = .name(stringValue) }
    init(intValue: Int) { self = .index(intValue) }

    var stringValue: String {
        switch self {
        case .name(let name): name
        case .index(let index): "Index \(index)"
        }
    }

    var intValue: Int? {
        switch self {
        case .name(let name): Int(name)
        case .index(let index): index
        }
    }
}

/// The members of a JSON object, in the order they were written.
///
/// Names are unique: setting one that is there replaces its value and keeps its place. Two objects are equal if they
/// have the same members, in whatever order.
public struct JSONObject: Sendable, Equatable, ExpressibleByDictionaryLiteral, RandomAccessCollection {
    /// The members' names, in order.
    public private(set) var keys: [String] = []
    private var values: [String: JSONValue] = [:]

    /// An object without members.
    public init() {}

    /// An object with these members; of several with one name, the last.
    public init(dictionaryLiteral members: (String, JSONValue)...) {
        for (name, value) in members { self[name] = value }
    }

    /// The value of the member with this name.
    ///
    /// Setting nil removes the member.
    public subscript(name: String) -> JSONValue? {
        get { values[name] }
        set {
            if let newValue {
                if values.updateValue(newValue, forKey: name) == nil { keys.append(name) }
            } else if values.removeValue(forKey: name) != nil {
                keys.removeAll { $0 == name }
            }
        }
    }

    /// The position of the first member.
    public var startIndex: Int { 0 }

    /// The position behind the last member.
    public var endIndex: Int { keys.count }

    /// The member at this position.
    public subscript(position: Int) -> (name: String, value: JSONValue) {
        let name = keys[position]
        return (name, values[name] ?? .null)
    }

    /// Whether both have the same members.
    public static func == (left: JSONObject, right: JSONObject) -> Bool { left.values == right.values }
}

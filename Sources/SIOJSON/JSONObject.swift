/// The members of a JSON object, in the order they were written.
///
/// Names are unique: setting one that is there replaces its value and keeps its place. Two objects are equal if they
/// have the same members, in whatever order.
public struct JSONObject: Sendable, Equatable, ExpressibleByDictionaryLiteral, RandomAccessCollection {
    private struct Member: Sendable {
        let name: String
        var value: JSONValue
    }

    /// Objects of so many members and fewer are looked through: to hash a name takes as long as to compare some.
    private static let threshold = 12

    private var members: [Member] = []
    /// The places of all members, once there were more.
    private var places: [String: Int] = [:]

    /// An object without members.
    public init() {}

    /// An object with these members; of several with one name, the last.
    public init(dictionaryLiteral members: (String, JSONValue)...) {
        for (name, value) in members { self[name] = value }
    }

    /// The members' names, in order.
    public var keys: [String] { members.map(\.name) }

    /// The value of the member with this name.
    ///
    /// Setting nil removes the member.
    public subscript(name: String) -> JSONValue? {
        get { place(of: name).map { members[$0].value } }
        set {
            if let newValue {
                set(name, newValue)
            } else if let place = place(of: name) {
                members.remove(at: place)
                if !places.isEmpty { remember() }
            }
        }
    }

    /// Makes room for so many members.
    mutating func reserveCapacity(_ count: Int) { members.reserveCapacity(count) }

    /// Sets the value of the member with this name.
    mutating func set(_ name: String, _ value: JSONValue) {
        if let place = place(of: name) {
            members[place].value = value
            return
        }
        members.append(Member(name: name, value: value))
        if !places.isEmpty {
            places[name] = members.count - 1
        } else if members.count > Self.threshold {
            remember()
        }
    }

    private func place(of name: String) -> Int? {
        places.isEmpty ? members.firstIndex { $0.name == name } : places[name]
    }

    private mutating func remember() {
        places.removeAll(keepingCapacity: true)
        for (place, member) in members.enumerated() { places[member.name] = place }
    }

    /// The position of the first member.
    public var startIndex: Int { 0 }

    /// The position behind the last member.
    public var endIndex: Int { members.count }

    /// The member at this position.
    public subscript(position: Int) -> (name: String, value: JSONValue) {
        let member = members[position]
        return (member.name, member.value)
    }

    /// Whether both have the same members.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.members.allSatisfy { right[$0.name] == $0.value }
    }
}

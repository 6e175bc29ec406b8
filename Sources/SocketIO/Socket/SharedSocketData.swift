public import SIOJSON
import Synchronization

/// What the application keeps with a socket and other servers of a cluster may see.
///
/// What is kept in ``Socket/data`` stays on its server, unless its type says by this protocol that it may travel: then
/// whoever fetches the socket finds it in ``RemoteSocket/data``, as it was at that moment.
///
/// ```swift
/// struct User: SharedSocketData { var name: String }
///
/// socket.data[User.self] = User(name: "Ada")
/// let names = try await io.fetchSockets().compactMap { $0.data[User.self]?.name }
/// ```
public protocol SharedSocketData: Codable, Sendable {
    /// The name of the member of `data` that other servers know it by; the type's own name if nothing else is said.
    static var sharedName: String { get }
}

extension SharedSocketData {
    /// The type's name, without its module's.
    public static var sharedName: String { String(describing: Self.self) }
}

/// What a socket's server has told of the application's values that are kept with it.
public struct RemoteSocketData: Sendable {
    /// All of it: an object whose members are named by ``SharedSocketData/sharedName``, or by a server in JavaScript.
    public let json: RawJSON

    /// The value of a type; nil if there is none, or if it does not fit the type.
    public subscript<Value: SharedSocketData>(type: Value.Type) -> Value? {
        guard let members = try? json.decode([String: RawJSON].self) else { return nil }
        return try? members[Value.sharedName]?.decode(Value.self)
    }
}

extension Socket {
    /// The values that other servers may see, as an object; those that cannot be encoded are reported and left out.
    var sharedData: RawJSON {
        let values = state.withLock { Array($0.data.values) }
        var members: [String: RawJSON] = [:]
        for value in values {
            guard let value = value as? any SharedSocketData else { continue }
            do {
                members[type(of: value).sharedName] = try RawJSON(encoding: value)
            } catch {
                report(error, event: "fetchSockets")
            }
        }
        return members.isEmpty ? .emptyObject : (try? RawJSON(encoding: members)) ?? .emptyObject
    }
}

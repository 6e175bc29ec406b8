import Synchronization

/// What the application keeps with a socket: one value of each type.
///
/// `socket.data[User.self] = user`. It may be used from anywhere.
public final class SocketData: Sendable {
    private let values = Mutex<[ObjectIdentifier: any Sendable]>([:])

    init() {}

    /// The value of a type.
    public subscript<Value: Sendable>(type: Value.Type) -> Value? {
        get { values.withLock { $0[ObjectIdentifier(type)] as? Value } }
        set { values.withLock { $0[ObjectIdentifier(type)] = newValue } }
    }
}

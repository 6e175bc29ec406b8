import SIONet
import Synchronization

/// What the application keeps with a socket: one value of each type.
///
/// `socket.data[User.self] = user`. It may be used from anywhere.
public struct SocketData: Sendable {
    // The values are in the socket's state: most sockets have none, and none pays for an object to keep them.
    private let socket: Socket

    init(of socket: Socket) {
        self.socket = socket
    }

    /// The value of a type.
    public subscript<Value: Sendable>(type: Value.Type) -> Value? {
        get { socket.state.withLock { $0.data[ObjectIdentifier(type)] } as? Value }
        nonmutating set {
            // What was there before may be the last of something, whose end wants the socket: it goes behind the lock.
            socket.state.letGo { state in
                let old = state.data[ObjectIdentifier(type)]
                state.data[ObjectIdentifier(type)] = newValue
                return old
            }
        }
    }
}

import EngineIO
import EngineIOProtocol
import SIOEvents
import SIOHTTP
import SIOJSON
import SocketIOProtocol

/// What is different for clients of Socket.IO 2, which speak Engine.IO's third version.
///
/// They are connected to `/` without asking for it; they know their sockets' ids by the session's; they say what they
/// have to say to a namespace in a query behind its name; they take a refusal as a bare value; and they do not come back.
extension Client {
    /// Whether the client is one of these.
    var speaksVersion3: Bool { session?.use { $0.speaksVersion3 } ?? false }

    /// The session has its delegate, and may be used.
    func begin(_ session: EngineSession) {
        guard session.speaksVersion3, session.isOpen else { return }
        connect(to: "/", auth: nil)
    }

    /// Connects the client to a namespace, whose query is what the application gets as `auth`.
    ///
    /// The packet's payload does not count.
    func connectVersion3(_ namespace: String) {
        connect(to: nameVersion3(of: namespace), auth: Self.query(of: namespace))
    }

    /// The socket that a packet is for whose namespace comes with a query.
    func socketBehindQuery(in namespace: String?) -> Socket? {
        guard let namespace, speaksVersion3 else { return nil }
        let name = nameVersion3(of: namespace)
        return socket(in: name == "/" ? nil : name)
    }

    /// The id of the client's socket in a namespace: the session's, behind the name of a namespace that is not `/`.
    func version3ID(in namespace: String) -> String {
        let id = session?.object.id ?? ""
        return namespace == "/" ? id : "\(namespace)#\(id)"
    }

    func sendVersion3(connected socket: Socket) {
        write { PacketEncoder.appendConnected(namespace: socket.namespace.name, into: &$0) }
    }

    /// Refuses the client a namespace: with the error's data, or its message if it has none.
    func refuseVersion3(_ namespace: String, _ error: ConnectError) {
        write { buffer in
            let whole: Void? = try? error.data.map {
                try PacketEncoder.appendConnectError(bare: $0, namespace: namespace, into: &buffer)
            }
            if whole == nil {
                try? PacketEncoder.appendConnectError(bare: error.message, namespace: namespace, into: &buffer)
            }
        }
    }

    // MARK: Queries

    /// The name of a namespace, without its query.
    func nameVersion3(of namespace: String) -> String {
        String(decoding: namespace.utf8.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
    }

    /// A namespace's query as an object of strings; of several items with one name, the first.
    private static func query(of namespace: String) -> RawJSON? {
        let items = HTTPRequest(target: namespace).queryItems
        if items.isEmpty { return nil }
        return try? RawJSON(encoding: Dictionary(items, uniquingKeysWith: { first, _ in first }))
    }
}

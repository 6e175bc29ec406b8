public import EngineIO
public import SocketIOProtocol

extension Server {
    /// How a server behaves; the defaults are the reference's.
    ///
    /// The options of Engine.IO are options of the server too: `configuration.pingInterval`, `configuration.cors`.
    @dynamicMemberLookup
    public struct Configuration: Sendable {
        /// The options of the connections below.
        public var engine: EngineServer.Configuration
        /// How long a client may take to connect to a namespace before its connection ends.
        public var connectTimeout: Duration = .milliseconds(45_000)
        /// How long an acknowledgement is awaited where nothing else is said.
        public var ackTimeout: Duration = .seconds(30)
        /// The binary values that one packet may have.
        public var maxAttachments = 10
        /// How clients that lose their connection get back what they were and what they missed; nil if they do not.
        public var connectionStateRecovery: ConnectionStateRecovery?
        /// Whether a namespace that a ``ParentNamespace`` has made goes with its last socket.
        public var cleanupEmptyChildNamespaces = false
        /// The namespaces that all ``ParentNamespace``s may make; beyond, clients are refused with `Too many namespaces`.
        public var maxChildNamespaces = 10_000
        /// The namespaces that one client may be connected to; beyond, it is refused with `Too many namespaces`.
        public var maxNamespacesPerClient = 100
        /// Whether the browser client is served at `socket.io.js` below the path.
        public var serveClient = true
        /// How packets become messages; clients have to use the same.
        ///
        /// The browser client that the server hands out knows the default alone.
        public var parser = PacketParsing.default
        /// What carries broadcasts to the other servers of a cluster.
        public var adapter: AdapterFactory

        /// The reference's defaults.
        ///
        /// - Parameters:
        ///   - path: The path that requests come below.
        ///   - cors: Which pages of other origins may use the server.
        ///   - adapter: What carries broadcasts to the other servers of a cluster.
        public init(path: String = "/socket.io", cors: CORS? = nil, adapter: AdapterFactory = .inMemory) {
            engine = EngineServer.Configuration()
            engine.path = path
            engine.cors = cors
            self.adapter = adapter
        }

        /// An option of Engine.IO.
        public subscript<Value>(dynamicMember option: WritableKeyPath<EngineServer.Configuration, Value>) -> Value {
            get { engine[keyPath: option] }
            set { engine[keyPath: option] = newValue }
        }
    }
}

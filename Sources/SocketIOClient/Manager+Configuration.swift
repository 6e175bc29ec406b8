public import EngineIOClient
public import SIONet
public import SocketIOProtocol

extension Manager {
    /// How a manager connects; the defaults are the reference's.
    ///
    /// The options of Engine.IO are options of the manager, too: `configuration.transports`, `configuration.extraHeaders`.
    @dynamicMemberLookup
    public struct Configuration: Sendable {
        /// The options of the connection below.
        public var engine = EngineClientOptions()
        /// Whether a connection that was lost, or could not be opened, is tried again.
        public var reconnection = true
        /// The attempts before reconnection is given up; nil: without end.
        public var reconnectionAttempts: Int?
        /// The delay before the first attempt, before jitter.
        public var reconnectionDelay: Duration = .seconds(1)
        /// The longest delay between two attempts.
        public var reconnectionDelayMax: Duration = .seconds(5)
        /// How much of a delay is left to chance, 0…1.
        public var randomizationFactor = 0.5
        /// The time that an attempt may take until the connection is open; nil: as long as it wants.
        public var timeout: Duration? = .seconds(20)
        /// How packets become messages; the server has to use the same.
        public var parser = PacketParsing.default
        /// The binary values that one packet of the server may have.
        public var maxAttachments = 10
        /// The threads that connections, and so handlers, run on.
        public var loops = EventLoopGroup.shared

        /// The reference's defaults.
        public init() {
            engine.path = "/socket.io"
            // The manager looks at the clock itself.
            engine.openTimeout = nil
        }

        /// An option of Engine.IO.
        public subscript<Value>(dynamicMember option: WritableKeyPath<EngineClientOptions, Value>) -> Value {
            get { engine[keyPath: option] }
            set { engine[keyPath: option] = newValue }
        }

        var options: ManagerOptions {
            var options = ManagerOptions()
            options.reconnection = reconnection
            options.reconnectionAttempts = reconnectionAttempts
            options.reconnectionDelay = reconnectionDelay
            options.reconnectionDelayMax = reconnectionDelayMax
            options.randomizationFactor = randomizationFactor
            options.timeout = timeout
            return options
        }

        var limits: PacketLimits {
            var limits = PacketLimits()
            limits.attachments = maxAttachments
            return limits
        }
    }
}

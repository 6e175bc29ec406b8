import EngineIOProtocol
import SocketIOTesting

@testable import SocketIOProtocol

/// What a seed decides before a schedule begins.
struct ChaosPlan {
    /// What is done to the client, the server and the network.
    enum Command {
        case emit(socket: Int)
        case ask(socket: Int)
        case emitVolatile(socket: Int)
        case retry(socket: Int)
        case cancel
        case connect(socket: Int)
        case disconnect(socket: Int)
        case openManager
        case closeManager
        case hurry
        case serverEmits(namespace: Int)
        case serverAsks(namespace: Int)
        case serverKicks(namespace: Int)
        case serverRestarts
        /// Both sides learn at once that the connection is gone.
        case cut
        /// From now on what travels on the connection is lost, in these directions.
        case silence([EnginePair.Direction])
    }

    /// How long there is chaos; behind it everything works again.
    static let chaos = Duration.seconds(4)

    var commands: [(time: Duration, command: Command)] = []
    var sockets = 1
    var recovers = false
    var latency: ClosedRange<Duration> = .microseconds(100)...(.milliseconds(1))
    var transports: [EngineTransport] = [.polling, .websocket]
    var manager = ManagerOptions()
    var limits = ClientSocketLimits()
    /// 0…1: how often a server refuses, `auth` fails, an engine does not come up, an answer does not come.
    var trouble = 0.0

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        sockets = Int.random(in: 1...2, using: &random)
        recovers = Bool.random(using: &random)
        latency = .microseconds(100)...(random.duration(in: .milliseconds(1)...(.milliseconds(60))))
        transports = [[.polling, .websocket], [.websocket], [.polling]][Int.random(in: 0..<3, using: &random)]
        trouble = Double.random(in: 0...0.3, using: &random)
        manager.reconnectionDelay = .milliseconds(50)
        manager.reconnectionDelayMax = .milliseconds(400)
        manager.timeout = .milliseconds(900)
        if Int.random(in: 0..<5, using: &random) == 0 {
            manager.reconnectionAttempts = Int.random(in: 0...4, using: &random)
        }
        if Int.random(in: 0..<4, using: &random) == 0 {
            limits.bufferedPackets = 3
            limits.queuedPackets = 2
            limits.acknowledgements = Int.random(in: 1...5, using: &random)
        } else if Int.random(in: 0..<4, using: &random) == 0 {
            limits.bufferedBytes = 40
            limits.queuedBytes = 30
        }
        // Reconnecting clients are given all that they missed, and then some.
        if Int.random(in: 0..<10, using: &random) == 0 { limits.heldEvents = Int.random(in: 1...4, using: &random) }
        let count = Int.random(in: 5...40, using: &random)
        for _ in 0..<count {
            commands.append((random.duration(in: .zero...Self.chaos), command(using: &random)))
        }
        commands.sort { $0.time < $1.time }
    }

    private func command(using random: inout SeededGenerator) -> Command {
        let socket = Int.random(in: 0..<sockets, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<14: return .emit(socket: socket)
        case 14..<30: return .ask(socket: socket)
        case 30..<34: return .emitVolatile(socket: socket)
        case 34..<50: return .retry(socket: socket)
        case 50..<55: return .cancel
        case 55..<61: return .connect(socket: socket)
        case 61..<65: return .disconnect(socket: socket)
        case 65..<67: return .openManager
        case 67..<68: return .closeManager
        case 68..<69: return .hurry
        case 69..<82: return .serverEmits(namespace: socket)
        case 82..<86: return .serverAsks(namespace: socket)
        case 86..<88: return .serverKicks(namespace: socket)
        case 88..<90: return .serverRestarts
        case 90..<97: return .cut
        case 97..<98: return .silence([.toServer])
        case 98..<99: return .silence([.toClient])
        default: return .silence([.toServer, .toClient])
        }
    }
}

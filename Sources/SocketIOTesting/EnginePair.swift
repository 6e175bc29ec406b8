package import EngineIOProtocol
import SIOBytes

/// A server session and a client session, joined by a network, in virtual time.
///
/// It is a driver like the real ones, but all of it in one place: what each side's machine asks for arrives at the other
/// after the network's latency. What happens follows from the seed alone.
package struct EnginePair {
    package typealias Instant = ContinuousClock.Instant
    package typealias Message = PacketQueue.Message

    /// What a test does to the pair.
    package enum Command: Equatable, Sendable {
        case serverSends(Message)
        case clientSends(Message)
        case serverCloses
        case serverDiscards
        case clientCloses
        /// The connection of the WebSocket is lost, with all that is under way on it.
        case cutWebSocket
        /// The connection of the GET is lost.
        case cutPoll
    }

    /// What one side saw.
    package struct Side: Equatable, Sendable {
        /// The messages its session took.
        package var sent: [Message] = []
        /// The messages that arrived for it.
        package var received: [Message] = []
        package var isOpen = false
        package var isUpgraded = false
        package var closed: EngineDisconnectReason?
        package var fault: EngineFault?
    }

    enum Event {
        case command(Command)
        case getArrives(Int, sid: String?)
        case getAnswered(Int, status: Int, body: [UInt8])
        case postArrives(Int, sid: String?, body: [UInt8])
        case postReceived(Int, body: [UInt8])
        case postAnswered(Int, status: Int)
        case webSocketArrives(Int, sid: String?)
        case webSocketOpened(Int)
        case webSocketFailed(Int)
        case toServer(Int, Message)
        case toClient(Int, Message)
        case serverSeesClose(Int)
        case clientSeesClose(Int)
    }

    package internal(set) var clock = VirtualClock()
    package internal(set) var server = Side()
    package internal(set) var client = Side()
    /// The server's session, once there is one.
    package internal(set) var serverSession: EngineServerSession?
    package internal(set) var clientSession: EngineClientSession

    let configuration: EngineConfiguration
    let network: BadNetwork
    var generator: SeededGenerator
    /// What is to happen, the next last.
    var events: [(time: Instant, event: Event)] = []
    /// When one of the two machines wants to be called, as it was when the pair was run.
    private var deadline: Instant?
    /// When something happens next, counted from the pair's start; nil if nothing will.
    ///
    /// It is known when the pair was run.
    package private(set) var nextTime: Duration?
    /// Whether both sides are done, so that nothing will ever happen again.
    package private(set) var isOver = false
    /// Numbers for requests and WebSockets.
    var serial = 0

    /// The numbers of what is underway, as each side knows it.
    var clientGet: Int?
    var clientPost: Int?
    var clientWebSocket: Int?
    var serverGet: Int?
    var serverPost: Int?
    var serverWebSocket: Int?
    /// When the last message arrives, so that the next one on the same WebSocket does not overtake it.
    var lastToServer: Instant
    var lastToClient: Instant

    /// A pair whose client begins to open its session when it is first run.
    package init(
        server: EngineConfiguration = EngineConfiguration(),
        client: EngineClientConfiguration = EngineClientConfiguration(),
        network: BadNetwork = BadNetwork(), seed: UInt64 = 0
    ) {
        configuration = server
        clientSession = EngineClientSession(configuration: client)
        self.network = network
        generator = SeededGenerator(seed: seed)
        lastToServer = clock.now
        lastToClient = clock.now
    }

    /// Does something to the pair, `time` after its start.
    package mutating func schedule(_ command: Command, at time: Duration) {
        at(clock.start + time, .command(command))
    }

    /// Lets everything happen that happens until `time` after the start.
    package mutating func run(until time: Duration) {
        let end = clock.start + time
        clientTurn()
        while true {
            let deadline = machineDeadline
            self.deadline = deadline
            if !events.isEmpty, events[events.count - 1].time <= min(deadline ?? end, end) {
                let next = events.removeLast()
                clock.advance(to: next.time)
                happen(next.event)
            } else if let deadline, deadline <= end {
                clock.advance(to: deadline)
                serverSession?.deadlineReached(now: clock.now)
                clientSession.deadlineReached(now: clock.now)
                serverTurn()
                clientTurn()
            } else {
                clock.advance(to: end)
                return lookAhead()
            }
        }
    }

    // MARK: Helpers

    /// Keeps what is asked of the pair between two steps: to ask it itself would cost a copy of it.
    mutating func lookAhead() {
        isOver = events.isEmpty && clientSession.isClosed && serverSession?.isClosed != false
        var next = deadline
        if !events.isEmpty {
            let time = events[events.count - 1].time
            next = min(time, next ?? time)
        }
        nextTime = next.map { $0 - clock.start }
    }

    private var machineDeadline: Instant? {
        guard let server = serverSession?.deadline else { return clientSession.deadline }
        guard let client = clientSession.deadline else { return server }
        return min(server, client)
    }

    mutating func at(_ time: Instant, _ event: Event) {
        var low = 0
        var high = events.count
        // Of two events at the same time, the one that was scheduled first happens first.
        while low < high {
            let middle = (low + high) / 2
            if events[middle].time <= time { high = middle } else { low = middle + 1 }
        }
        events.insert((time, event), at: low)
    }

    mutating func afterLatency(_ event: Event) {
        at(clock.now + generator.duration(in: network.latency), event)
    }

    private mutating func happen(_ event: Event) {
        switch event {
        case .command(let command): obey(command)
        case .getArrives, .postArrives, .postReceived, .webSocketArrives, .toServer, .serverSeesClose:
            reachServer(event)
        case .getAnswered, .postAnswered, .webSocketOpened, .webSocketFailed, .toClient, .clientSeesClose:
            reachClient(event)
        }
        serverTurn()
        clientTurn()
    }

    private mutating func obey(_ command: Command) {
        switch command {
        case .serverSends(let message): serverSends(message)
        case .clientSends(let message): clientSends(message)
        case .serverCloses: serverSession?.close(now: clock.now)
        case .serverDiscards: serverSession?.discard(now: clock.now)
        case .clientCloses: clientSession.close(now: clock.now)
        case .cutWebSocket:
            serverWebSocket = nil
            clientWebSocket = nil
            serverSession?.webSocketFailed(now: clock.now)
            clientSession.webSocketFailed(now: clock.now)
        case .cutPoll:
            events.removeAll { if case .getArrives = $0.event { true } else { false } }
            serverGet = nil
            clientGet = nil
            serverSession?.pollAborted(now: clock.now)
            clientSession.pollFailed(now: clock.now)
        }
    }
}

import EngineIOProtocol
import SocketIOTesting

@testable import SocketIOProtocol

/// A client of this package's machines, a server's model, and a bad network between them, in virtual time.
///
/// The network carries bytes as TCP does, so a packet is never doubled or overtaken within a connection; what was sent
/// twice comes from retries alone, and from a server that answers twice. What happens follows from the seed.
final class ChaosWorld {
    typealias Instant = ContinuousClock.Instant
    typealias Seat = ServerModel.Seat

    /// A connection, from the client's attempt to open it to the end of both sides.
    struct Line {
        var pair: EnginePair
        let start: Duration
        var lost: [EnginePair.Direction] = []
        var readByServer = 0
        var readByClient = 0
        var isOpenTold = false
        var isEndToldToClient = false
        var isEndToldToServer = false

        /// Whether something has happened that nobody was told yet.
        var hasNews: Bool {
            pair.client.closed != nil && !isEndToldToClient || pair.server.closed != nil && !isEndToldToServer
        }

        mutating func run(until now: Duration) {
            pair.run(until: now - start)
            for direction in lost { pair.lose(direction) }
        }

        /// When it is to be looked at.
        func nextTime(_ now: Duration) -> Duration? { hasNews ? now : pair.nextTime.map { $0 + start } }
    }

    /// What happens later.
    enum Errand {
        case prepared(socket: Int, attempt: Int, fails: Bool)
        case answerQuestion(socket: Int, connection: Int, id: Int)
        case serverAnswersConnect(Seat, WirePacket, refuses: Bool, greetings: [Int])
        case serverAcknowledges(Seat, session: Int, id: Int)
    }

    let seed: UInt64
    let plan: ChaosPlan
    var random: SeededGenerator
    let epoch = Instant.now
    var now = Duration.zero
    var lines: [Int: Line] = [:]
    var errands: [(due: Duration, errand: Errand)] = []
    var nextCommand = 0
    var isHealed = false

    var server: ServerModel
    var lastEvent = 0

    var manager: ManagerMachine<String>
    var clients: [ClientModel]
    /// The engine that the client uses.
    var engine: Int?
    /// What was emitted; a message's number is its place.
    var emissions: [Emission] = []
    /// What must never be seen.
    var faults: [String] = []
    /// What happened, for a single seed that is looked into.
    var history: [String]?

    init(seed: UInt64) {
        self.seed = seed
        let plan = ChaosPlan(seed: seed)
        self.plan = plan
        random = SeededGenerator(seed: ~seed)
        server = ServerModel(recovers: plan.recovers)
        manager = ManagerMachine(options: plan.manager)
        clients = (0..<plan.sockets).map { _ in ClientModel(limits: plan.limits) }
    }

    var instant: Instant { epoch + now }

    func note(_ event: @autoclosure () -> String) {
        if history != nil { history?.append("\(now / .milliseconds(1)) \(event())") }
    }

    func happens(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &random) < probability }

    /// Whether something goes wrong that goes wrong now and then.
    func isTroubled() -> Bool { !isHealed && happens(plan.trouble) }

    func later(_ errand: Errand, within delay: Duration) {
        errands.append((now + random.duration(in: .zero...delay), errand))
    }

    // MARK: Time

    /// Runs the whole schedule, and what follows when everything works again.
    func run() {
        for socket in clients.indices { clients[socket].machine.connect() }
        drain()
        run(until: ChaosPlan.chaos)
        isHealed = true
        manager.options.reconnectionAttempts = nil
        while !isQuiet, now < ChaosPlan.chaos + .seconds(30) {
            // What was refused or given up before is tried again.
            for socket in clients.indices { clients[socket].machine.connect() }
            manager.open(now: instant)
            drain()
            run(until: now + .milliseconds(250))
        }
    }

    private func run(until end: Duration) {
        var turns = 0
        while let next = nextTime, next <= end {
            turns = next > now ? 0 : turns + 1
            if turns > 1_000 {
                faults.append("time stands still")
                break
            }
            now = max(now, next)
            turn()
        }
        now = end
    }

    private var nextTime: Duration? {
        var times: [Duration] = lines.values.compactMap { $0.nextTime(now) }
        times += errands.map(\.due)
        if nextCommand < plan.commands.count { times.append(plan.commands[nextCommand].time) }
        if let deadline = manager.deadline { times.append(deadline - epoch) }
        times += clients.compactMap { $0.machine.deadline.map { $0 - epoch } }
        return times.min()
    }

    private func turn() {
        for number in lines.keys.sorted() { advance(number) }
        while let place = errands.indices.filter({ errands[$0].due <= now }).min(by: {
            errands[$0].due < errands[$1].due
        }) {
            carryOut(errands.remove(at: place).errand)
        }
        while nextCommand < plan.commands.count, plan.commands[nextCommand].time <= now {
            nextCommand += 1
            obey(plan.commands[nextCommand - 1].command)
        }
        checkDeadlines()
        settleServer()
        drain()
    }

    /// Deadlines that have passed are met, and then lie ahead.
    private func checkDeadlines() {
        if let deadline = manager.deadline, deadline <= instant {
            manager.deadlineReached(now: instant, using: &random)
            if let next = manager.deadline, next <= instant { faults.append("the manager's deadline is past") }
        }
        for socket in clients.indices {
            guard let deadline = clients[socket].machine.deadline, deadline <= instant else { continue }
            clients[socket].machine.deadlineReached(now: instant)
            if let next = clients[socket].machine.deadline, next <= instant { faults.append("a deadline is past") }
        }
    }

    // MARK: Lines

    /// Brings a line to the present, and hands on what has come over it.
    func advance(_ number: Int) {
        guard var line = lines[number] else { return }
        lines[number] = nil
        line.run(until: now)
        let toServer = Array(line.pair.server.received.dropFirst(line.readByServer))
        let toClient = Array(line.pair.client.received.dropFirst(line.readByClient))
        line.readByServer += toServer.count
        line.readByClient += toClient.count
        let opens = line.pair.client.isOpen && !line.isOpenTold
        line.isOpenTold = line.isOpenTold || opens
        let clientEnd = line.isEndToldToClient ? nil : line.pair.client.closed
        line.isEndToldToClient = line.pair.client.closed != nil
        let serverEnds = !line.isEndToldToServer && line.pair.server.closed != nil
        line.isEndToldToServer = line.pair.server.closed != nil
        lines[number] = line

        if opens {
            manager.engineOpened(number)
            drain()
        }
        for message in toServer { serverReceives(message, number) }
        if serverEnds { server.connectionEnded(number) }
        settleServer()
        for message in toClient { clientReceives(message, number) }
        if let reason = clientEnd {
            manager.engineClosed(
                number, DisconnectReason(rawValue: reason.rawValue), reason.rawValue, now: instant, using: &random)
            drain()
        }
        if lines[number]?.pair.isOver == true, clientEnd != nil || line.isEndToldToClient { lines[number] = nil }
    }

    /// Does something on a line, at once.
    func perform(_ command: EnginePair.Command, on number: Int) {
        guard let start = lines[number]?.start else { return }
        lines[number]?.pair.schedule(command, at: now - start)
        lines[number]?.run(until: now)
    }

    func openLine(_ number: Int) {
        var network = BadNetwork()
        network.latency = plan.latency
        if isTroubled() {
            network.webSocket = BadNetwork.WebSocketFate.allCases[Int.random(in: 0..<4, using: &random)]
        }
        var client = EngineClientConfiguration()
        client.transports = plan.transports
        client.upgradeTimeout = .milliseconds(200)
        var server = EngineConfiguration()
        server.pingInterval = .milliseconds(400)
        server.pingTimeout = .milliseconds(250)
        server.upgradeTimeout = .milliseconds(200)
        server.closeTimeout = .milliseconds(500)
        let pair = EnginePair(server: server, client: client, network: network, seed: seed &+ UInt64(number) &* 977)
        lines[number] = Line(pair: pair, start: now)
    }

    // MARK: Commands

    private func obey(_ command: ChaosPlan.Command) {
        note("\(command)")
        switch command {
        case .emit(let socket): emit(.plain, socket)
        case .ask(let socket): emit(.asked, socket)
        case .emitVolatile(let socket): emit(.volatile, socket)
        case .retry(let socket): emit(.retried(Int.random(in: 0...3, using: &random)), socket)
        case .cancel: cancelAny()
        case .connect(let socket): clients[socket].machine.connect()
        case .disconnect(let socket): clients[socket].machine.disconnect(now: instant)
        case .openManager: manager.open(now: instant)
        case .closeManager: manager.close()
        case .hurry: manager.hurry(now: instant)
        case .serverEmits(let namespace):
            lastEvent += 1
            server.emit(lastEvent, to: namespace)
        case .serverAsks(let namespace):
            lastEvent += 1
            server.ask(lastEvent, in: namespace)
        case .serverKicks(let namespace): server.kick(from: namespace)
        case .serverRestarts: server.restart()
        case .cut:
            guard let engine else { return }
            perform(.cutWebSocket, on: engine)
            perform(.cutPoll, on: engine)
        case .silence(let directions):
            guard let engine else { return }
            // What is lost once stays so: no stream goes on behind a gap.
            lines[engine]?.lost += directions
            lines[engine]?.run(until: now)
        }
    }
}

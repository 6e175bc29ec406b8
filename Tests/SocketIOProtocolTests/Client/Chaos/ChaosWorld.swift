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
        let number: Int
        var pair: EnginePair
        let start: Duration
        var lost: [EnginePair.Direction] = []
        var readByServer = 0
        var readByClient = 0
        var isOpenTold = false
        var isEndToldToClient = false
        var isEndToldToServer = false

        /// When it is to be looked at; nil if nothing will happen any more.
        private(set) var nextTime: Duration?

        /// Whether nothing will ever happen again.
        private(set) var isOver = false

        /// Whether something has happened that nobody was told yet.
        private var hasNews: Bool {
            pair.client.closed != nil && !isEndToldToClient || pair.server.closed != nil && !isEndToldToServer
                || pair.client.isOpen && !isOpenTold || pair.server.received.count > readByServer
                || pair.client.received.count > readByClient
        }

        mutating func run(until now: Duration) {
            pair.run(until: now - start)
            for direction in lost { pair.lose(direction) }
            isOver = pair.isOver
            nextTime = hasNews ? now : pair.nextTime.map { $0 + start }
        }

        /// What has happened since the last time.
        struct News {
            var opens = false
            var toServer: ArraySlice<EnginePair.Message> = []
            var toClient: ArraySlice<EnginePair.Message> = []
            var serverEnds = false
            var clientEnd: EngineDisconnectReason?
        }

        /// Brings the line to the present; what has happened is told once.
        mutating func advance(until now: Duration) -> News {
            run(until: now)
            var news = News()
            news.toServer = pair.server.received.dropFirst(readByServer)
            news.toClient = pair.client.received.dropFirst(readByClient)
            readByServer += news.toServer.count
            readByClient += news.toClient.count
            news.opens = pair.client.isOpen && !isOpenTold
            isOpenTold = isOpenTold || news.opens
            news.clientEnd = isEndToldToClient ? nil : pair.client.closed
            isEndToldToClient = pair.client.closed != nil
            news.serverEnds = !isEndToldToServer && pair.server.closed != nil
            isEndToldToServer = pair.server.closed != nil
            nextTime = pair.nextTime.map { $0 + start }
            return news
        }
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
    /// In the order of their numbers.
    var lines: [Line] = []
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
        var earliest: Duration?
        func look(_ time: Duration?) {
            if let time, time < earliest ?? time + .seconds(1) { earliest = time }
        }
        for index in lines.indices { look(lines[index].nextTime) }
        for errand in errands { look(errand.due) }
        if nextCommand < plan.commands.count { look(plan.commands[nextCommand].time) }
        look(manager.deadline.map { $0 - epoch })
        for index in clients.indices { look(clients[index].machine.deadline.map { $0 - epoch }) }
        return earliest
    }

    /// The first line behind another on which something happens now.
    private func dueLine(behind number: Int) -> Int? {
        for place in lines.indices where lines[place].number > number {
            if let next = lines[place].nextTime, next <= now { return lines[place].number }
        }
        return nil
    }

    /// The place of the errand that is due first, of several the one that was there first.
    private var nextErrand: Int? {
        var next: Int?
        for place in errands.indices where next.map({ errands[place].due < errands[$0].due }) ?? true { next = place }
        return next
    }

    private func turn() {
        var line = 0
        while let next = dueLine(behind: line) {
            line = next
            advance(line)
        }
        while let place = nextErrand, errands[place].due <= now { carryOut(errands.remove(at: place).errand) }
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

    /// A line's place; nil if it is over, or was never there.
    func place(ofLine number: Int) -> Int? { lines.firstIndex { $0.number == number } }

    /// Brings a line to the present, and hands on what has come over it.
    func advance(_ number: Int) {
        guard let place = place(ofLine: number) else { return }
        let news = lines[place].advance(until: now)
        if news.opens {
            manager.engineOpened(number)
            drain()
        }
        for message in news.toServer { serverReceives(message, number) }
        if news.serverEnds { server.connectionEnded(number) }
        settleServer()
        for message in news.toClient { clientReceives(message, number) }
        if let reason = news.clientEnd {
            manager.engineClosed(
                number, DisconnectReason(rawValue: reason.rawValue), reason.rawValue, now: instant, using: &random)
            drain()
        }
        if let place = self.place(ofLine: number), lines[place].isEndToldToClient, lines[place].isOver {
            lines.remove(at: place)
        }
    }

    /// Does something on a line, at once.
    func perform(_ command: EnginePair.Command, on number: Int) {
        guard let place = place(ofLine: number) else { return }
        lines[place].pair.schedule(command, at: now - lines[place].start)
        lines[place].run(until: now)
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
        var line = Line(number: number, pair: pair, start: now)
        line.run(until: now)
        lines.append(line)
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
            guard let engine, let place = place(ofLine: engine) else { return }
            // What is lost once stays so: no stream goes on behind a gap.
            lines[place].lost += directions
            lines[place].run(until: now)
        }
    }
}

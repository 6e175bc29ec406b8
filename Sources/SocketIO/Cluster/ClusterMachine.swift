import SIOJSON
import SocketIOProtocol

/// What a server knows of its cluster: who is there, and which answers are waited for.
///
/// One machine serves one namespace. It does nothing itself: time comes in as an argument, and what is to be done leaves
/// as ``Action``s and as ``deadline``.
struct ClusterMachine {
    typealias Instant = ContinuousClock.Instant
    typealias Body = ClusterMessage.Body

    /// What the driver is to do.
    enum Action: Sendable {
        /// Tell all other servers.
        case publish(Body)
        /// Do what another server asks for.
        case carryOut(Body, from: String)
        /// Something is heard about the acknowledgements of a broadcast.
        case progress(UInt64, ClusterProgress)
        /// A request is over.
        case settled(UInt64, ClusterAnswers)
    }

    /// What became of a new request.
    enum Beginning: Sendable, Hashable {
        /// Its answers are waited for.
        case waiting
        /// There is nobody to answer it.
        case alone
        /// There are too many, or the server is closed.
        case refused(ClusterAnswers.End)
    }

    /// The name of those who publish without being a server: no heartbeat is expected of them.
    static let emitter = "emitter"

    let id: String
    let namespace: String
    private let configuration: ClusterConfiguration
    /// When each other server was last heard of.
    private var servers: [String: Instant] = [:]
    private var nextHeartbeat: Instant?
    /// No server is gone before this.
    private var earliestLoss: Instant?
    private var requests: [UInt64: ClusterRequest] = [:]
    private var timeouts = AckTable<UInt64>()
    private var lastRequest: UInt64 = 0
    private(set) var isClosed = false

    /// A machine that has not said anything yet.
    ///
    /// - Parameters:
    ///   - id: The server's id, which no other has.
    ///   - namespace: The namespace's name; messages of others are passed over.
    ///   - configuration: Times and limits.
    init(id: String, namespace: String, configuration: ClusterConfiguration) {
        if case .heartbeats(let interval, let timeout) = configuration.membership {
            precondition(interval > .zero && timeout > interval, "no server could be heard of in time")
        }
        self.id = id
        self.namespace = namespace
        self.configuration = configuration
    }

    /// The heartbeat's times; nil where the transport knows the servers.
    private var heartbeat: (interval: Duration, timeout: Duration)? {
        guard case .heartbeats(let interval, let timeout) = configuration.membership else { return nil }
        return (interval, timeout)
    }

    /// The servers that are known, this one among them.
    var serverCount: Int { servers.count + 1 }

    /// The number of requests whose answers are waited for.
    var requestCount: Int { requests.count }

    /// When ``deadlineReached(now:)`` wants to be called, or earlier; nil: not at all.
    var deadline: Instant? {
        var earliest = timeouts.deadline
        if let nextHeartbeat { earliest = min(nextHeartbeat, earliest ?? nextHeartbeat) }
        if let earliestLoss { earliest = min(earliestLoss, earliest ?? earliestLoss) }
        return earliest
    }

    // MARK: Beginning and end

    /// The server begins: asks who is there.
    mutating func start(now: Instant) -> [Action] {
        guard heartbeat != nil, !isClosed else { return [] }
        return [publish(.initialHeartbeat, now)]
    }

    /// The server ends: says so, and waits for nothing any more.
    mutating func close(now: Instant) -> [Action] {
        guard !isClosed else { return [] }
        isClosed = true
        var actions: [Action] = []
        for number in requests.keys.sorted() { actions += end(number, .closed) }
        if heartbeat != nil { actions.append(.publish(.adapterClose)) }
        nextHeartbeat = nil
        earliestLoss = nil
        servers = [:]
        return actions
    }

    /// Something was published: silence begins anew.
    ///
    /// - Returns: Whether it may be: not behind the end.
    mutating func published(now: Instant) -> Bool {
        guard !isClosed else { return false }
        if let heartbeat { nextHeartbeat = now + heartbeat.interval }
        return true
    }

    private mutating func publish(_ body: Body, _ now: Instant) -> Action {
        _ = published(now: now)
        return .publish(body)
    }

    /// A time has come.
    ///
    /// An early call is harmless.
    mutating func deadlineReached(now: Instant) -> [Action] {
        guard !isClosed else { return [] }
        var actions: [Action] = []
        if let nextHeartbeat, nextHeartbeat <= now { actions.append(publish(.heartbeat, now)) }
        if let heartbeat, let earliestLoss, earliestLoss <= now {
            for server in servers.filter({ $0.value + heartbeat.timeout <= now }).keys.sorted() {
                actions += lose(server)
            }
            self.earliestLoss = servers.values.min().map { $0 + heartbeat.timeout }
        }
        for number in timeouts.expire(now: now) { actions += end(number, .timedOut) }
        return actions
    }

    // MARK: Messages

    /// Another server has said something.
    mutating func receive(_ message: ClusterMessage, now: Instant) -> [Action] {
        guard !isClosed, message.sender != id, message.namespace == namespace else { return [] }
        if case .adapterClose = message.body { return lose(message.sender) }
        notice(message.sender, now)
        switch message.body {
        case .initialHeartbeat:
            return heartbeat == nil ? [] : [publish(.heartbeat, now)]
        case .heartbeat, .adapterClose, .other:
            return []
        case .broadcast, .socketsJoin, .socketsLeave, .disconnectSockets, .fetchSockets, .serverSideEmit, .countSockets:
            return [.carryOut(message.body, from: message.sender)]
        case .fetchSocketsResponse, .serverSideEmitResponse, .broadcastClientCount, .broadcastAcknowledgement,
            .broadcastClientsLeft, .countSocketsResponse:
            return received(answer: message.body, from: message.sender)
        }
    }

    private mutating func notice(_ server: String, _ now: Instant) {
        guard let heartbeat, !server.isEmpty, server != Self.emitter else { return }
        guard servers[server] != nil || servers.count < configuration.limits.servers else { return }
        servers[server] = max(now, servers[server] ?? now)
        if earliestLoss == nil { earliestLoss = now + heartbeat.timeout }
    }

    private mutating func lose(_ server: String) -> [Action] {
        guard servers.removeValue(forKey: server) != nil else { return [] }
        var actions: [Action] = []
        for number in requests.keys.sorted() {
            let progress = requests[number]?.lost(server) ?? []
            actions += progress.map { .progress(number, $0) }
            actions += endIfComplete(number)
        }
        return actions
    }

    // MARK: Requests

    /// A number for a request.
    mutating func makeRequest() -> UInt64 {
        lastRequest += 1
        return lastRequest
    }

    /// The id that other servers know a request by.
    func requestID(_ number: UInt64) -> String { "\(id)-\(number)" }

    /// Begins to wait for the answers to a request.
    ///
    /// - Parameters:
    ///   - number: Of ``makeRequest()``.
    ///   - kind: What is asked.
    ///   - others: The number of other servers, where the transport knows it; nil: ``expect(_:answersTo:)`` will tell.
    ///   - timeout: How long the answers are waited for.
    ///   - now: The time.
    /// - Returns: Whether there is anything to wait for.
    mutating func begin(
        _ number: UInt64, _ kind: ClusterAnswers.Kind, others: Int?, timeout: Duration, now: Instant
    ) -> Beginning {
        guard !isClosed else { return .refused(.closed) }
        guard heartbeat == nil ? others ?? 1 > 0 : !servers.isEmpty else { return .alone }
        guard requests.count < configuration.limits.requests else { return .refused(.refused) }
        requests[number] =
            heartbeat == nil
            ? ClusterRequest(kind, count: others) : ClusterRequest(kind, servers: Set(servers.keys))
        timeouts.insert(number, id: number, deadline: now + timeout)
        return .waiting
    }

    /// The number of other servers that a request went to is known now.
    mutating func expect(_ others: Int, answersTo number: UInt64) -> [Action] {
        requests[number]?.expect(others)
        let progress = requests[number]?.checkWhetherAll() ?? []
        return progress.map { .progress(number, $0) } + endIfComplete(number)
    }

    /// Nobody wants the answers any more.
    mutating func cancel(_ number: UInt64) -> [Action] { end(number, .cancelled) }

    private mutating func received(answer body: Body, from sender: String) -> [Action] {
        guard let number = body.answeredRequest.flatMap(requestNumber), requests[number] != nil else { return [] }
        let limits = configuration.limits
        guard let progress = requests[number]?.receive(body, from: sender, limits: limits) else {
            return end(number, .overLimit)
        }
        return progress.map { .progress(number, $0) } + endIfComplete(number)
    }

    private func requestNumber(_ text: String) -> UInt64? {
        let prefix = id + "-"
        return text.hasPrefix(prefix) ? UInt64(text.dropFirst(prefix.count)) : nil
    }

    private mutating func endIfComplete(_ number: UInt64) -> [Action] {
        requests[number]?.isComplete == true ? end(number, .complete) : []
    }

    private mutating func end(_ number: UInt64, _ end: ClusterAnswers.End) -> [Action] {
        guard let request = requests.removeValue(forKey: number) else { return [] }
        _ = timeouts.take(number)
        return [.settled(number, request.ended(end))]
    }
}

import SIOJSON
import SocketIOTesting
import Testing

@testable import SocketIO

/// Several machines on a bad network, in virtual time: what their drivers would do is done here.
struct ClusterFleet {
    typealias Instant = ContinuousClock.Instant

    /// A request that was made, and what became of it.
    struct Asked {
        let server: Int
        let kind: ClusterAnswers.Kind
        let deadline: Instant
        var settled: [(ClusterAnswers, at: Instant)] = []
        /// Of a broadcast.
        var clients = 0
        var answered = 0
        var left = 0
        var heardFromAll = 0
    }

    private struct Later {
        let at: Instant
        let number: Int
        let body: ClusterMessage.Body
        let from: Int
        let to: String
    }

    private(set) var clock = VirtualClock()
    private(set) var machines: [ClusterMachine] = []
    var network: ClusterNetwork<ClusterMessage>
    private(set) var asked: [[UInt64: Asked]] = []
    /// The number of each server's clients.
    private(set) var clients: [Int] = []
    private var later: [Later] = []
    private var laterCount = 0
    private var random: SeededGenerator
    let usesExtensions: Bool

    init(seed: UInt64, usesExtensions: Bool = true) {
        network = ClusterNetwork(seed: seed)
        random = SeededGenerator(seed: seed &+ 1)
        self.usesExtensions = usesExtensions
    }

    var now: Instant { clock.now }
    var open: [Int] { machines.indices.filter { !machines[$0].isClosed } }

    // MARK: What happens to servers

    mutating func addServer(clients count: Int) {
        var machine = ClusterMachine(id: "s\(machines.count)", namespace: "/", configuration: ClusterConfiguration())
        let actions = machine.start(now: now)
        machines.append(machine)
        asked.append([:])
        clients.append(count)
        perform(actions, of: machines.count - 1)
    }

    mutating func close(_ server: Int) {
        perform(machines[server].close(now: now), of: server)
    }

    mutating func ask(_ kind: ClusterAnswers.Kind, by server: Int, timeout: Duration) {
        let number = machines[server].makeRequest()
        let id = machines[server].requestID(number)
        asked[server][number] = Asked(server: server, kind: kind, deadline: now + timeout)
        let now = now
        let beginning = machines[server].begin(number, kind, others: nil, timeout: timeout, now: now)
        if beginning == .alone { asked[server][number]?.settled.append((ClusterAnswers(), now)) }
        guard machines[server].published(now: now) else { return }
        let body: ClusterMessage.Body? =
            switch kind {
            case .fetchSockets: .fetchSockets(BroadcastOptions(), request: id)
            case .countSockets: .countSockets(BroadcastOptions(), request: id)
            case .serverSideEmit: .serverSideEmit(.null, request: id)
            case .broadcast:
                (try? EventPacket(json: Array(#"["e"]"#.utf8), namespace: "/"))
                    .map { .broadcast($0, BroadcastOptions(), request: id) }
            }
        if let body { publish(body, from: server) }
    }

    // MARK: Time

    /// Goes on to an instant, and does all that is due on the way.
    mutating func run(until end: Instant) {
        while let next = nextInstant(), next <= end {
            clock.advance(to: next)
            let now = now
            for server in machines.indices where machines[server].deadline.map({ $0 <= now }) == true {
                perform(machines[server].deadlineReached(now: now), of: server)
            }
            let due = later.filter { $0.at <= now }.sorted { ($0.at, $0.number) < ($1.at, $1.number) }
            later.removeAll { $0.at <= now }
            for item in due where !machines[item.from].isClosed { respond(item.body, from: item.from, to: item.to) }
            while let (_, to, message) = network.take(now: now) {
                perform(machines[to].receive(message, now: now), of: to)
            }
        }
        clock.advance(to: end)
    }

    private func nextInstant() -> Instant? {
        (machines.compactMap(\.deadline) + later.map(\.at) + [network.nextDue].compactMap { $0 }).min()
    }

    // MARK: What drivers do

    private mutating func perform(_ actions: [ClusterMachine.Action], of server: Int) {
        let now = now
        for action in actions {
            switch action {
            case .publish(let body): publish(body, from: server)
            case .carryOut(let body, let sender): carryOut(body, of: sender, by: server)
            case .progress(let number, let progress):
                switch progress {
                case .clients(let count): asked[server][number]?.clients += count
                case .answered: asked[server][number]?.answered += 1
                case .left(let count): asked[server][number]?.left += count
                case .heardFromAll: asked[server][number]?.heardFromAll += 1
                }
            case .settled(let number, let answers): asked[server][number]?.settled.append((answers, now))
            }
        }
    }

    private mutating func publish(_ body: ClusterMessage.Body, from server: Int) {
        for other in machines.indices where other != server {
            network.send(message(body, server), from: server, to: other, now: now)
        }
    }

    private mutating func respond(_ body: ClusterMessage.Body, from server: Int, to asker: String) {
        guard let other = machines.firstIndex(where: { $0.id == asker }) else { return }
        network.send(message(body, server), from: server, to: other, now: now)
    }

    private func message(_ body: ClusterMessage.Body, _ server: Int) -> ClusterMessage {
        ClusterMessage(sender: machines[server].id, namespace: "/", body: body)
    }

    private mutating func carryOut(_ body: ClusterMessage.Body, of asker: String, by server: Int) {
        switch body {
        case .fetchSockets(_, let request):
            let sockets = (0..<clients[server]).map {
                SocketDescription(id: "s\(server)-\($0)", handshake: Handshake(), rooms: [])
            }
            respond(.fetchSocketsResponse(sockets, request: request), from: server, to: asker)
        case .countSockets(_, let request):
            respond(.countSocketsResponse(clients[server], request: request), from: server, to: asker)
        case .serverSideEmit(_, let request?):
            respondLater(.serverSideEmitResponse(.null, request: request), from: server, to: asker)
        case .broadcast(_, _, let request?):
            // Some clients answer before all are counted.
            for _ in 0..<clients[server] {
                let stays = !usesExtensions || Int.random(in: 0..<4, using: &random) > 0
                respondLater(
                    stays
                        ? .broadcastAcknowledgement(.null, request: request)
                        : .broadcastClientsLeft(1, request: request),
                    from: server, to: asker)
            }
            respondLater(.broadcastClientCount(clients[server], request: request), from: server, to: asker)
        default: break
        }
    }

    private mutating func respondLater(_ body: ClusterMessage.Body, from server: Int, to asker: String) {
        laterCount += 1
        let at = now + random.duration(in: .zero ... .milliseconds(50))
        later.append(Later(at: at, number: laterCount, body: body, from: server, to: asker))
    }
}

import SocketIOTesting
import Testing

@testable import SocketIO

/// What holds for a cluster whatever its network does, in virtual time.
@Suite struct ClusterFleetTests {
    private let kinds: [ClusterAnswers.Kind] = [.fetchSockets, .serverSideEmit, .countSockets, .broadcast]

    @Test(arguments: 0..<40)
    func `on a slow network that loses nothing, every request gets every answer`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var fleet = ClusterFleet(seed: UInt64(seed), usesExtensions: seed % 2 == 0)
        fleet.network.latency = .zero ... .milliseconds(300)
        for _ in 0..<Int.random(in: 2...5, using: &random) {
            fleet.addServer(clients: Int.random(in: 0...4, using: &random))
        }
        fleet.run(until: fleet.now + .seconds(2))
        for _ in 0..<20 {
            let server = Int.random(in: fleet.machines.indices, using: &random)
            fleet.ask(kinds[Int.random(in: 0..<4, using: &random)], by: server, timeout: .seconds(5))
            fleet.run(until: fleet.now + random.duration(in: .zero ... .seconds(3)))
        }
        fleet.run(until: fleet.now + .seconds(6))
        for asked in fleet.asked.flatMap(\.values) {
            #expect(asked.settled.count == 1)
            guard let (answers, _) = asked.settled.first else { continue }
            let others = fleet.clients.indices.filter { $0 != asked.server }
            let clients = others.reduce(0) { $0 + fleet.clients[$1] }
            #expect(answers.end == .complete && answers.missing == 0)
            switch asked.kind {
            case .fetchSockets: #expect(Set(answers.sockets.map(\.id)).count == clients)
            case .serverSideEmit: #expect(answers.values.count == others.count)
            case .countSockets: #expect(answers.count == clients)
            case .broadcast:
                #expect(asked.clients == clients && asked.answered + asked.left == clients)
                #expect(asked.heardFromAll == 1)
            }
        }
    }

    @Test(arguments: 0..<200)
    func `on a network that loses and cuts, every request ends once and in time, and all find together again`(
        seed: Int
    ) {
        var random = SeededGenerator(seed: UInt64(1000 + seed))
        var fleet = ClusterFleet(seed: UInt64(seed), usesExtensions: seed % 3 > 0)
        fleet.network.latency = .zero...[.zero, .milliseconds(50), .seconds(2)][seed % 3]
        for _ in 0..<3 { fleet.addServer(clients: Int.random(in: 0...3, using: &random)) }
        for _ in 0..<60 {
            let server = fleet.open.randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<12, using: &random) {
            case 0: fleet.network.loss = Double.random(in: 0...0.5, using: &random)
            case 1: fleet.network.cut(server)
            case 2: fleet.network.mend(Int.random(in: fleet.machines.indices, using: &random))
            case 3 where fleet.machines.count < 8: fleet.addServer(clients: Int.random(in: 0...3, using: &random))
            case 4 where fleet.open.count > 2: fleet.close(server)
            default:
                fleet.ask(
                    kinds[Int.random(in: 0..<4, using: &random)], by: server,
                    timeout: random.duration(in: .zero ... .seconds(8)))
            }
            fleet.run(until: fleet.now + random.duration(in: .zero ... .seconds(4)))
        }
        fleet.network.loss = 0
        fleet.network.latency = .zero ... .milliseconds(20)
        for server in fleet.machines.indices { fleet.network.mend(server) }
        fleet.run(until: fleet.now + .seconds(30))

        for server in fleet.open {
            #expect(fleet.machines[server].serverCount == fleet.open.count)
            #expect(fleet.machines[server].requestCount == 0)
        }
        for asked in fleet.asked.flatMap(\.values) {
            #expect(asked.settled.count == 1)
            guard let (answers, at) = asked.settled.first else { continue }
            #expect(at <= asked.deadline)
            if answers.end == .complete {
                #expect(answers.missing == 0)
                #expect(asked.answered + asked.left == asked.clients)
                #expect(asked.heardFromAll <= 1)
            }
            #expect(Set(answers.sockets.map(\.id)).count == answers.sockets.count)
        }
    }

    @Test func `a request that waits for a server which fell silent ends when that counts as gone`() {
        var fleet = ClusterFleet(seed: 1)
        for _ in 0..<3 { fleet.addServer(clients: 1) }
        fleet.run(until: fleet.now + .seconds(1))
        fleet.network.cut(2)
        let cut = fleet.now
        fleet.run(until: fleet.now + .seconds(3))
        fleet.ask(.fetchSockets, by: 0, timeout: .seconds(60))
        fleet.ask(.broadcast, by: 0, timeout: .seconds(60))
        fleet.run(until: fleet.now + .seconds(61))
        for asked in fleet.asked[0].values {
            #expect(asked.settled.count == 1)
            #expect(asked.settled.first?.0.end == .complete)
            #expect((asked.settled.first?.at).map { $0 - cut <= .seconds(10) } == true)
        }
    }
}

import EngineIOProtocol
import SocketIOTesting
import Testing

/// Both machines, joined by a network, in virtual time.
@Suite struct EnginePairTests {
    private func message(_ number: Int, using generator: inout SeededGenerator) -> EnginePair.Message {
        Bool.random(using: &generator) ? .text(utf8("message \(number)")) : .binary(utf8("\(number)"))
    }

    /// A pair in which both sides send some messages at random times within `time`.
    private func pair(seed: UInt64, sendingFor time: Duration, _ webSocket: BadNetwork.WebSocketFate) -> EnginePair {
        var generator = SeededGenerator(seed: seed)
        var network = BadNetwork()
        network.webSocket = webSocket
        network.latency = .zero...(generator.duration(in: .milliseconds(1)...(.milliseconds(80))))
        var client = EngineClientConfiguration()
        if seed % 5 == 0 { client.transports = [.websocket, .polling] }
        client.tryAllTransports = true
        var server = EngineConfiguration()
        server.maxPayload = seed % 3 == 0 ? 40 : 1_000_000
        var pair = EnginePair(server: server, client: client, network: network, seed: seed)
        for number in 0..<Int.random(in: 1..<40, using: &generator) {
            pair.schedule(
                .serverSends(message(number, using: &generator)), at: generator.duration(in: .zero...time))
            pair.schedule(
                .clientSends(message(number, using: &generator)), at: generator.duration(in: .zero...time))
        }
        return pair
    }

    @Test func `a pair opens, upgrades and stays`() {
        var pair = EnginePair()
        pair.run(until: .seconds(600))
        #expect(pair.server.isOpen && pair.client.isOpen)
        #expect(pair.server.isUpgraded && pair.client.isUpgraded)
        #expect(pair.server.closed == nil && pair.client.closed == nil)
        #expect(pair.serverSession?.transport == .websocket)
    }

    @Test func `an upgrade takes a few round trips, not a ping interval`() {
        var pair = EnginePair()
        pair.run(until: .milliseconds(150))
        #expect(pair.server.isUpgraded && pair.client.isUpgraded)
    }

    @Test(arguments: BadNetwork.WebSocketFate.allCases)
    func `each side receives what the other sent, in order, through the upgrade`(fate: BadNetwork.WebSocketFate) {
        for seed in 0..<UInt64(1_000) {
            if seed % 5 == 0, fate == .neverOpens || fate == .swallows { continue }
            var pair = pair(seed: seed, sendingFor: .milliseconds(1_500), fate)
            pair.run(until: .seconds(60))
            #expect(pair.client.received == pair.server.sent, "seed \(seed)")
            #expect(pair.server.received == pair.client.sent, "seed \(seed)")
            #expect(pair.client.sent.count > 0, "seed \(seed)")
            #expect(pair.server.closed == nil && pair.client.closed == nil, "seed \(seed)")
            if seed % 5 != 0 { #expect(pair.client.isUpgraded == (fate == .opens), "seed \(seed)") }
            #expect(pair.client.isUpgraded == pair.server.isUpgraded, "seed \(seed)")
        }
    }

    @Test func `what was sent before a side closes arrives at the other`() {
        for seed in 0..<UInt64(2_000) {
            var generator = SeededGenerator(seed: ~seed)
            var pair = pair(seed: seed, sendingFor: .milliseconds(800), .opens)
            let byServer = seed % 2 == 0
            pair.schedule(
                byServer ? .serverCloses : .clientCloses,
                at: generator.duration(in: .milliseconds(400)...(.milliseconds(900))))
            pair.run(until: .seconds(100))
            if byServer {
                #expect(pair.client.received == pair.server.sent, "seed \(seed)")
                #expect(pair.server.received == Array(pair.client.sent.prefix(pair.server.received.count)))
                #expect(pair.server.closed == .forcedClose, "seed \(seed)")
                #expect(pair.client.closed == .transportClose || pair.client.closed == .transportError, "seed \(seed)")
            } else {
                #expect(pair.server.received == pair.client.sent, "seed \(seed)")
                #expect(pair.client.received == Array(pair.server.sent.prefix(pair.client.received.count)))
                #expect(pair.client.closed == .forcedClose, "seed \(seed)")
                #expect(pair.server.closed == .transportClose, "seed \(seed)")
            }
        }
    }

    @Test func `after a cut each side has received a beginning of what the other sent, and both sides end`() {
        for seed in 0..<UInt64(3_000) {
            var generator = SeededGenerator(seed: ~seed)
            var pair = pair(seed: seed, sendingFor: .milliseconds(1_000), .opens)
            let cut: EnginePair.Command = [.cutWebSocket, .cutPoll, .serverDiscards][Int(seed % 3)]
            pair.schedule(cut, at: generator.duration(in: .zero...(.milliseconds(1_000))))
            pair.run(until: .seconds(200))
            #expect(pair.client.received == Array(pair.server.sent.prefix(pair.client.received.count)), "seed \(seed)")
            #expect(pair.server.received == Array(pair.client.sent.prefix(pair.server.received.count)), "seed \(seed)")
            let isOver = pair.client.closed != nil
            #expect(!pair.server.isOpen || isOver == (pair.server.closed != nil), "seed \(seed)")
            if !isOver {
                #expect(pair.client.received == pair.server.sent, "seed \(seed)")
                #expect(pair.server.received == pair.client.sent, "seed \(seed)")
            }
        }
    }

    @Test func `the same seed makes the same history`() {
        var first = pair(seed: 7, sendingFor: .milliseconds(500), .opens)
        var second = pair(seed: 7, sendingFor: .milliseconds(500), .opens)
        first.run(until: .seconds(5))
        second.run(until: .seconds(5))
        #expect(first.client == second.client)
        #expect(first.server == second.server)
    }

    @Test func `a virtual clock moves only when it is told to`() {
        var clock = VirtualClock(startingAt: start)
        #expect(clock.now == start)
        clock.advance(by: .seconds(2))
        #expect(clock.elapsed == .seconds(2))
        clock.advance(to: start + .seconds(1))
        #expect(clock.elapsed == .seconds(2))
        clock.advance(to: start + .seconds(3))
        #expect(clock.now == start + .seconds(3))
    }
}

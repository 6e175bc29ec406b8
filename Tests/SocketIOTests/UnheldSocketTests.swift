import TestSupport
import Testing

@testable import SocketIO

/// Sockets that nothing but their connection holds, ended all together.
@Suite(.serialized, .timeLimit(.minutes(2))) struct UnheldSocketTests {
    /// Without a listener and without a variable nothing but the connection holds a socket.
    @Test(arguments: [false, true], [1, 3])
    func `sockets that nobody holds are disconnected together`(close: Bool, loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            server.io.on(.connection) { socket in socket.join("room", socket.id + "'s") }
            for transport in EngineServer.Transport.allCases {
                var clients: [TestClient] = []
                for _ in 0..<5 { clients.append(try await server.client(transport)) }
                let other = try await server.client(transport)
                if close {
                    server.io.in("room").disconnectSockets(close: true)
                } else {
                    await server.io.eventLoops.loops[0].call { server.io.in("room").disconnectSockets() }
                }
                for client in clients + [other] { #expect(try await client.next() == "1") }
                try await server.end(clients + [other])
            }
        }
    }

    /// An adapter that ends sockets when one leaves a room.
    private struct Cruel: Adapter {
        let local: LocalSockets
        let close: Bool
        private let inner: InMemoryAdapter

        init(_ local: LocalSockets, close: Bool) {
            self.local = local
            self.close = close
            inner = InMemoryAdapter(local: local)
        }

        func broadcast(_ packet: EventPacket, to options: BroadcastOptions) { inner.broadcast(packet, to: options) }
        func broadcast(
            _ packet: EventPacket, to options: BroadcastOptions, collecting collector: AcknowledgementCollector
        ) { inner.broadcast(packet, to: options, collecting: collector) }
        func fetchSockets(_ options: BroadcastOptions) async throws -> [SocketDescription] {
            try await inner.fetchSockets(options)
        }
        func addSockets(_ options: BroadcastOptions, to rooms: [String]) { inner.addSockets(options, to: rooms) }
        func removeSockets(_ options: BroadcastOptions, from rooms: [String]) {
            inner.removeSockets(options, from: rooms)
        }
        func disconnectSockets(_ options: BroadcastOptions, close: Bool) {
            inner.disconnectSockets(options, close: close)
        }
        func serverSideEmit(_ event: RawJSON) {}
        func serverSideEmitWithAck(_ event: RawJSON) async throws -> [RawJSON] { [] }
        func serverCount() async throws -> Int { 1 }

        func joined(_ id: String, room: String) {
            if room == "trap" { local.disconnectSockets(BroadcastOptions(), close: close) }
        }

        func left(_ id: String, room: String) {
            if room == "room" { local.disconnectSockets(BroadcastOptions(), close: close) }
        }
    }

    @Test(arguments: [false, true], ["socketsLeave", "socketsJoin"])
    func `an adapter may end all sockets while they join and leave`(close: Bool, what: String) async throws {
        try await TestServer.run {
            $0.adapter = AdapterFactory { Cruel($0, close: close) }
        } body: { server in
            server.io.on(.connection) { socket in socket.join("room", "more") }
            let clients = try await server.clients(5)
            if what == "socketsLeave" {
                server.io.socketsLeave("room", "more")
            } else {
                server.io.socketsJoin("x", "trap")
            }
            for client in clients { #expect(try await client.next() == "1") }
            #expect(server.io.sockets.socketsCount == 0)
            for client in clients { client.drop() }
        }
    }
}

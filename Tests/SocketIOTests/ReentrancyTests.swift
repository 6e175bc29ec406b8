import SIONet
import Synchronization
import Testing

@testable import SocketIO

/// Applications end things under the feet of those that use them.
///
/// What holds whom is not counted on the road of a message. With a sanitizer for addresses each wrong step is an error.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ReentrancyTests {
    struct Failure: Error {}

    /// Does something while it is encoded.
    struct Encoding: Encodable, Sendable {
        let body: @Sendable () throws -> Void

        func encode(to encoder: any Encoder) throws {
            var container = encoder.unkeyedContainer()
            try container.encode("before")
            try body()
            try container.encode("behind")
        }
    }

    /// How a socket is ended from within.
    enum End: CaseIterable, CustomTestStringConvertible {
        case leave, close, overflow, all, allClosed

        var testDescription: String { "\(self)" }

        @Sendable func callAsFunction(_ socket: Socket) {
            switch self {
            case .leave: socket.disconnect()
            case .close: socket.disconnect(close: true)
            // Told of in the next turn.
            case .overflow: try? socket.emit("much", [UInt8](repeating: 0, count: 300_000))
            case .all: socket.namespace.disconnectSockets()
            case .allClosed: socket.namespace.disconnectSockets(close: true)
            }
        }
    }

    /// From where.
    enum Place: CaseIterable {
        case handler, any, once, answering, hand, raw, async, decoding, encoding, encodingInTask, acknowledging
        case broadcasting, disconnecting, anotherNamespace
    }

    /// Ends the clients' sessions, where they are not over, and waits until the server has none.
    private func end(_ clients: [TestClient], of server: TestServer) async throws {
        // On polling a connection's end is none of the session, unless a GET is held.
        for client in clients { client.close() }
        // Sockets may end a turn behind their session.
        while server.io.clientsCount > 0 || server.io.sockets.socketsCount > 0 {
            try await Task.sleep(for: .milliseconds(1))
        }
        for client in clients { client.drop() }
    }

    private static func limited(_ configuration: inout Server.Configuration) {
        configuration.maxSendBufferSize = 200_000
        configuration.engine.perMessageDeflate = nil
    }

    // MARK: A socket's end

    @Test(arguments: Place.allCases, End.allCases)
    func `a socket may be ended from anywhere, with messages behind`(place: Place, end: End) async throws {
        for transport in EngineServer.Transport.allCases {
            try await TestServer.run(Self.limited) { server in
                server.io.on(.connection) { socket in
                    socket.join("room", "other")
                    socket.on(.disconnect) { _ in server.notes.push("gone") }
                    setUp(socket, place, end)
                    socket.on("x") { () -> Void in try socket.emit("y", socket.rooms.count) }
                }
                if place == .anotherNamespace {
                    server.io.of("/a").on(.connection) { socket in
                        socket.on("go") { () -> Void in end(socket) }
                        socket.on(.disconnecting) { _ in server.io.disconnectSockets(close: end == .close) }
                    }
                }
                let client = try await server.client(transport)
                var prefix = "2"
                if place == .anotherNamespace {
                    try await client.join("/a")
                    prefix = "2/a,"
                }
                client.send(
                    together: [#"\#(prefix)1["go",["a","b","c"]]"#] + Array(repeating: #"2["x"]"#, count: 20)
                        + (end == .leave || end == .all ? [] : ["0"]))
                #expect(try await server.notes.next() == "gone")
                try await self.end([client], of: server)
                #expect(server.notes.takeAll().isEmpty)
            }
        }
    }

    private func setUp(_ socket: Socket, _ place: Place, _ end: End) {
        @Sendable func encoding() -> Encoding { Encoding { end(socket) } }
        switch place {
        case .handler: socket.on("go") { () -> Void in end(socket) }
        case .any: socket.onAny { name, _ in if name == "go" { end(socket) } }
        case .once: socket.once("go") { () -> Void in end(socket) }
        case .answering:
            socket.on("go") {
                end(socket)
                return true
            }
        case .hand:
            socket.on("go") { (answer: Acknowledgement?, texts: [String]) in
                end(socket)
                try answer?(texts)
            }
        case .raw:
            socket.on(
                "go",
                raw: { arguments, answer in
                    end(socket)
                    answer?(arguments: arguments)
                })
        case .async:
            socket.on("go") { (texts: [String]) async throws -> [String] in
                end(socket)
                await Task.yield()
                end(socket)
                return texts
            }
        case .decoding:
            socket.on("go") { (_: JustDecoded) -> Void in end(socket) }
            socket.on("go", raw: { arguments, _ in _ = try arguments.decode(0, as: [String].self) })
        case .encoding:
            socket.on("go") { () -> Void in
                try socket.emit("evil", encoding())
                try socket.emit("evil", encoding(), 1)
            }
        case .encodingInTask:
            socket.on("go") { () async throws -> Void in
                // Nobody above holds anything of the connection now.
                await Task.yield()
                try socket.emit("evil", encoding())
            }
        case .acknowledging: socket.on("go") { encoding() }
        case .broadcasting: socket.on("go") { () -> Void in try socket.namespace.emit("evil", encoding()) }
        case .disconnecting:
            socket.on(.disconnecting) { _ in end(socket) }
            socket.on("go") { () -> Void in end(socket) }
        case .anotherNamespace: break
        }
    }

    struct JustDecoded: Decodable, Sendable {
        init(from decoder: any Decoder) throws {}
    }

    @Test(arguments: End.allCases)
    func `an argument that ends its socket is decoded to its end`(end: End) async throws {
        try await TestServer.run(Self.limited) { server in
            server.io.on(.connection) { socket in
                socket.on("go") { (value: EndingText, rest: [String]) -> Void in
                    server.notes.push((value.texts + rest).joined(separator: ","))
                }
                EndingText.ends.withLock { $0[socket.id] = { end(socket) } }
            }
            let client = try TestClient(server.port)
            let id = try await client.join()
            client.send(together: [#"2["go",["\#(id)","b","c"],["d","e"]]"#, #"2["go",["f"],[]]"#])
            #expect(try await server.notes.next() == "\(id),b,c,d,e")
            EndingText.ends.withLock { $0[id] = nil }
            try await self.end([client], of: server)
        }
    }

    /// An array whose first element names the socket to end while the second is still unread.
    struct EndingText: Decodable, Sendable {
        static let ends = Mutex<[String: @Sendable () -> Void]>([:])
        let texts: [String]

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            var texts = [try container.decode(String.self)]
            Self.ends.withLock { $0[texts[0]] }?()
            while !container.isAtEnd { texts.append(try container.decode(String.self)) }
            self.texts = texts
        }
    }

    // MARK: Sending while sending

    @Test func `a value that sends while it is encoded leaves both packets whole`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let value = Encoding {
                try socket.emit("inner", [1, 2] as [UInt8], 1)
                try socket.emit("inner", Encoding { try socket.emit("innermost", String(repeating: "x", count: 5000)) })
                try server.io.emit("all", "é")
            }
            let expected: [Incoming] = [
                .text(#"51-["inner",{"_placeholder":true,"num":0},1]"#), .binary([1, 2]),
                .text(#"2["innermost","\#(String(repeating: "x", count: 5000))"]"#),
                .text(#"2["inner",["before","behind"]]"#), .text(#"2["all","é"]"#),
                .text(#"51-["outer",{"_placeholder":true,"num":0},["before","behind"],"end"]"#), .binary([9]),
            ]
            for isOnLoop in [true, false] {
                let send: @Sendable () -> Result<Void, any Error> = {
                    Result { try socket.emit("outer", [9] as [UInt8], value, "end") }
                }
                if isOnLoop { try await socket.loop.call(send).get() } else { try send().get() }
                for incoming in expected { #expect(try await client.nextIncoming() == incoming) }
            }
            // One that cannot be encoded takes back nothing of the other.
            let failing = Encoding {
                try socket.emit("inner")
                throw Failure()
            }
            let failed = await socket.loop.call { (try? socket.emit("outer", [9] as [UInt8], failing)) == nil }
            #expect(failed)
            #expect(try await client.next() == #"2["inner"]"#)
            try await socket.loop.call { Result { try socket.emit("next", 1) } }.get()
            #expect(try await client.next() == #"2["next",1]"#)
        }
    }

    // MARK: Overflow

    // MARK: Sockets that nobody names

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
                try await end(clients + [other], of: server)
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

    // MARK: Middleware that is late

    @Test(arguments: [false, true], EngineServer.Transport.allCases)
    func `a middleware may outlive its connection, and use its socket`(
        throwing: Bool, transport: EngineServer.Transport
    ) async throws {
        try await TestServer.run { server in
            let gate = Mailbox<Void>()
            server.io.use { socket in
                socket.join("before")
                server.notes.push("waiting")
                try await gate.next()
                for close in [false, true] {
                    socket.join("late")
                    socket.on("x") { () -> Void in _ = socket.id }
                    try socket.emit("late", 1)
                    try server.io.to("late", "before").emit("late")
                    let failed: Int? = try? await socket.emitWithAck("late")
                    socket.disconnect(close: close)
                    server.notes.push(
                        "\(socket.connected) \(socket.loop.isCurrent) \(failed == nil) \(socket.transport == transport)"
                    )
                }
                if throwing { throw ConnectError("late", data: 1) }
                Task {
                    socket.join("later")
                    try socket.emit("later")
                    server.notes.push("\(socket.rooms.isEmpty)")
                }
            }
            server.io.on(.connection) { _ in server.notes.push("connection") }
            let client = try TestClient(server.port, transport)
            client.send("0")
            #expect(try await server.notes.next() == "waiting")
            client.close()
            while server.io.clientsCount > 0 { await Task.yield() }
            gate.push(())
            #expect(try await server.notes.next(count: 2) == Array(repeating: "false true true true", count: 2))
            if !throwing { _ = try await server.notes.next() }
            #expect(server.io.sockets.socketsCount == 0)
            #expect(try await server.io.fetchSockets().isEmpty)
        }
    }

    // MARK: The server's end

    @Test(arguments: [1, 3])
    func `a server may be closed while its handlers run`(loops: Int) async throws {
        let gates = [Mailbox<Void>(), Mailbox<Void>()]
        let notes = Mailbox<String>()
        let clients = Mailbox<TestClient>()
        try await TestServer.run(loops: loops) { server in
            server.io.on(.connection) { socket in
                socket.join("room")
                socket.on("wait") { (number: Int) async throws -> Int in
                    notes.push("waiting")
                    while socket.connected {
                        try socket.emit("n", number)
                        try server.io.to("room").emit("n", number)
                        await Task.yield()
                    }
                    try await gates[number].next()
                    socket.join("late")
                    socket.leave("room")
                    try socket.emit("late")
                    try server.io.emit("late")
                    socket.disconnect(close: true)
                    notes.push("\(socket.loop.isCurrent) \(socket.rooms.count) \(socket.transport != nil)")
                    return number
                }
                socket.on(.disconnecting) { _ in
                    try server.io.emit("left", socket.id)
                    server.io.disconnectSockets(close: true)
                }
            }
            for (number, transport) in EngineServer.Transport.allCases.enumerated() {
                let client = try await server.client(transport)
                client.send(#"21["wait",\#(number)]"#)
                #expect(try await notes.next() == "waiting")
                clients.push(client)
            }
        }
        for gate in gates {
            gate.push(())
            #expect(try await notes.next() == "true 0 true")
        }
    }

    // MARK: Sockets that are kept

    /// Does one of all the things that one can do with a socket.
    private func use(_ socket: Socket, _ number: Int, _ round: Int) {
        switch (round + number) % 10 {
        case 0: try? socket.emit("x", round)
        case 1: socket.join("room \(round % 7)", "all")
        case 2: socket.leave("room \((round + 3) % 7)")
        case 3: _ = socket.rooms.count
        case 4: _ = socket.transport
        case 5: try? socket.to("all").emit("x", "text")
        case 6: socket.on("y") { () -> Void in _ = socket.id }.off()
        case 7: try? socket.volatile.emit("x", [UInt8](repeating: 0, count: 10))
        case 8: socket.namespace.in("all").socketsLeave("room 1")
        default:
            let asking = Task { let _: Int = try await socket.timeout(.milliseconds(5)).emitWithAck("q") }
            if round % 3 == 0 { asking.cancel() }
        }
    }

    // MARK: Transports

    @Test(arguments: [1, 3])
    func `a WebSocket may replace polling in the middle of broadcasts, and nothing is lost`(loops: Int) async throws {
        let count = 600
        try await TestServer.run(loops: loops) { server in
            let results = Mailbox<[String]>()
            let port = server.port
            for number in 0..<6 {
                startThread {
                    let packets = try? UpgradingClient(port: port).run(until: count - 1, polls: 3 + number % 3)
                    results.push(packets ?? [])
                }
            }
            while server.io.sockets.socketsCount < 6 { await Task.yield() }
            for number in 0..<count {
                try server.io.emit("n", number, String(repeating: "x", count: number % 300))
                if number % 3 == 0 { try await Task.sleep(for: .milliseconds(1)) }
            }
            let expected = (0..<count).map { #"2["n",\#($0),"\#(String(repeating: "x", count: $0 % 300))"]"# }
            for _ in 0..<6 { #expect(try await results.next() == expected) }
        }
    }
}

import SIONet
import Synchronization
import TestSupport
import Testing

@testable import SocketIO

/// Applications end sockets under the feet of those that use them.
///
/// What holds whom is not counted on the road of a message. With a sanitizer for addresses each wrong step is an error.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ReentrancyTests {
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

    private static func limited(_ configuration: inout Server.Configuration) {
        configuration.maxSendBufferSize = 200_000
        configuration.engine.perMessageDeflate = nil
    }

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
                try await server.end([client])
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

    /// What a socket's listeners listen to.
    enum Heard: CaseIterable {
        case named, any, outgoing

        func listen(_ socket: Socket, holding end: AtEnd? = nil, _ body: @escaping @Sendable () -> Void) -> Listener {
            let heard: @Sendable () -> Void = { withExtendedLifetime(end, body) }
            return switch self {
            case .named: socket.on("x", heard)
            case .any: socket.onAny { name, _ in if name == "x" { heard() } }
            case .outgoing: socket.onAnyOutgoing { _, _ in heard() }
            }
        }
    }

    @Test(arguments: Heard.allCases)
    func `what goes with a listener may take off another one`(heard: Heard) async throws {
        try await TestServer.run(Self.limited) { server in
            server.io.on(.connection) { socket in
                socket.on("go") { () -> Void in
                    let second = heard.listen(socket) { server.notes.push("heard") }
                    let first = heard.listen(socket, holding: AtEnd { second.off() }) {}
                    first.off()
                    // One more that is counted rightly.
                    heard.listen(socket) { server.notes.push("heard by the last") }.off()
                    server.notes.push("off")
                }
                socket.on("x") { () -> Void in
                    try socket.emit("y")
                    server.notes.push("done")
                }
            }
            let client = try TestClient(server.port)
            try await client.join()
            client.send(together: [#"2["go"]"#, #"2["x"]"#])
            #expect(try await server.notes.next(count: 2) == ["off", "done"])
            try await server.end([client])
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
            try await server.end([client])
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
}

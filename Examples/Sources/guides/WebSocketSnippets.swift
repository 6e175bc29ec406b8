// Written by scripts/guides, from the guides in Sources/WebSocket/WebSocket.docc.
import WebSocket

enum WebSocketSnippets {
    static func snippet1(server: WebSocketServer, socket: WebSocket) async throws {

        let server = WebSocketServer()
        server.on(path: "/echo") { socket in
            for try await message in socket { try await socket.send(message) }
        }
        try await server.listen(port: 8080)
    }

    static func snippet2(server: WebSocketServer, socket: WebSocket) async throws {
        let socket = try await WebSocket.connect("wss://example.org/feed")
        try await socket.send("hello")
        for try await message in socket {
            switch message {
            case .text(let text): print(text)
            case .binary(let bytes): print(bytes.count, "bytes")
            }
        }
        print("closed:", socket.closure?.code ?? .abnormalClosure)
    }

    static func snippet3(server: WebSocketServer, socket: WebSocket) async throws {
        if !socket.trySend(.text("tick")) {
            // It reads too slowly, or is gone: leave the message out, or the client.
            socket.abort()
        }
    }

    static func snippet4(server: WebSocketServer, socket: WebSocket) async throws {
        do {
            for try await message in socket { print(message) }
            print("closed with", socket.closure?.code ?? .noStatusReceived)
        } catch let failure as WebSocketFailure {
            print("lost:", failure)
        }
        await socket.close(.goingAway, reason: "until tomorrow")
    }

    static func snippet5(server: WebSocketServer, socket: WebSocket) async throws {
        try await WebSocket.withConnection(to: "wss://example.org/feed") { socket in
            try await socket.send("hello")
            print(try await socket.receive() ?? .text("nothing"))
        }
    }

    static func snippet6(server: WebSocketServer, socket: WebSocket) async throws {
        struct Account: Sendable {
            var name: String
        }

        server.on(path: "/account") { request in
            guard let token = request.headers["Authorization"] else { throw WebSocketRefusal(.unauthorized) }
            return Account(name: token)
        } _: { socket, account in
            try await socket.send("hello \(account.name)")
        }
    }

    static func snippet7(server: WebSocketServer, socket: WebSocket) async throws {
        do {
            _ = try await WebSocket.connect("wss://example.org/account")
        } catch let error as WebSocketConnectError where error.code == .refused {
            print("refused with", error.response?.status ?? .forbidden)
        }
    }

    static func snippet8(server: WebSocketServer, socket: WebSocket) async throws {
        var configuration = WebSocketServer.Configuration()
        configuration.maxConnections = 10_000
        configuration.http.maxHeaderSize = 8 * 1024
        configuration.socket.maxMessageSize = 64 * 1024
        configuration.socket.keepAlive = .init(interval: .seconds(30), timeout: .seconds(10))
        configuration.socket.perMessageDeflate = PerMessageDeflate()
        let strict = WebSocketServer(configuration)
        strict.on(path: "/", subprotocols: ["chat.v2", "chat.v1"]) { socket in
            let time = try await socket.ping()
            try await socket.send("\(socket.subprotocol ?? "none"), \(time) away")
        }
    }

    static func snippet9(server: WebSocketServer, socket: WebSocket) async throws {
        let http = HTTPServer()
        http.on("/health") { _ in .text("ok") }
        let shared = WebSocketServer(mountedOn: http)
        shared.on(path: "/echo") { socket in
            for try await message in socket { try await socket.send(message) }
        }
        try await http.listen(port: 8080)

        _ = await TerminationSignal.next()
        await shared.close(grace: .seconds(5))
        await http.close()
    }
}

// Written by scripts/guides, from docs.
import SocketIO

enum DocsDeploymentSnippets {
    static func snippet1(io: Server, socket: Socket, rows: [String], descriptor: CInt, bytes: [UInt8]) async throws {
        var configuration = Server.Configuration()
        configuration.maxClients = 50_000  // beyond: 503
        configuration.rateLimits.handshakesPerAddress = RateLimit(perSecond: 5, burst: 50)  // beyond: 429, Retry-After
        configuration.rateLimits.messagesPerClient = RateLimit(perSecond: 100, burst: 500)  // beyond: read later
        configuration.rateLimits.bytesPerClient = RateLimit(perSecond: 500_000, burst: 2_000_000)
    }

    static func snippet2(io: Server, socket: Socket, rows: [String], descriptor: CInt, bytes: [UInt8]) async throws {
        for row in rows {
            try await socket.whenWritable()
            try socket.emit("row", row)
        }
    }

    static func snippet3(io: Server, socket: Socket, rows: [String], descriptor: CInt, bytes: [UInt8]) async throws {
        var configuration = Server.Configuration()
        configuration.trustedProxies = .hops(1)
    }

    static func snippet4(io: Server, socket: Socket, rows: [String], descriptor: CInt, bytes: [UInt8]) async throws {
        await io.drain(within: .seconds(20)) { try $0.emit("moving") }
    }

    static func snippet5(io: Server, socket: Socket, rows: [String], descriptor: CInt, bytes: [UInt8]) async throws {
        let http = HTTPServer()
        io.mount(on: http)  // it need not listen
        http.adopt(descriptor, received: bytes)  // from here on it is a connection like any other
    }
}

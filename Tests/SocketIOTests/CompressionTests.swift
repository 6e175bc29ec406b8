import SIONet
import TestSupport
import Testing

@testable import SocketIO

private let long = String(repeating: "a text that repeats itself; ", count: 100)

/// A way to send an event.
enum Way: String, CaseIterable {
    case emit
    case emitPlain
    case emitVolatilePlain
    case emitPlainAndNot
    case emitShort
    case broadcast
    case broadcastPlain
    case toRoom
    case toRoomPlain

    var isCompressed: Bool {
        switch self {
        case .emit, .emitPlainAndNot, .broadcast, .toRoom: true
        case .emitPlain, .emitVolatilePlain, .emitShort, .broadcastPlain, .toRoomPlain: false
        }
    }

    func send(_ io: Server, _ socket: Socket) throws {
        switch self {
        case .emit: try socket.emit("news", long)
        case .emitPlain: try socket.compress(false).emit("news", long)
        case .emitVolatilePlain: try socket.volatile.compress(false).emit("news", long)
        case .emitPlainAndNot: try socket.compress(false).compress(true).emit("news", long)
        case .emitShort: try socket.emit("news", "short")
        case .broadcast: try io.emit("news", long)
        case .broadcastPlain: try io.compress(false).emit("news", long)
        case .toRoom: try io.to(socket.id).emit("news", long)
        case .toRoomPlain: try io.to(socket.id).compress(false).emit("news", long)
        }
    }
}

/// A client that has joined `/`.
private func join(_ port: Int) throws -> RawClient {
    let client = try RawClient(port: port)
    client.send(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
            + "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
    let head = client.receive(until: "\r\n\r\n")
    #expect(head.contains("permessage-deflate"))
    #expect(client.receiveFrame()?.opcode == 1)
    client.sendFrame(1, Array("40".utf8))
    #expect(client.receiveFrame()?.opcode == 1)
    return client
}

@Suite struct `Compression of events` {
    @Test(arguments: Way.allCases) func `an event is compressed unless it says otherwise`(way: Way) async throws {
        try await TestServer.run {
            $0.perMessageDeflate = PerMessageDeflate()
        } body: { server in
            let sockets = server.sockets()
            let own = EventLoopGroup(loops: 1)
            let loop = own.loops[0]
            let port = server.port
            let joined = await loop.call { () -> Result<LoopBound<RawClient>, any Error> in
                Result { LoopBound(try join(port), to: loop) }
            }
            let client = try joined.get()
            let socket = try await sockets.next()
            // From outside the socket's loop, and on it.
            try way.send(server.io, socket)
            let io = server.io
            let sent = await socket.loop.call { () -> Result<Void, any Error> in Result { try way.send(io, socket) } }
            try sent.get()
            for _ in 0..<2 {
                let first = await loop.call { client.value.receiveFrameWithBits()?.first }
                #expect(first == (way.isCompressed ? 0xC1 : 0x81))
            }
            await loop.call { client.value.close() }
            await own.shutdown()
        }
    }
}

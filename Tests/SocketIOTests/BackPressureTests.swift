import SIONet
import TestSupport
import Testing

@testable import EngineIO
@testable import SocketIO

@Suite(.serialized, .timeLimit(.minutes(2))) struct BackPressureTests {
    private static let chunk = String(repeating: "x", count: 100_000)

    private static func configure(_ configuration: inout Server.Configuration) {
        configuration.sendHighWaterMark = 300_000
        configuration.sendLowWaterMark = 100_000
        configuration.maxSendBufferSize = 40_000_000
    }

    /// Sends until the system takes no more, so that something waits; returns the packets.
    private static func fill(_ socket: Socket) async throws -> Int {
        var count = 0
        while await socket.loop.call({ (socket.bufferedBytes ?? 0) < 2_000_000 }) {
            try socket.emit("fill", chunk)
            count += 1
        }
        return count
    }

    private static func buffered(_ socket: Socket) async -> Int {
        await socket.loop.call { socket.bufferedBytes ?? -1 }
    }

    @Test(arguments: EngineServer.Transport.allCases)
    func `who waits for a writable socket never has more waiting than the mark and a packet`(
        transport: EngineServer.Transport
    ) async throws {
        try await TestServer.run(Self.configure) { server in
            server.io.on(.connection) { socket in
                socket.on("go") { (count: Int) async throws -> Void in
                    var most = 0
                    for _ in 0..<count {
                        try await socket.whenWritable()
                        try socket.emit("chunk", Self.chunk)
                        most = max(most, socket.bufferedBytes ?? .max)
                    }
                    try await socket.drained()
                    server.notes.push("\(most <= 300_000 + Self.chunk.utf8.count + 100), \(socket.bufferedBytes ?? -1)")
                }
            }
            let client = try await server.client(transport)
            client.send(#"2["go",100]"#)
            for _ in 0..<100 { #expect(try await client.next() == #"2["chunk","\#(Self.chunk)"]"#) }
            #expect(try await server.notes.next() == "true, 0")
            #expect(server.errors.takeAll().isEmpty)
        }
    }

    @Test func `a client that reads nothing lets its sender wait, until it reads`() async throws {
        try await TestServer.run(Self.configure) { server in
            let sockets = server.sockets()
            let client = try TestClient(server.port, reads: false)
            client.send("0")
            let socket = try await sockets.next()
            #expect(await socket.loop.call { socket.isWritable == true && socket.bufferedBytes != nil })
            // Elsewhere nobody knows.
            #expect(socket.isWritable == nil && socket.bufferedBytes == nil)
            let count = try await Self.fill(socket)
            #expect(await socket.loop.call { socket.isWritable == false })
            let waiting = Task {
                try await socket.whenWritable()
                server.notes.push("writable at \(await Self.buffered(socket) <= 100_000)")
                try await socket.drained()
                server.notes.push("drained at \(await Self.buffered(socket))")
            }
            // Nothing happens until somebody reads.
            #expect(
                await eventually {
                    await socket.loop.call { socket.core.value.session?.object.shard.waiters.isEmpty == false }
                })
            #expect(server.notes.takeAll().isEmpty)
            client.read()
            _ = try await client.next()
            for _ in 0..<count { #expect(try await client.next().hasPrefix(#"2["fill","#)) }
            #expect(try await server.notes.next(count: 2) == ["writable at true", "drained at 0"])
            try await waiting.value
            // Nothing is kept of it.
            #expect(await socket.loop.call { socket.core.value.session?.object.shard.waiters.isEmpty == true })
        }
    }

    /// What ends a wait before the client has taken anything.
    enum End: CaseIterable {
        case cancel, disconnect, namespace, gone, close
    }

    @Test(arguments: End.allCases)
    func `a wait ends with whatever it waits for`(end: End) async throws {
        try await TestServer.run(Self.configure) { server in
            let sockets = server.sockets(in: end == .namespace ? "/other" : "/")
            let client = try TestClient(server.port, reads: false)
            client.send(end == .namespace ? "0/other," : "0")
            let socket = try await sockets.next()
            _ = try await Self.fill(socket)
            let waits = [Task { try await socket.whenWritable() }, Task { try await socket.drained() }]
            let waiters = try #require(
                await socket.loop.call {
                    (socket.core.value.session?.object.shard.waiters).map { LoopBound($0, to: socket.loop) }
                })
            #expect(await eventually { await waiters.loop.call { waiters.value.count == 2 } })
            switch end {
            case .cancel: for wait in waits { wait.cancel() }
            case .disconnect: socket.disconnect(close: true)
            // The connection stays, with what waits on it.
            case .namespace: socket.disconnect()
            case .gone: client.drop()
            case .close: await server.io.close()
            }
            for wait in waits {
                let result = await wait.result
                switch result {
                case .success: Issue.record("taken by nobody")
                case .failure(let error):
                    if end == .cancel {
                        #expect(error is CancellationError)
                    } else {
                        #expect((error as? SendError)?.code == .disconnected)
                    }
                }
            }
            #expect(await waiters.loop.call { waiters.value.isEmpty })
            if end == .cancel || end == .namespace {
                #expect(await eventually { server.io.clientsCount == 1 })
            } else {
                // Behind its end a socket takes nothing.
                await #expect(throws: SendError.self) { try await socket.drained() }
            }
        }
    }

    @Test func `whoever was cancelled before does not wait`() async throws {
        try await TestServer.run(Self.configure) { server in
            let sockets = server.sockets()
            let client = try TestClient(server.port, reads: false)
            client.send("0")
            let socket = try await sockets.next()
            _ = try await Self.fill(socket)
            let wait = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await socket.drained()
            }
            await #expect(throws: CancellationError.self) { try await wait.value }
        }
    }

    @Test func `the application is told whose session ends because too much waited`() async throws {
        try await TestServer.run { configuration in
            configuration.maxSendBufferSize = 200_000
        } body: { server in
            let sockets = server.sockets()
            server.io.onLimitReached { reached, sockets in
                server.notes.push("\(reached.limit) \(Int(reached.value)) \(sockets.map(\.id))")
            }
            let client = try await server.client()
            let socket = try await sockets.next()
            socket.on(.disconnect) { server.notes.push($0.rawValue) }
            await socket.loop.call { _ = try? socket.emit("much", String(repeating: "x", count: 200_000)) }
            #expect(
                try await server.notes.next(count: 2) == [
                    "maxSendBufferSize 200000 [\"\(socket.id)\"]", "send buffer overflow",
                ])
            #expect(server.io.limitCounts == [.maxSendBufferSize: 1])
            client.drop()
        }
    }
}

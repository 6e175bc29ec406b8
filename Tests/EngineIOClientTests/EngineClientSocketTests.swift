import EngineIO
import SIONet
import TestSupport
import Testing

@testable import EngineIOClient

@Suite(.timeLimit(.minutes(1))) struct EngineClientSocketTests {
    @Test func `a socket is opened, carries messages in order, and is closed`() async throws {
        let group = EventLoopGroup(loops: 1)
        let server = EngineServer()
        server.onConnection { socket in socket.onMessage { [weak socket] in socket?.send($0) } }
        let port = try #require(try await server.listen(host: "127.0.0.1", port: 0, eventLoops: group).first?.port)
        let seen = Shared<[String]>([])
        let socket = try EngineClientSocket("http://127.0.0.1:\(port)", eventLoops: group)
        socket.onOpen { id in seen.change { $0.append("opened \(id.utf8.count)") } }
        socket.onUpgrade { seen.change { $0.append("upgraded") } }
        socket.onMessage { message in seen.change { $0.append("\(message)") } }
        socket.onClose { reason, error in seen.change { $0.append("\(reason) \(error == nil)") } }
        socket.open()
        socket.open()
        socket.send(.text("a"))
        socket.send(.binary([1, 2]))
        #expect(await eventually { seen.value.count == 4 })
        socket.close()
        #expect(await eventually { seen.value.count == 5 })
        socket.send(.text("late"))
        socket.close()
        #expect(
            seen.value.filter { $0 != "upgraded" } == [
                "opened 20", "text(\"a\")", "binary([1, 2])", "forced close true",
            ])
        await server.close()
        await group.shutdown()
    }

    /// Runs an echoing server and the body, with a socket to it, on one loop.
    private func withSocket(
        _ body: @escaping @Sendable (EngineClientSocket, Shared<[String]>, EventLoop) async throws -> Void
    ) async throws {
        let group = EventLoopGroup(loops: 1)
        let server = EngineServer()
        server.onConnection { socket in socket.onMessage { [weak socket] in socket?.send($0) } }
        let port = try #require(try await server.listen(host: "127.0.0.1", port: 0, eventLoops: group).first?.port)
        let socket = try EngineClientSocket("http://127.0.0.1:\(port)", eventLoops: group)
        let seen = Shared<[String]>([])
        socket.onMessage { message in seen.change { $0.append("\(message)") } }
        socket.onClose { reason, _ in seen.change { $0.append(reason) } }
        try await body(socket, seen, group.loops[0])
        socket.close()
        await server.close()
        await group.shutdown()
    }

    @Test func `what is sent on the loop right behind the opening is not lost`() async throws {
        try await withSocket { socket, seen, loop in
            await loop.call {
                socket.open()
                socket.send(.text("a"))
            }
            #expect(await eventually { seen.value == ["text(\"a\")"] })
        }
    }

    @Test func `a socket that is closed on the loop right behind the opening is closed`() async throws {
        try await withSocket { socket, seen, loop in
            await loop.call {
                socket.open()
                socket.close()
            }
            #expect(await eventually { seen.value == ["forced close"] })
        }
    }

    @Test func `what a handler held may use the socket when it is let go`() async throws {
        let gone = Shared(0)
        try await withSocket { socket, seen, _ in
            // Each sets the handler that it was let go for.
            let held = { @Sendable (body: @escaping @Sendable () -> Void) in
                AtEnd {
                    body()
                    gone.change { $0 += 1 }
                }
            }
            var ends = [
                held { socket.onOpen { _ in } }, held { socket.onUpgrade {} }, held { socket.onMessage { _ in } },
                held { socket.onClose { _, _ in } },
            ]
            socket.onOpen { [end = ends[0]] _ in _ = end }
            socket.onUpgrade { [end = ends[1]] in _ = end }
            socket.onMessage { [end = ends[2]] _ in _ = end }
            socket.onClose { [end = ends[3]] _, _ in _ = end }
            ends = []
            socket.onOpen { _ in }
            socket.onUpgrade {}
            socket.onMessage { _ in }
            socket.onClose { reason, _ in seen.change { $0.append(reason) } }
            #expect(gone.value == 4)
            // And when the session ends.
            socket.onMessage { [end = held { socket.onMessage { _ in } }] _ in _ = end }
            socket.onClose { reason, _ in seen.change { $0.append(reason) } }
            socket.open()
            socket.close()
            #expect(await eventually { seen.value == ["forced close"] && gone.value == 5 })
        }
    }

    @Test(arguments: ["", "chat.example", "ftp://chat.example", "http://"])
    func `an address that is none is refused at once`(address: String) {
        #expect { _ = try EngineClientSocket(address) } throws: { error in
            (error as? EngineClientError)?.code == .invalidURL
        }
    }

    @Test func `a socket whose loops are gone is closed`() async throws {
        let group = EventLoopGroup(loops: 1)
        let socket = try EngineClientSocket("http://127.0.0.1:1", eventLoops: group)
        await group.shutdown()
        let reasons = Shared<[String]>([])
        socket.onClose { reason, _ in reasons.change { $0.append(reason) } }
        socket.open()
        #expect(reasons.value == ["transport error"])
        socket.send(.text("late"))
    }
}

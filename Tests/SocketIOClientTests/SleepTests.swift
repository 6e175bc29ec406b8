import SIONet
import SocketIO
import SocketIOClient
import SocketIOTesting
import TestSupport
import Testing

/// What happens when the machine has slept for longer than a server waits, and no timer has fired yet.
@Suite(.timeLimit(.minutes(1))) struct SleepTests {
    /// Runs the body with a connected socket whose loop is its own, and which may sleep.
    private func run(
        _ body:
            @escaping @Sendable (World, ClientSocket, _ sleep: @escaping @Sendable () -> Void, EventLoop) async throws
            -> Void
    ) async throws {
        let group = EventLoopGroup(loops: 1)
        let loop = group.loops[0]
        try await World.run(client: { configuration in
            configuration.loops = group
            configuration.transports = [.websocket]
        }) { world in
            world.answerAll()
            let socket = world.pair.socket()
            socket.on(.connect) { world.notes.push("connect") }
            socket.on(.disconnect) { reason in world.notes.push("\(reason)") }
            try await socket.ready()
            #expect(try await world.notes.next() == "connect")
            try await body(world, socket, { loop.core.pretendedSleep += .seconds(60) }, loop)
            await socket.close()
            #expect(try await world.notes.next() == "io client disconnect")
        }
        await group.shutdown()
    }

    @Test func `what is emitted when the ping is overdue waits for the next connection`() async throws {
        try await run { world, socket, sleep, loop in
            await loop.call {
                sleep()
                for number in 0..<3 { try? socket.emit("note", "\(number)") }
                try? socket.volatile.emit("note", "volatile")
                world.notes.push("emitted")
            }
            let notes = try await world.notes.next(count: 6)
            #expect(notes.prefix(2) == ["ping timeout", "emitted"])
            // The server's handlers and the client's run beside each other.
            #expect(notes.dropFirst(2).filter { Int($0) != nil } == ["0", "1", "2"])
        }
    }

    @Test func `what is asked when the ping is overdue is answered on the next connection`() async throws {
        try await run { world, socket, sleep, loop in
            await loop.call { sleep() }
            let echo: String = try await socket.timeout(.seconds(50)).emitWithAck("echo", "kept")
            #expect(echo == "kept")
            #expect(try await world.notes.next(count: 2) == ["ping timeout", "connect"])
        }
    }

    @Test func `who knows that the machine is awake again need not wait until the loss is noticed`() async throws {
        try await run { world, socket, sleep, loop in
            await loop.call {
                socket.manager.reconnectionDelay = .seconds(600)
                socket.manager.reconnectionDelayMax = .seconds(600)
                // The server is not overdue.
                socket.manager.reconnectNow()
            }
            #expect(socket.connected && world.notes.takeAll() == [])
            await loop.call {
                sleep()
                socket.manager.reconnectNow()
            }
            let notes = try await world.notes.next(count: 2)
            #expect(notes == ["ping timeout", "connect"])
        }
    }
}

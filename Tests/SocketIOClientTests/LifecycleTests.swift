import SocketIO
import SocketIOClient
import SocketIOTesting
import TestSupport
import Testing

@Suite struct LifecycleTests {
    @Test func `once hears the next time only, of a socket and of its manager`() async throws {
        try await World.run(client: { $0.transports = [.websocket] }) { world in
            let manager = world.pair.client()
            let socket = manager.socket()
            socket.once(.connect) { world.notes.push("once") }
            manager.once(.open) { () async throws -> Void in world.notes.push("open, as a task") }
            manager.once(.reconnect) { world.notes.push("reconnect \($0)") }
            socket.on(.connect) { world.notes.push("connect") }
            try await socket.ready()
            #expect(try await Set(world.notes.next(count: 3)) == ["once", "connect", "open, as a task"])
            for expected in [["reconnect 1", "connect"], ["connect"]] {
                world.pair.cutAll()
                #expect(try await world.notes.next(count: expected.count) == expected)
            }
            await socket.close()
            #expect(world.notes.takeAll() == [])
        }
    }

    @Test func `a handler is taken off before it is called, and may take off others`() async throws {
        try await World.run { world in
            let socket = world.pair.socket()
            let other = socket.on(.connect) { world.notes.push("other") }
            socket.once(.connect) {
                // It hears of this connection still, as in the reference.
                other.off()
                socket.once(.connect) { world.notes.push("next") }
                world.notes.push("first")
            }
            for expected in [["other", "first"], ["next"], []] {
                try await socket.ready()
                _ = await socket.hasListeners(.connect)
                #expect(world.notes.takeAll() == expected)
                await socket.close()
            }
        }
    }

    @Test func `handlers of one kind are taken off, or of all`() async throws {
        try await World.run { world in
            world.answerAll()
            let manager = world.pair.client()
            let socket = manager.socket()
            let note: @Sendable (String, String) -> Void = { event, text in world.notes.push("\(event) \(text)") }
            socket.on("said") { (text: String) in note("said", text) }
            socket.onAny { event, _ in world.notes.push("any \(event)") }
            socket.on(.connect) { note("connect", "") }
            socket.on(.disconnect) { note("disconnect", "\($0)") }
            manager.on(.open) { note("open", "") }
            manager.on(.ping) { note("ping", "") }
            let heard = { () async -> [Bool] in
                [
                    await socket.hasListeners("said"), await socket.hasListeners("connect"),
                    await socket.hasListeners(.connect), await socket.hasListeners(.disconnect),
                    await manager.hasListeners(.open), await manager.hasListeners(.ping),
                ]
            }
            #expect(await heard() == [true, false, true, true, true, true])
            socket.off(.connect)
            manager.off(.open)
            #expect(await heard() == [true, false, false, true, false, true])
            socket.off("said")
            #expect(await heard() == [false, false, false, true, false, true])
            socket.on("said") { (text: String) in note("said", text) }
            socket.off()
            manager.off()
            #expect(await heard() == [false, false, false, false, false, false])
            try await socket.ready()
            try socket.emit("say", "something")
            #expect(try await world.notes.next() == "any said")
            await socket.close()
            #expect(world.notes.takeAll() == [])
        }
    }

    @Test func `what handlers throw is reported with the event's name, and the others are called`() async throws {
        struct Failure: Error {}
        try await World.run { world in
            let manager = world.pair.client()
            let socket = manager.socket()
            manager.onError { error in world.notes.push((error as? HandlerError)?.event ?? "\(type(of: error))") }
            socket.on(.connect) { throw Failure() }
            socket.on(.connect) { () async throws -> Void in throw Failure() }
            socket.on(.connect) { world.notes.push("called") }
            manager.on(.open) { throw Failure() }
            try await socket.ready()
            #expect(try await world.notes.next(count: 4).sorted() == ["Failure", "called", "connect", "connect"])
            await socket.close()
        }
    }
}

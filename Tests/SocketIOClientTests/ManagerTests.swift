import SocketIO
import SocketIOClient
import SocketIOTesting
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ManagerTests {
    @Test func `the defaults are the reference's`() {
        let manager = Manager.Configuration()
        #expect(manager.reconnection)
        #expect(manager.reconnectionAttempts == nil)
        #expect(manager.reconnectionDelay == .seconds(1))
        #expect(manager.reconnectionDelayMax == .seconds(5))
        #expect(manager.randomizationFactor == 0.5)
        #expect(manager.timeout == .seconds(20))
        #expect(manager.path == "/socket.io")
        #expect(manager.addTrailingSlash)
        #expect(manager.transports == [.polling, .websocket])
        #expect(manager.upgrade)
        #expect(!manager.tryAllTransports)
        #expect(!manager.rememberUpgrade)
        #expect(!manager.forceBase64)
        #expect(!manager.withCredentials)
        #expect(manager.timestampRequests == nil)
        #expect(manager.timestampParam == "t")
        #expect(manager.requestTimeout == nil)
        #expect(manager.perMessageDeflate != nil)
        let socket = ClientSocket.Configuration()
        #expect(socket.retries == nil)
        #expect(socket.ackTimeout == nil)
    }

    @Test func `a connection is opened and closed by hand, and tells what happens to it`() async throws {
        try await World.run(server: { $0.pingInterval = .milliseconds(10) }) { world in
            let manager = world.pair.client()
            manager.on(.open) { world.notes.push("open") }
            manager.on(.ping) { world.notes.push("ping") }
            manager.on(.close) { reason in world.notes.push("\(reason)") }
            manager.open()
            let notes = try await world.notes.next(count: 2)
            #expect(notes == ["open", "ping"])
            manager.close()
            await manager.closed()
            #expect(world.notes.takeAll().last == "forced close")
        }
    }

    @Test func `a manager tells what carries its connection`() async throws {
        try await World.run { world in
            let manager = world.pair.client()
            let note: @Sendable () -> Void = { world.notes.push(manager.transport?.rawValue ?? "nothing") }
            manager.on(.open, note)
            manager.on(.upgrade, note)
            manager.on(.close) { _ in note() }
            #expect(manager.transport == nil)
            manager.open()
            let transports = try await world.notes.next(count: 2)
            #expect(transports == ["polling", "websocket"])
            manager.close()
            #expect(try await world.notes.next() == "nothing")
            await manager.closed()
        }
    }

    @Test func `an attempt that takes too long fails as a timeout`() async throws {
        try await World.run(client: { configuration in
            configuration.reconnection = false
            configuration.timeout = .milliseconds(50)
        }) { world in
            world.pair.hold()
            let failure = await #expect(throws: ConnectFailure.self) { try await world.pair.socket().ready() }
            #expect(failure?.code == .timedOut)
            #expect(failure?.message == "timeout")
            world.pair.release()
        }
    }

    @Test func `whoever knows that the network is back need not wait for the next attempt`() async throws {
        try await World.run(client: { configuration in
            configuration.transports = [.websocket]
            configuration.reconnectionDelay = .seconds(600)
            configuration.reconnectionDelayMax = .seconds(600)
        }) { world in
            let socket = world.pair.socket()
            socket.on(.disconnect) { _ in world.notes.push("lost") }
            socket.on(.connect) { world.notes.push("connected") }
            try await socket.ready()
            world.pair.cutAll()
            #expect(try await world.notes.next(count: 2) == ["connected", "lost"])
            socket.manager.reconnectNow()
            #expect(try await world.notes.next() == "connected")
            await socket.close()
        }
    }

    @Test func `options that are set on a manager are what it goes by from then on`() async throws {
        var configuration = World.fast()
        configuration.reconnectionDelay = .seconds(600)
        configuration.reconnectionDelayMax = .seconds(600)
        let manager = try Manager("http://127.0.0.1:1", configuration)
        #expect(manager.reconnection && manager.reconnectionAttempts == nil && manager.timeout == .seconds(20))
        #expect(manager.reconnectionDelay == .seconds(600) && manager.reconnectionDelayMax == .seconds(600))
        #expect(manager.randomizationFactor == 0.5)
        let notes = Mailbox<String>()
        manager.once(.error) { _ in
            // The wait for the first attempt has begun.
            manager.reconnectionDelay = .milliseconds(1)
            manager.reconnectionDelayMax = .milliseconds(2)
            manager.randomizationFactor = 0
            manager.reconnectionAttempts = 2
            manager.timeout = nil
            manager.reconnectNow()
        }
        manager.on(.reconnectAttempt) { notes.push("attempt \($0)") }
        manager.on(.reconnectFailed) { notes.push("failed") }
        manager.open()
        #expect(try await notes.next(count: 3) == ["attempt 1", "attempt 2", "failed"])
        #expect(manager.reconnectionDelay == .milliseconds(1) && manager.reconnectionDelayMax == .milliseconds(2))
        #expect(manager.randomizationFactor == 0 && manager.reconnectionAttempts == 2 && manager.timeout == nil)
    }

    @Test func `a timeout that is set on a manager is that of the next attempt`() async throws {
        try await World.run(client: { $0.timeout = nil }) { world in
            world.pair.hold()
            let socket = world.pair.socket()
            socket.manager.timeout = .milliseconds(50)
            socket.manager.reconnection = false
            let failure = await #expect(throws: ConnectFailure.self) { try await socket.ready() }
            #expect(failure?.code == .timedOut)
            world.pair.release()
        }
    }
}

import SocketIO
import SocketIOClient
import SocketIOTesting
import TestSupport
import Testing

/// How a test's client speaks.
enum Way: String, CaseIterable, CustomTestStringConvertible {
    case polling, websocket, upgrade
    case messagePack

    var testDescription: String { rawValue }

    func apply(_ client: inout Manager.Configuration) {
        switch self {
        case .polling: client.transports = [.polling]
        case .websocket: client.transports = [.websocket]
        case .upgrade: break
        case .messagePack: client.parser = .messagePack
        }
    }

    func apply(_ server: inout Server.Configuration) {
        if self == .messagePack { server.parser = .messagePack }
    }

    func run(_ body: (World) async throws -> Void) async throws {
        try await World.run(server: apply, client: apply, body)
    }
}

enum Chat {
    static let message = Event<String, Int>("chat message")
    static let history = Event<Int>.Acknowledged<[String]>("history")
}

@Suite struct ExchangeTests {
    @Test(arguments: Way.allCases) func `events and acknowledgements go both ways`(_ way: Way) async throws {
        try await way.run { world in
            world.answerAll()
            let socket = world.pair.socket()
            socket.on("said") { (text: String) in world.notes.push("heard \(text)") }
            try await socket.ready()
            #expect(socket.connected && socket.active)
            let echo: String = try await socket.emitWithAck("echo", "grüße")
            let sum: Int = try await socket.emitWithAck("sum", 2, 3)
            let bytes: [UInt8] = try await socket.emitWithAck("bytes", [1, 2, 3] as [UInt8])
            let id: String = try await socket.emitWithAck("id")
            #expect(echo == "grüße" && sum == 5 && bytes == [3, 2, 1])
            #expect(id == socket.id)
            try socket.emit("say", "hello")
            #expect(try await world.notes.next() == "heard hello")
            await socket.close()
            #expect(socket.disconnected && !socket.active)
        }
    }

    @Test func `what goes with a handler may take off another one`() async throws {
        try await World.run { world in
            world.answerAll()
            let socket = world.pair.socket()
            let heard: @Sendable () -> Void = { world.notes.push("heard") }
            try await socket.ready()
            typealias Body = @Sendable () -> Void
            let ways: [@Sendable (@escaping Body) -> Body] = [
                { body in socket.on("said") { (_: String) in body() }.off },
                { body in socket.onAny { _, _ in body() }.off },
                { body in socket.onAnyOutgoing { _, _ in body() }.off },
                { body in socket.on(.disconnect) { _ in body() }.off },
                { body in socket.manager.on(.close) { _ in body() }.off },
            ]
            socket.on("said") { (_: String) in
                for listen in ways {
                    let second = listen(heard)
                    let first = holding(AtEnd(second), listen)
                    first()
                }
                world.notes.push("off")
            }
            try socket.emit("say", "hello")
            #expect(try await world.notes.next() == "off")
            await socket.close()
            #expect(world.notes.takeAll().isEmpty)
        }
    }

    private func holding(
        _ end: AtEnd, _ listen: (@escaping @Sendable () -> Void) -> @Sendable () -> Void
    ) -> @Sendable () -> Void {
        listen { withExtendedLifetime(end) {} }
    }

    @Test(arguments: Way.allCases) func `the server asks and a client's handler answers`(_ way: Way) async throws {
        try await way.run { world in
            let answers = Mailbox<[Int]>()
            world.io.on(.connection) { socket in
                socket.on("go") { () async throws -> Void in
                    let sync: Int = try await socket.emitWithAck("double", 21)
                    let task: Int = try await socket.emitWithAck("slowly", 4)
                    answers.push([sync, task])
                }
            }
            let socket = world.pair.socket()
            socket.on("double") { (number: Int) in number * 2 }
            socket.on("slowly") { (number: Int) async throws -> Int in
                await Task.yield()
                return number * number
            }
            try await socket.ready()
            try socket.emit("go")
            #expect(try await answers.next() == [42, 16])
            await socket.close()
        }
    }

    @Test(arguments: Way.allCases) func `a thousand events arrive in order`(_ way: Way) async throws {
        try await way.run { world in
            world.answerAll()
            let socket = world.pair.socket()
            socket.connect()
            // Some before there is a connection, some during an upgrade, some behind it.
            for number in 0..<1000 {
                try socket.emit("note", "\(number)")
                if number == 500 { try await socket.ready() }
            }
            for number in 0..<1000 { #expect(try await world.notes.next() == "\(number)") }
            await socket.close()
        }
    }

    @Test func `declared events have their types on both ends`() async throws {
        try await World.run { world in
            world.io.on(.connection) { socket in
                socket.on(Chat.message) { (text: String, at: Int) in try socket.emit(Chat.message, text, at + 1) }
                socket.on(Chat.history) { (count: Int) in (0..<count).map { "line \($0)" } }
            }
            try await withSocket(world.pair.socket()) { socket in
                var messages = socket.events(Chat.message).makeAsyncIterator()
                try socket.emit(Chat.message, "hello", 41)
                let message = await messages.next()
                #expect(message?.0 == "hello" && message?.1 == 42)
                #expect(try await socket.emitWithAck(Chat.history, 2) == ["line 0", "line 1"])
            }
        }
    }

    @Test func `what is sent right behind the connection is heard by a body that listens at once`() async throws {
        try await World.run { world in
            world.io.on(.connection) { socket in for number in 0..<10 { try socket.emit("number", number) } }
            for _ in 0..<50 {
                let numbers = try await withSocket(world.pair.socket()) { socket in
                    var numbers: [Int] = []
                    for await number in socket.events("number", as: Int.self) {
                        numbers.append(number)
                        if numbers.count == 10 { break }
                    }
                    return numbers
                }
                #expect(numbers == Array(0..<10))
            }
        }
    }

    @Test(arguments: [Way.polling, .websocket, .upgrade])
    func `all that a body has sent arrives before it ends`(_ way: Way) async throws {
        try await way.run { world in
            world.answerAll()
            try await withSocket(world.pair.socket()) { socket in
                for number in 0..<100 { try socket.emit("note", "\(number)") }
            }
            for number in 0..<100 { #expect(try await world.notes.next() == "\(number)") }
        }
    }

    @Test(arguments: [Way.polling, .websocket, .upgrade])
    func `large binary that is sent right before leaving arrives`(_ way: Way) async throws {
        try await way.run { world in
            let sizes = Mailbox<Int>()
            world.io.on(.connection) { socket in
                socket.on("blob") { (bytes: [UInt8]) in sizes.push(bytes.count) }
            }
            for _ in 0..<8 {
                let socket = world.pair.socket()
                try socket.emit("blob", [UInt8](repeating: 7, count: 600_000))
                try await socket.ready()
                await socket.close()
                #expect(await eventually { world.io.clientsCount == 0 })
                #expect(try await sizes.next() == 600_000)
            }
        }
    }

    @Test func `listeners of all events hear what comes and what leaves`() async throws {
        try await World.run { world in
            world.answerAll()
            let socket = world.pair.socket()
            socket.onAny { name, arguments in world.notes.push("in \(name) \(arguments.count)") }
            socket.onAnyOutgoing { name, _ in world.notes.push("out \(name) 2") }
            socket.prependAnyOutgoing { name, _ in world.notes.push("out \(name) 1") }
            try socket.emit("say", "x")
            try await socket.ready()
            #expect(try await world.notes.next(count: 3) == ["out say 1", "out say 2", "in said 1"])
            socket.offAny()
            socket.offAnyOutgoing()
            socket.once("said") { (_: String) in world.notes.push("once") }
            let end = socket.on("said") { (text: String) in world.notes.push(text) }
            try socket.emit("say", "y")
            try socket.emit("say", "z")
            #expect(try await world.notes.next(count: 3) == ["once", "y", "z"])
            end.off()
            socket.off("said")
            try socket.emit("say", "nobody")
            let echo: String = try await socket.emitWithAck("echo", "last")
            #expect(echo == "last" && world.notes.takeAll().isEmpty)
            await socket.close()
        }
    }

    @Test func `what does not fit a handler is reported and ends nothing`() async throws {
        try await World.run { world in
            world.answerAll()
            let manager = world.pair.client()
            let errors = Mailbox<HandlerError>()
            manager.onError { if let error = $0 as? HandlerError { errors.push(error) } }
            let socket = manager.socket()
            socket.on("said") { (number: Int) in world.notes.push("\(number)") }
            try await socket.ready()
            try socket.emit("say", "no number")
            let error = try await errors.next()
            #expect(error.event == "said" && error.underlying is DecodingError && error.socketID == socket.id)
            #expect(throws: ReservedEventName.self) { try socket.emit("connect", 1) }
            let echo: String = try await socket.emitWithAck("echo", "still there")
            #expect(echo == "still there")
            await socket.close()
        }
    }
}

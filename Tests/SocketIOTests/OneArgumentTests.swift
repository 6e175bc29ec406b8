import SIOJSON
import TestSupport
import Testing

@testable import SocketIO

/// The shapes for one argument do what the packs do.
@Suite(.timeLimit(.minutes(1))) struct OneArgumentTests {
    struct Person: Codable, Sendable {
        var name: String
        var photo: [UInt8]?
    }

    private static let event = Event<Int>("declared")
    private static let question = Event<Int>.Acknowledged<String>("question")

    // What is generic over the pack cannot reach the shapes for one argument.

    private func emitPack<each Argument: Encodable>(
        _ target: some Emitting, _ event: String, _ arguments: repeat each Argument
    ) throws {
        try target.emit(event, repeat each arguments)
    }

    private func broadcastPack<each Argument: Encodable>(
        _ target: some Broadcasting, _ event: String, _ arguments: repeat each Argument
    ) throws {
        try target.emit(event, repeat each arguments)
    }

    private func emitPack<each Argument>(
        _ target: some Emitting, _ event: Event<repeat each Argument>, _ arguments: repeat each Argument
    ) throws {
        try target.emit(event, repeat each arguments)
    }

    private static func answerPack<each Argument: Encodable>(
        _ acknowledgement: Acknowledgement, _ arguments: repeat each Argument
    ) throws {
        try acknowledgement(repeat each arguments)
    }

    private static func onPack<each Argument: Decodable & Sendable>(
        _ socket: Socket, _ event: String, _ handler: @escaping @Sendable (repeat each Argument) throws -> Void
    ) {
        socket.on(event, handler)
    }

    private static func onPack<each Argument: Decodable & Sendable, Reply: Encodable & Sendable>(
        _ socket: Socket, _ event: String, _ handler: @escaping @Sendable (repeat each Argument) throws -> Reply
    ) {
        socket.on(event, handler)
    }

    private static func handPack<each Argument: Decodable & Sendable>(
        _ socket: Socket, _ event: String,
        _ handler: @escaping @Sendable (Acknowledgement?, repeat each Argument) throws -> Void
    ) {
        socket.on(event, handler)
    }

    /// Sends a value in each way; what is on the wire has to be the same.
    private func check<Value: Encodable & Sendable>(_ value: Value, _ json: String, _ binary: [[UInt8]] = [])
        async throws
    {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let prefix = binary.isEmpty ? "2" : "5\(binary.count)-"
            func expectEvent() async throws {
                #expect(try await client.next() == #"\#(prefix)["e",\#(json)]"#)
                for bytes in binary { #expect(try await client.nextBinary() == bytes) }
            }
            try socket.emit("e", value)
            try await expectEvent()
            try emitPack(socket, "e", value)
            try await expectEvent()
            try socket.volatile.compress(false).emit("e", value)
            try await expectEvent()
            try server.io.emit("e", value)
            try await expectEvent()
            try broadcastPack(server.io, "e", value)
            try await expectEvent()
            #expect(try await socket.loop.call { Result { try socket.emit("e", value) } }.get() == ())
            try await expectEvent()
            socket.on("ask") { (acknowledgement: Acknowledgement?, isPack: Bool) in
                guard let acknowledgement else { return }
                if isPack { try Self.answerPack(acknowledgement, value) } else { try acknowledgement(value) }
            }
            for isPack in [true, false] {
                client.send(#"29["ask",\#(isPack)]"#)
                #expect(try await client.next() == "\(binary.isEmpty ? "3" : "6\(binary.count)-")9[\(json)]")
                for bytes in binary { #expect(try await client.nextBinary() == bytes) }
            }
        }
    }

    @Test func `a value is the same on the wire, whichever way it is sent`() async throws {
        let hole = #"{"_placeholder":true,"num":0}"#
        try await check("a \"é\"\n", #""a \"é\"\n""#)
        try await check("", #""""#)
        try await check(-7, "-7")
        try await check(Int.min, "\(Int.min)")
        try await check(UInt8(200), "200")
        try await check(1.5, "1.5")
        try await check(true, "true")
        try await check(Int?.none, "null")
        try await check(String?.some("x"), #""x""#)
        try await check([1, 2], "[1,2]")
        try await check([UInt8]([1, 2]), hole, [[1, 2]])
        try await check(Person(name: "Ann"), #"{"name":"Ann"}"#)
        try await check(Person(name: "Ann", photo: [3]), #"{"name":"Ann","photo":\#(hole)}"#, [[3]])
        try await check(JSONValue.array([.null, .string("x")]), #"[null,"x"]"#)
        try await check(try RawJSON(validating: #"{ "a" : 1.0 }"#), #"{ "a" : 1.0 }"#)
    }

    @Test func `what cannot be sent is refused in the same way`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            #expect(throws: ReservedEventName.self) { try socket.emit("connect", 1) }
            #expect(throws: ReservedEventName.self) { try emitPack(socket, "connect", 1) }
            #expect(throws: ReservedEventName.self) { try server.io.emit("disconnect", "x") }
            #expect(throws: EncodingError.self) { try socket.emit("x", Double.nan) }
            #expect(throws: EncodingError.self) { try emitPack(socket, "x", Double.nan) }
            #expect(throws: EncodingError.self) { try server.io.emit("x", Double.nan) }
            try socket.emit(Self.event, 1)
            try emitPack(socket, Self.event, 2)
            #expect(try await client.next() == #"2["declared",1]"#)
            #expect(try await client.next() == #"2["declared",2]"#)
        }
    }

    /// Each handler is there twice, once for one argument and once as a pack; both see the same.
    @Test(arguments: [
        (#""text""#, "text"), ("7", nil), ("null", nil), ("", nil), (#""text","more""#, "text"), (#"{"a":1}"#, nil),
    ])
    func `a handler of a string sees what the pack sees`(arguments: String, expected: String?) async throws {
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                socket.on("one") { (text: String) -> Void in server.notes.push(text) }
                Self.onPack(socket, "pack") { (text: String) -> Void in server.notes.push(text) }
                socket.on("one reply") { (text: String) in text }
                Self.onPack(socket, "pack reply") { (text: String) in text }
                socket.on("one hand") { (answer: Acknowledgement?, text: String) in try answer?(text) }
                Self.handPack(socket, "pack hand") { (answer: Acknowledgement?, text: String) in try answer?(text) }
                socket.on("end") { true }
            }
            let client = try await server.client()
            let tail = arguments.isEmpty ? "" : "," + arguments
            for (number, name) in ["one", "pack", "one reply", "pack reply", "one hand", "pack hand"].enumerated() {
                client.send(#"2\#(number)["\#(name)"\#(tail)]"#)
                if let expected {
                    #expect(try await client.next() == (number < 2 ? "3\(number)[]" : #"3\#(number)["\#(expected)"]"#))
                } else {
                    let error = try await server.errors.next()
                    #expect(error.event == name && error.underlying is DecodingError)
                }
            }
            client.send(#"29["end"]"#)
            #expect(try await client.next() == "39[true]")
            #expect(server.notes.takeAll() == (expected.map { [$0, $0] } ?? []))
        }
    }

    @Test(arguments: [
        ("1", "1"), ("null", "null"), ("", "null"), ("2.0", "2"), (#""x""#, nil),
    ])
    func `a handler of an optional number sees what the pack sees`(arguments: String, expected: String?) async throws {
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                socket.on("one") { (number: Int?) in number }
                Self.onPack(socket, "pack") { (number: Int?) in number }
            }
            let client = try await server.client()
            let tail = arguments.isEmpty ? "" : "," + arguments
            for name in ["one", "pack"] {
                client.send(#"21["\#(name)"\#(tail)]"#)
                if let expected {
                    #expect(try await client.next() == "31[\(expected)]")
                } else {
                    #expect(try await server.errors.next().underlying is DecodingError)
                }
            }
        }
    }

    @Test func `declared events and binary take the short road, too`() async throws {
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                socket.on(Self.event) { number in server.notes.push("\(number)") }
                socket.on(Self.question) { number in "\(number)!" }
                socket.on("person") { (person: Person) in person }
            }
            let client = try await server.client()
            client.send(together: [#"21["declared",5]"#, #"22["question",6]"#])
            #expect(try await client.next() == "31[]")
            #expect(try await client.next() == #"32["6!"]"#)
            #expect(try await server.notes.next() == "5")
            let packet = #"[{"name":"Ann","photo":{"_placeholder":true,"num":0}}]"#
            client.send(#"51-3["person",\#(packet.dropFirst())"#, [9, 8])
            #expect(try await client.next() == "61-3\(packet)")
            #expect(try await client.nextBinary() == [9, 8])
        }
    }

    // MARK: Handlers that acknowledge when they like to

    @Test func `an acknowledgement may be kept, answers once, and is nil where nobody asks`() async throws {
        try await TestServer.run { server in
            let kept = Mailbox<Acknowledgement>()
            server.io.on(.connection) { socket in
                @Sendable func keep(_ acknowledgement: Acknowledgement?, _ note: String) {
                    server.notes.push(note)
                    if let acknowledgement { kept.push(acknowledgement) }
                }
                socket.on("none") { (answer: Acknowledgement?) in keep(answer, "none") }
                socket.on("one") { (answer: Acknowledgement?, a: Int) in keep(answer, "one \(a)") }
                socket.on("two") { (answer: Acknowledgement?, a: Int, b: String) in keep(answer, "two \(a) \(b)") }
                socket.once("once") { (answer: Acknowledgement?, a: Int) in keep(answer, "once \(a)") }
            }
            let client = try await server.client()
            let events = [#"["none"]"#, #"["one",1]"#, #"["two",2,"x"]"#, #"["once",3]"#, #"["once",4]"#]
            client.send(together: events.map { "2\($0)" })
            #expect(try await server.notes.next(count: 4) == ["none", "one 1", "two 2 x", "once 3"])
            #expect(kept.takeAll().isEmpty)
            client.send(together: events.enumerated().map { "2\($0)\($1)" })
            #expect(try await server.notes.next(count: 3) == ["none", "one 1", "two 2 x"])
            let answers = try await kept.next(count: 3)
            // Much later, elsewhere, and in another order.
            #expect(throws: EncodingError.self) { try answers[2](Double.nan) }
            try answers[2]("first", 2)
            try answers[2]("second")
            try answers[1]()
            try answers[0](1.5)
            #expect(try await client.next() == #"32["first",2]"#)
            #expect(try await client.next() == "31[]")
            #expect(try await client.next() == "30[1.5]")
            client.drop()
            #expect(await eventually { server.io.sockets.socketsCount == 0 })
            try answers[0]("late")
        }
    }
}

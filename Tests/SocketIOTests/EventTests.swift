import Foundation
import SIOBytes
import SIOJSON
import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct EventTests {
    struct Failure: Error {}

    struct Person: Codable, Sendable, Equatable {
        var name: String
        var age: Int?
        var photo: Data?
    }

    enum Chat {
        static let message = Event<String, Int>("message")
        static let sum = Event<Int, Int>.Acknowledged<Int>("sum")
        static let ping = Signal("ping")
    }

    /// Sends each packet to a server whose sockets were set up, and holds the answers against what is expected.
    private func check(
        _ cases: [(sent: String, answer: String)], loops: Int = 1,
        setUp: @escaping @Sendable (Socket, Mailbox<String>) -> Void
    ) async throws {
        try await TestServer.run(loops: loops) { server in
            server.io.on(.connection) { socket in setUp(socket, server.notes) }
            let client = try await server.client()
            for (sent, answer) in cases {
                client.send(sent)
                #expect(try await client.next() == answer, "\(sent)")
            }
            #expect(server.errors.takeAll().isEmpty)
        }
    }

    @Test(arguments: [1, 3])
    func `synchronous handlers take no argument to four, and answer`(loops: Int) async throws {
        try await check(
            [
                (#"20["0"]"#, "30[0]"), (#"21["1",7]"#, "31[7]"), (#"22["2",1,"a"]"#, #"32["1a"]"#),
                (#"23["3",1,true,[2]]"#, "33[[1,2]]"), (#"24["4",1,2,3,4]"#, "34[10]"),
                (#"25["void",1]"#, "35[]"), (#"26["4",1,2,3,4,"further",{}]"#, "36[10]"),
            ], loops: loops
        ) { socket, _ in
            socket.on("0") { 0 }
            socket.on("1") { (a: Int) in a }
            socket.on("2") { (a: Int, b: String) in "\(a)\(b)" }
            socket.on("3") { (a: Int, b: Bool, c: [Int]) in b ? [a] + c : [] }
            socket.on("4") { (a: Int, b: Int, c: Int, d: Int) in a + b + c + d }
            socket.on("void") { (_: Int) in }
        }
    }

    @Test(arguments: [1, 3])
    func `async handlers take no argument to four, and answer`(loops: Int) async throws {
        try await check(
            [
                (#"20["0"]"#, "30[0]"), (#"21["1",7]"#, "31[7]"), (#"22["2",1,"a"]"#, #"32["1a"]"#),
                (#"23["3",1,true,[2]]"#, "33[[1,2]]"), (#"24["4",1,2,3,4]"#, "34[10]"), (#"25["void",1]"#, "35[]"),
            ], loops: loops
        ) { socket, _ in
            @Sendable func pause() async throws { try await Task.sleep(for: .microseconds(10)) }
            socket.on("0") {
                try await pause()
                return 0
            }
            socket.on("1") { (a: Int) in
                try await pause()
                return a
            }
            socket.on("2") { (a: Int, b: String) in
                try await pause()
                return "\(a)\(b)"
            }
            socket.on("3") { (a: Int, b: Bool, c: [Int]) in
                try await pause()
                return b ? [a] + c : []
            }
            socket.on("4") { (a: Int, b: Int, c: Int, d: Int) in
                await Task.yield()
                return a + b + c + d
            }
            socket.on("void") { (_: Int) in try await pause() }
        }
    }

    @Test func `declared events are sent and received with their types`() async throws {
        try await check([
            (#"21["sum",20,22]"#, "31[42]"), (#"2["message","hi",3]"#, #"2["message","hi!",4]"#),
            (#"2["ping"]"#, #"2["ping"]"#),
        ]) { socket, _ in
            socket.on(Chat.sum) { a, b in a + b }
            socket.on(Chat.message) { text, number in try socket.emit(Chat.message, text + "!", number + 1) }
            socket.on(Chat.ping) { try socket.emit(Chat.ping) }
        }
        try await check([
            (#"21["sum",20,22]"#, "31[42]"), (#"2["message","hi",3]"#, #"2["message","hi!",4]"#),
        ]) { socket, _ in
            socket.on(Chat.sum) { a, b in
                await Task.yield()
                return a + b
            }
            socket.on(Chat.message) { text, number in
                await Task.yield()
                try socket.emit(Chat.message, text + "!", number + 1)
            }
        }
    }

    @Test func `once means the next event and no other, in all families`() async throws {
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                socket.once("a") { () -> Void in server.notes.push("a") }
                socket.once("b") { (number: Int) in number }
                socket.once("c") { () async throws -> Void in server.notes.push("c") }
                socket.once("d") { (number: Int) async throws in number }
                socket.once(Chat.message) { text, _ in server.notes.push(text) }
                socket.once(Chat.sum) { a, b in a + b }
                socket.once(Chat.ping) { () async throws -> Void in server.notes.push("ping") }
                socket.once("raw", raw: { arguments, answer in answer?(arguments: arguments) })
                socket.once("gone") { () -> Void in server.notes.push("gone") }.off()
                socket.on("end") { true }
            }
            let client = try await server.client()
            for _ in 0..<2 {
                client.send(together: [
                    #"2["a"]"#, #"21["b",5]"#, #"2["c"]"#, #"22["d",6]"#, #"2["message","text",1]"#, #"23["sum",1,2]"#,
                    #"2["ping"]"#, #"24["raw",null,{}]"#, #"2["gone"]"#,
                ])
            }
            client.send(#"29["end"]"#)
            var answers: [String] = []
            while answers.last != "39[true]" { answers.append(try await client.next()) }
            #expect(answers == ["31[5]", "32[6]", "33[3]", "34[null,{}]", "39[true]"])
            #expect(server.notes.takeAll() == ["a", "c", "text", "ping"])
        }
    }

    @Test func `missing arguments are nil where the type has a nil`() async throws {
        try await check([
            (#"20["greet","Ann"]"#, #"30["hello Ann"]"#), (#"21["greet","Ann","Dr"]"#, #"31["hello Dr Ann"]"#),
            (#"22["greet","Ann",null]"#, #"32["hello Ann"]"#), (#"23["value"]"#, "33[null]"),
        ]) { socket, _ in
            socket.on("greet") { (name: String, title: String?) in "hello \(title.map { $0 + " " } ?? "")\(name)" }
            socket.on("value") { (value: JSONValue) in value }
        }
    }

    @Test(arguments: [#"2["number","text"]"#, #"2["number"]"#, #"2["number",1.5]"#, #"2["number",null]"#])
    func `arguments of other types are reported and the connection lives`(packet: String) async throws {
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                socket.on("number") { (_: Int) in server.notes.push("called") }
                socket.on("number") { (_: JSONValue?) in server.notes.push("other") }
                socket.on("alive") { true }
            }
            let client = try await server.client()
            client.send(packet)
            let error = try await server.errors.next()
            #expect(error.event == "number" && error.underlying is DecodingError && error.namespace == "/")
            client.send(#"21["alive"]"#)
            #expect(try await client.next() == "31[true]")
            #expect(server.notes.takeAll() == ["other"])
        }
    }

    @Test func `what handlers throw is reported, nothing is acknowledged, and the connection lives`() async throws {
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                socket.on("sync") { () throws -> Int in throw Failure() }
                socket.on("async") { () async throws -> Int in
                    await Task.yield()
                    throw Failure()
                }
                socket.on("unencodable") { () -> Double in .nan }
                socket.on("alive") { true }
            }
            let client = try await server.client()
            client.send(together: [#"21["sync"]"#, #"22["async"]"#, #"23["unencodable"]"#])
            let errors = try await server.errors.next(count: 3)
            #expect(Set(errors.map(\.event)) == ["sync", "async", "unencodable"])
            client.send(#"24["alive"]"#)
            #expect(try await client.next() == "34[true]")
        }
    }

    @Test func `structs, dates, raw and dynamic JSON travel both ways`() async throws {
        try await check([
            (#"20["person",{"name":"Ann","age":3}]"#, #"30[{"name":"Ann","age":4}]"#),
            (#"21["date","2026-01-02T03:04:05.678Z"]"#, #"31["2026-01-02T03:04:06.678Z"]"#),
            (#"22["raw",{ "b" : 1.50, "a":"\u00e9" }]"#, #"32[{ "b" : 1.50, "a":"\u00e9" }]"#),
            (#"23["value",{"b":[1,null,true,"x"],"a":2}]"#, #"33[{"b":[1,null,true,"x"],"a":2}]"#),
            (#"24["all",1,"two",{"three":3}]"#, #"34[1,"two",{"three":3}]"#),
        ]) { socket, _ in
            socket.on("person") { (person: Person) in
                Person(name: person.name, age: person.age.map { $0 + 1 })
            }
            socket.on("date") { (date: Date) in date.addingTimeInterval(1) }
            socket.on("raw") { (value: RawJSON) in value }
            socket.on("value") { (value: JSONValue) in value }
            socket.on("all", raw: { arguments, acknowledge in acknowledge?(arguments: arguments) })
        }
    }

    @Test(arguments: [EngineServer.Transport.websocket, .polling])
    func `binary travels in structs, alone, and on its way through`(transport: EngineServer.Transport) async throws {
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                socket.on("person") { (person: Person) in person }
                socket.on("bytes") { (bytes: [UInt8], count: Int) in Array(bytes.prefix(count)) }
                socket.on("relay", raw: { arguments, _ in try server.io.emit("relay", arguments: arguments) })
            }
            let client = try await server.client(transport)
            client.send(
                #"51-7["person",{"name":"Ann","photo":{"_placeholder":true,"num":0}}]"#, [0, 255, 30])
            #expect(try await client.next() == #"61-7[{"name":"Ann","photo":{"_placeholder":true,"num":0}}]"#)
            #expect(try await client.nextBinary() == [0, 255, 30])
            client.send(#"51-8["bytes",{"_placeholder":true,"num":0},2]"#, [1, 2, 3])
            #expect(try await client.next() == #"61-8[{"_placeholder":true,"num":0}]"#)
            #expect(try await client.nextBinary() == [1, 2])
            client.send(
                #"52-["relay",[{"_placeholder":true,"num":1}],{"_placeholder":true,"num":0}]"#, [1], [2, 2])
            #expect(
                try await client.next()
                    == #"52-["relay",[{"_placeholder":true,"num":1}],{"_placeholder":true,"num":0}]"#)
            #expect(try await client.nextBinary() == [1])
            #expect(try await client.nextBinary() == [2, 2])
        }
    }

    @Test(arguments: [(3, true), (4, false)])
    func `the number of attachments is limited`(count: Int, isAllowed: Bool) async throws {
        try await TestServer.run {
            $0.maxAttachments = 3
        } body: { server in
            server.io.on(.connection) { socket in socket.on("x") { (values: [[UInt8]]) in values.count } }
            let client = try await server.client()
            let places = (0..<count).map { #"{"_placeholder":true,"num":\#($0)}"# }.joined(separator: ",")
            client.send(#"5\#(count)-1["x",[\#(places)]]"#)
            for number in 0..<count { client.send(binary: [UInt8(number)]) }
            #expect(try await client.nextIncoming() == (isAllowed ? .text("31[3]") : .closed))
        }
    }

    @Test func `a client whose attachments do not come in time loses its connection`() async throws {
        try await TestServer.run { server in
            let sockets = Mailbox<Socket>()
            server.io.on(.connection) { sockets.push($0) }
            let client = try await server.client()
            let socket = try await sockets.next()
            let deadline = { @Sendable in socket.core.value.anySession?.delegateDeadline?.instant }
            #expect(await socket.loop.call(deadline) == nil)
            client.send(#"51-["x",{"_placeholder":true,"num":0}]"#)
            #expect(await eventually { await socket.loop.call(deadline) != nil })
            await socket.loop.call {
                guard let session = socket.core.value.anySession, let end = deadline() else { return }
                // Heartbeats come in between.
                session.deadlineReached(now: end - .milliseconds(1))
                #expect(session.isOpen && deadline() == end)
                session.deadlineReached(now: end)
                #expect(!session.isOpen && session.delegateDeadline == nil)
            }
            #expect(try await client.nextIncoming() == .closed)
        }
    }

    @Test func `what the server sends has as many attachments as it likes`() async throws {
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                try socket.emit("many", (0..<12).map { [UInt8($0)] as [UInt8] })
            }
            let client = try await server.client()
            #expect(try await client.next().hasPrefix(#"512-["many",["#))
            for number in 0..<12 { #expect(try await client.nextBinary() == [UInt8(number)]) }
        }
    }

    @Test func `async handlers start in the order of arrival`() async throws {
        try await TestServer.run { server in
            let gate = Mailbox<Void>()
            server.io.on(.connection) { socket in
                socket.on("n") { (number: Int) async throws -> Void in
                    server.notes.push("start \(number)")
                    if number == 0 { try await gate.next() } else { await Task.yield() }
                    server.notes.push("end \(number)")
                }
                socket.on("s") { (number: Int) -> Void in server.notes.push("start \(number)") }
            }
            let client = try await server.client()
            client.send(together: (0..<50).map { #"2["\#($0 % 3 == 1 ? "s" : "n")",\#($0)]"# })
            var starts: [String] = []
            while starts.count < 50 {
                let note = try await server.notes.next()
                #expect(note != "end 0")
                if note.hasPrefix("start") { starts.append(note) }
            }
            #expect(starts == (0..<50).map { "start \($0)" })
            gate.push(())
            while try await server.notes.next() != "end 0" {}
        }
    }

    @Test(arguments: [1, 3])
    func `handlers run on the socket's loop, async ones before and behind an await`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            server.io.on(.connection) { socket in
                socket.on("where") { socket.loop.isCurrent }
                socket.on("async") {
                    let before = socket.loop.isCurrent
                    try await Task.sleep(for: .microseconds(10))
                    return [before, socket.loop.isCurrent]
                }
                socket.onAny { _, _ in
                    if !socket.loop.isCurrent { server.notes.push("onAny elsewhere") }
                }
                socket.on(.disconnect) { _ in server.notes.push("disconnect \(socket.loop.isCurrent)") }
            }
            for client in try await server.clients(6) {
                client.send(#"21["where"]"#)
                #expect(try await client.next() == "31[true]")
                client.send(#"22["async"]"#)
                #expect(try await client.next() == "32[[true,true]]")
                client.drop()
                #expect(try await server.notes.next() == "disconnect true")
            }
        }
    }

    @Test func `onAny hears every event first, until it is taken off`() async throws {
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                let listener = socket.onAny { name, arguments in server.notes.push("any1 \(name) \(arguments.count)") }
                socket.onAny { name, _ in server.notes.push("any2 \(name)") }
                socket.on("a") { (_: JSONValue?) in server.notes.push("a") }
                socket.on("off1") { listener.off() }
                socket.on("off2") { socket.offAny() }
            }
            let client = try await server.client()
            client.send(together: [
                #"2["a",1]"#, #"2["off1"]"#, #"2["b"]"#, #"2["off2"]"#, #"2["a"]"#, #"2[7]"#, #"2["a"]"#,
            ])
            #expect(
                try await server.notes.next(count: 9) == [
                    "any1 a 1", "any2 a", "a", "any1 off1 0", "any2 off1", "any2 b", "any2 off2", "a", "a",
                ])
        }
    }

    @Test func `off takes off all handlers of a name, a listener its own`() async throws {
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                let first = socket.on("a") { () -> Void in server.notes.push("first") }
                socket.on("a") { () -> Void in
                    server.notes.push("second")
                    // A round that has begun is not changed.
                    first.off()
                    socket.on("a") { () -> Void in server.notes.push("third") }
                }
                socket.on("off") { () -> Void in socket.off("a") }
                socket.on("end") { () -> Void in server.notes.push("end") }
            }
            let client = try await server.client()
            client.send(together: [#"2["a"]"#, #"2["a"]"#, #"2["off"]"#, #"2["a"]"#, #"2["end"]"#])
            #expect(try await server.notes.next(count: 5) == ["first", "second", "second", "third", "end"])
        }
    }

    @Test func `a numeric event name is its digits, and an event without handlers is ignored`() async throws {
        try await check([(#"21[42,"x"]"#, #"31["x"]"#)]) { socket, _ in
            socket.on("42") { (text: String) in text }
        }
        try await TestServer.run { server in
            server.io.on(.connection) { socket in socket.on("known") { true } }
            let client = try await server.client()
            client.send(together: [#"21["unknown"]"#, #"22["known"]"#])
            #expect(try await client.next() == "32[true]")
        }
    }

    @Test func `to send is to emit a message`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let parent = server.io.of(matching: /\/child/)
            let client = try await server.client()
            try await client.join("/child")
            let socket = try await sockets.next()
            try socket.send("to one", 1)
            try server.io.send([UInt8]([7]))
            try parent.send("to children")
            #expect(try await client.next() == #"2["message","to one",1]"#)
            #expect(try await client.next() == #"51-["message",{"_placeholder":true,"num":0}]"#)
            #expect(try await client.nextBinary() == [7])
            #expect(try await client.next() == #"2/child,["message","to children"]"#)
        }
    }

    @Test func `reserved names and unencodable values are the caller's, and harm no connection`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let group = server.io.eventLoops
            for name in ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"] {
                #expect(throws: ReservedEventName.self) { try socket.emit(name) }
                #expect(throws: ReservedEventName.self) { try server.io.emit(name, 1) }
                let onLoop = await group.loops[0].call { (try? socket.emit(name)) == nil }
                #expect(onLoop)
            }
            #expect(throws: EncodingError.self) { try socket.emit("x", Double.nan) }
            #expect(throws: EncodingError.self) { try server.io.emit("x", [1, 2, Double.infinity]) }
            let onLoop = await group.loops[0].call { (try? socket.emit("x", "text", [UInt8(1)], Double.nan)) == nil }
            #expect(onLoop)
            await #expect(throws: EncodingError.self) {
                let _: Int = try await socket.emitWithAck("x", Double.nan)
            }
            try socket.emit("sane", 1)
            #expect(try await client.next() == #"2["sane",1]"#)
            client.drop()
        }
    }
}

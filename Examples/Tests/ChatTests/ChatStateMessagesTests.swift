import Testing

@testable import chat

@Suite struct ChatStateMessagesTests {
    @Test func `a message has all its parts`() throws {
        var state = try ChatState.with("Ada")
        let (sent, delivery) = try state.say("Hello", by: "Ada", in: "lobby", key: "my-own-key")
        #expect(sent == Sent(id: start.milliseconds, at: start.milliseconds))
        #expect(delivery?.conversation == .room("lobby"))
        #expect(
            delivery?.message
                == Message(
                    id: sent.id, at: sent.at, from: Who(id: id("Ada"), name: "Ada"), room: "Lobby", text: "Hello",
                    key: "my-own-key"))
    }

    @Test func `ids grow strictly, though the clock stands or is set back`() throws {
        var state = try ChatState.with("Ada")
        let ids = try [0, 0, -60, 5].map { try state.say("x", by: "Ada", at: start + $0).sent.id }
        let first = start.milliseconds
        #expect(ids == [first, first + 1, first + 2, first + 5000])
    }

    @Test func `a message that comes twice is sent once`() throws {
        var state = try ChatState.with("Ada", "Grace")
        let (first, _) = try state.say("Hello", by: "Ada", key: "same-key")
        let (again, delivery) = try state.say("Hello", by: "Ada", key: "same-key", at: start + 9)
        #expect(again == first)
        #expect(delivery == nil)
        // The key is the sender's own.
        #expect(try state.say("Hello", by: "Grace", key: "same-key").delivery != nil)
    }

    @Test func `it is known as long as the key is remembered, over disconnections too`() throws {
        var limits = ChatLimits()
        limits.keys = 2
        var state = try ChatState.with("Ada", limits: limits)
        _ = try state.say("1", by: "Ada", key: "key-one-")
        state.disconnected("Ada", at: start)
        _ = try state.come("Ada")
        _ = try state.say("2", by: "Ada", key: "key-two-")
        #expect(try state.say("1", by: "Ada", key: "key-one-").delivery == nil)
        _ = try state.say("3", by: "Ada", key: "key-3333")
        #expect(try state.say("1", by: "Ada", key: "key-one-").delivery != nil)
    }

    @Test(arguments: ["", "1234567", String(repeating: "k", count: 33), "12345678!"])
    func `a key of another form is refused`(key: String) throws {
        var state = try ChatState.with("Ada")
        #expect(throws: Refusal.keyInvalid) { try state.say("Hello", by: "Ada", key: key) }
    }

    @Test(arguments: [
        "", " \n\t", String(repeating: "x", count: 2001), "x" + String(repeating: "\u{301}", count: 2000),
    ])
    func `a text that is blank or too long is refused`(text: String) throws {
        var state = try ChatState.with("Ada")
        #expect(throws: Refusal.textInvalid) { try state.say(text, by: "Ada") }
    }

    @Test func `a text may have its limit`() throws {
        var state = try ChatState.with("Ada")
        _ = try state.say(String(repeating: "x", count: 2000), by: "Ada")
    }

    @Test func `a message goes to one room that the sender is in, or to one person who is known`() throws {
        var state = try ChatState.with("Ada", "Grace")
        _ = try state.join(Join(room: "Garden"), on: "Grace")
        #expect(throws: Refusal.roomUnknown) { try state.say("Hello", by: "Ada", in: "Garden") }
        #expect(throws: Refusal.roomUnknown) { try state.say("Hello", by: "Ada", in: "Nowhere") }
        #expect(throws: Refusal.personUnknown) { try state.say("Hello", by: "Ada", to: "Nobody") }
        #expect(throws: Refusal.malformed) { try state.say("Hello", by: "Ada", in: nil) }
        let both = Send(key: "12345678", room: "Lobby", to: id("Grace"), text: "Hello")
        #expect(throws: Refusal.malformed) { try state.send(both, on: "Ada", at: start) }
    }

    @Test func `somebody who only connected is not known`() throws {
        var state = try ChatState.with("Ada")
        try state.admit(credentials("Grace"), at: start)
        #expect(throws: Refusal.personUnknown) { try state.say("Hello", by: "Ada", to: "Grace") }
    }

    @Test func `messages come too fast beyond twenty in ten seconds`() throws {
        var state = try ChatState.with("Ada", "Grace")
        for second in 0..<20 { _ = try state.say("x", by: "Ada", at: start + second / 5) }
        #expect(throws: Refusal.tooFast) { try state.say("x", by: "Ada", key: "too-soon", at: start + 9) }
        _ = try state.say("x", by: "Grace", at: start + 9)
        // What was refused may come again with its key.
        #expect(try state.say("x", by: "Ada", key: "too-soon", at: start + 10).delivery != nil)
    }

    @Test func `a private message reaches both, whoever is away, and nobody else`() throws {
        var state = try ChatState.with("Ada", "Grace", "Noor")
        state.disconnected("Grace", at: start)
        let (sent, delivery) = try state.say("Psst", by: "Ada", to: "Grace")
        #expect(delivery?.conversation == .between(id("Ada"), id("Grace")))
        #expect(delivery?.message.to == Who(id: id("Grace"), name: "Grace"))
        #expect(delivery?.message.room == nil)
        #expect(try state.come("Grace").direct.map(\.text) == ["Psst"])
        #expect(try state.come("Grace", direct: sent.id).direct.isEmpty)
        #expect(try state.come("Ada").direct.map(\.text) == ["Psst"])
        #expect(try state.come("Noor").direct.isEmpty)
    }

    @Test func `hello gives what was missed, in the order of the ids`() throws {
        var state = try ChatState.with("Ada", "Grace", "Noor")
        let first = try state.say("1", by: "Ada").sent.id
        _ = try state.say("2", by: "Ada", to: "Noor")
        _ = try state.say("3", by: "Grace", to: "Noor")
        _ = try state.say("4", by: "Ada", to: "Noor")
        _ = try state.say("5", by: "Grace")
        let welcome = try state.come("Noor", rooms: ["Lobby": first])
        #expect(welcome.rooms["Lobby"]?.map(\.text) == ["5"])
        #expect(welcome.direct.map(\.text) == ["2", "3", "4"])
    }

    @Test func `of all private messages hello gives the last ones`() throws {
        var limits = ChatLimits()
        limits.history = 2
        var state = try ChatState.with("Ada", "Grace", "Noor", limits: limits)
        for (text, name) in [("1", "Ada"), ("2", "Grace"), ("3", "Ada")] {
            _ = try state.say(text, by: name, to: "Noor")
        }
        #expect(try state.come("Noor").direct.map(\.text) == ["2", "3"])
    }

    @Test func `the talk that fell silent first is forgotten`() throws {
        var limits = ChatLimits()
        limits.talks = 2
        var state = try ChatState.with("Ada", "Grace", "Noor", "Linus", limits: limits)
        _ = try state.say("to Grace", by: "Ada", to: "Grace")
        _ = try state.say("to Noor", by: "Ada", to: "Noor")
        _ = try state.say("to Grace again", by: "Ada", to: "Grace")
        _ = try state.say("to Linus", by: "Ada", to: "Linus")
        #expect(try state.come("Ada").direct.map(\.text) == ["to Grace", "to Grace again", "to Linus"])
    }

    @Test func `typing names who and where, and needs the same as a message`() throws {
        let state = try ChatState.with("Ada", "Grace")
        let ada = Who(id: id("Ada"), name: "Ada")
        let (inRoom, room) = try state.typing(StartOrStopTyping(room: "LOBBY", on: true), on: "Ada")
        #expect(inRoom == Typing(room: "Lobby", from: ada, on: true))
        #expect(room == .room("lobby"))
        let (direct, talk) = try state.typing(StartOrStopTyping(to: id("Grace"), on: false), on: "Ada")
        #expect(direct == Typing(to: id("Grace"), from: ada, on: false))
        #expect(talk == .between(id("Grace"), id("Ada")))
        #expect(throws: Refusal.roomUnknown) { try state.typing(StartOrStopTyping(room: "x", on: true), on: "Ada") }
    }
}

import Testing

@testable import chat

@Suite struct ChatStatePeopleTests {
    @Test(arguments: [
        "", "short", "0123456789abcde", String(repeating: "a", count: 33), "0123456789abcde\u{E9}", "0123456789abcd e",
    ])
    func `an id or key of another form is refused`(text: String) {
        var state = ChatState()
        #expect(throws: Refusal.authInvalid) {
            try state.admit(Credentials(id: text, key: credentials("Ada").key, name: "Ada"), at: start)
        }
        #expect(throws: Refusal.authInvalid) {
            try state.admit(Credentials(id: id("Ada"), key: text, name: "Ada"), at: start)
        }
    }

    @Test func `the first key of an id is the only one`() throws {
        var state = ChatState()
        try state.admit(credentials("Ada"), at: start)
        try state.admit(credentials("Ada"), at: start)
        #expect(throws: Refusal.idTaken) {
            try state.admit(Credentials(id: id("Ada"), key: credentials("Eve").key, name: "Ada"), at: start)
        }
    }

    @Test func `nothing is done before hello`() throws {
        var state = ChatState()
        try state.admit(credentials("Ada"), at: start)
        #expect(throws: Refusal.notHello) { try state.rename(Rename(name: "Ada"), on: "Ada") }
        #expect(throws: Refusal.notHello) { try state.join(Join(room: "Lobby"), on: "Ada") }
        #expect(throws: Refusal.notHello) { try state.leave(Leave(room: "Lobby"), on: "Ada") }
        #expect(throws: Refusal.notHello) { try state.say("Hello?", by: "Ada") }
        #expect(throws: Refusal.notHello) { try state.image(FetchImage(id: 1), on: "Ada") }
        #expect(throws: Refusal.notHello) {
            try state.typing(StartOrStopTyping(room: "Lobby", on: true), on: "Ada")
        }
    }

    @Test func `hello tells who and what is there`() throws {
        var state = try ChatState.with("Grace")
        let welcome = try state.come("Ada", rooms: ["Lobby": 0, "Garden": 0, "!!": 0])
        #expect(welcome.you == Who(id: id("Ada"), name: "Ada"))
        #expect(
            welcome.people == [
                Person(id: id("Ada"), name: "Ada", rooms: ["Garden", "Lobby"]),
                Person(id: id("Grace"), name: "Grace", rooms: ["Lobby"]),
            ])
        #expect(welcome.list == [Room(name: "Garden", people: 1), Room(name: "Lobby", people: 2)])
        #expect(welcome.rooms.keys.sorted() == ["Garden", "Lobby"])
    }

    @Test(arguments: [
        "", "  ", "a\u{7}b", "a\nb", "a\u{202E}b", String(repeating: "a", count: 25),
        "a" + String(repeating: "\u{301}", count: 24),
    ])
    func `a name that will not do is refused`(name: String) throws {
        var state = try ChatState.with("Ada")
        #expect(throws: Refusal.nameInvalid) { try state.rename(Rename(name: name), on: "Ada") }
    }

    @Test(arguments: ["x", " x ", String(repeating: "a", count: 24), "Łukasz Żółć", "明美", "👩🏽‍🚀"])
    func `a name that will do is taken on, trimmed`(name: String) throws {
        var state = try ChatState.with("Ada")
        let renamed = try state.rename(Rename(name: name), on: "Ada")
        #expect(renamed.you.name == (name == " x " ? "x" : name))
        #expect(state.presence.map(\.name) == [renamed.you.name])
    }

    @Test func `a name is taken whatever its case, and free when its person is away or has another`() throws {
        var state = try ChatState.with("Ada", "Grace")
        #expect(throws: Refusal.nameTaken) { try state.rename(Rename(name: "ADA"), on: "Grace") }
        _ = try state.rename(Rename(name: "ada"), on: "Ada")
        _ = try state.rename(Rename(name: "Countess"), on: "Ada")
        _ = try state.rename(Rename(name: "ADA"), on: "Grace")
        state.disconnected("Grace", at: start)
        _ = try state.rename(Rename(name: "Ada"), on: "Ada")
        #expect(throws: Refusal.nameTaken) {
            try state.hello(
                Hello(name: "Ada", rooms: [:], direct: 0), from: credentials("Grace"), on: "Grace", at: start)
        }
    }

    @Test func `a person is online while one of the connections is`() throws {
        var state = try ChatState.with("Ada")
        _ = try state.come("Ada", on: "second tab", rooms: ["Garden": 0])
        #expect(state.presence == [Person(id: id("Ada"), name: "Ada", rooms: ["Garden", "Lobby"])])
        state.disconnected("Ada", at: start)
        #expect(state.presence.count == 1)
        state.disconnected("second tab", at: start)
        #expect(state.presence.isEmpty)
        #expect(state.roomList == [Room(name: "Lobby", people: 0)])
    }

    @Test func `hello twice on a connection is one connection`() throws {
        var state = try ChatState.with("Ada", "Ada")
        state.disconnected("Ada", at: start)
        #expect(state.presence.isEmpty)
        state.disconnected("Ada", at: start)
    }

    @Test func `changes are noticed`() throws {
        var state = try ChatState.with("Ada")
        #expect(state.presenceChanged && state.roomsChanged)
        state.presenceChanged = false
        state.roomsChanged = false
        _ = try state.rename(Rename(name: "Countess"), on: "Ada")
        #expect(state.presenceChanged && !state.roomsChanged)
        state.presenceChanged = false
        _ = try state.say("Hello", by: "Ada")
        _ = try state.join(Join(room: "Lobby"), on: "Ada")
        try state.leave(Leave(room: "Garden"), on: "Ada")
        #expect(!state.presenceChanged && !state.roomsChanged)
        state.disconnected("Ada", at: start)
        #expect(state.presenceChanged && state.roomsChanged)
    }

    @Test func `beyond the limit those away for longest are forgotten, with their talks`() throws {
        var limits = ChatLimits()
        limits.people = 3
        var state = try ChatState.with("Ada", "Grace", "Noor", limits: limits)
        _ = try state.say("Psst", by: "Ada", to: "Grace")
        state.disconnected("Noor", at: start + 2)
        state.disconnected("Grace", at: start + 1)
        #expect(state.people.count == 3)
        _ = try state.come("Linus")
        #expect(state.people.keys.sorted() == [id("Ada"), id("Linus"), id("Noor")])
        #expect(throws: Refusal.personUnknown) { try state.say("Still there?", by: "Ada", to: "Grace") }
        // The id is free again, and its talks are not there for whoever takes it.
        let thief = Credentials(id: id("Grace"), key: credentials("Eve").key, name: "Eve")
        let welcome = try state.hello(Hello(name: "Eve", rooms: [:], direct: 0), from: thief, on: "Eve", at: start)
        #expect(welcome.direct.isEmpty)
    }
}

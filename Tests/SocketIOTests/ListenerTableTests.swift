import TestSupport
import Testing

@testable import SocketIO

/// The table of a socket's listeners, as its handlers see it.
@Suite(.timeLimit(.minutes(1))) struct ListenerTableTests {
    /// Sends the packets to a socket that was set up; what its handlers noted, up to the note `end`.
    private func notes(
        _ packets: [String], setUp: @escaping @Sendable (Socket, Mailbox<String>) -> Void
    ) async throws -> [String] {
        var notes: [String] = []
        try await TestServer.run { server in
            server.io.on(.connection) { socket in
                setUp(socket, server.notes)
                socket.on("end") { () -> Void in server.notes.push("end") }
            }
            let client = try await server.client()
            client.send(together: packets + [#"2["end"]"#])
            while notes.last != "end" { notes.append(try await server.notes.next()) }
            #expect(server.errors.takeAll().isEmpty)
        }
        return notes.dropLast()
    }

    @Test(arguments: [
        ("", #"2["",1]"#), ("7", "2[7,1]"), ("-3", "2[-3,1]"), ("1.5", "2[1.50,1]"),
        ("1e+21", "2[1000000000000000000000,1]"),
        ("18446744073709552000", "2[18446744073709551615,1]"), ("é", #"2["\u00e9",1]"#),
        ("a\u{0}b", #"2["a\u0000b",1]"#),
        ("\u{FFFD}", #"2["\ud800",1]"#), ("a\"\\", #"2["a\"\\",1]"#),
    ])
    func `a listener is found by the text of its event's name, whatever that is`(name: String, packet: String)
        async throws
    {
        let notes = try await notes([packet, #"2["other",1]"#, #"2["othe"]"#, "2[0]"]) { socket, notes in
            socket.on(name) { (_: Int) -> Void in notes.push("heard") }
            socket.on(name + "x") { (_: Int) -> Void in notes.push("wrong") }
            socket.onAny { heard, _ in if heard == name { notes.push("any") } }
        }
        #expect(notes == ["any", "heard"])
    }

    @Test func `names of any length are told apart by their last byte`() async throws {
        let lengths = [1, 7, 8, 9, 255, 256, 65_536, 200_000]
        let packets = lengths.map { #"2["\#(String(repeating: "n", count: $0))"]"# }
        let notes = try await notes(packets) { socket, notes in
            for length in lengths {
                let name = String(repeating: "n", count: length)
                socket.on(name) { () -> Void in notes.push("\(length)") }
                socket.on(name.dropLast() + "m") { () -> Void in notes.push("wrong") }
            }
        }
        #expect(notes == lengths.map(String.init))
    }

    // Two names of one length with one hash: what is told by the hash alone would be told wrong.
    @Test func `names whose hashes are the same are told apart`() async throws {
        let names = ["jlrvsrnz", "bpgvjthn"]
        let notes = try await notes(names.map { #"2["\#($0)"]"# } + [#"2["jlrvsrnz"]"#]) { socket, notes in
            for name in names { socket.on(name) { () -> Void in notes.push(name) } }
        }
        #expect(notes == names + ["jlrvsrnz"])
    }

    // Unicode takes these for the same; JavaScript does not.
    @Test func `names are their bytes, and so they are taken off`() async throws {
        let names = ["\u{E9}", "e\u{301}"]
        let packets = names.map { #"2["\#($0)"]"# }
        let notes = try await notes(packets + [#"2["off"]"#] + packets) { socket, notes in
            for name in names { socket.on(name) { () -> Void in notes.push("\(name.utf8.count)") } }
            socket.on("off") { () -> Void in socket.off(names[0]) }
        }
        #expect(notes == ["2", "3", "3"])
    }

    @Test func `listeners to one event are called in the order in which they were added`() async throws {
        let notes = try await notes([#"2["a"]"#, #"2["b"]"#]) { socket, notes in
            for number in 0..<100 {
                socket.on(number % 3 == 0 ? "b" : "a") { () -> Void in notes.push("\(number)") }
                if number % 10 == 0 {
                    socket.onAny { name, _ in if name != "end" { notes.push("any \(number) \(name)") } }
                }
            }
        }
        var expected: [String] = []
        for name in ["a", "b"] {
            for number in stride(from: 0, to: 100, by: 10) { expected.append("any \(number) \(name)") }
            for number in 0..<100 where (number % 3 == 0) == (name == "b") { expected.append("\(number)") }
        }
        #expect(notes == expected)
    }

    // Each of these makes the table move, shrink or vanish under the walk.
    enum Change: CaseIterable {
        case add, addMany, offSelf, offOther, offName, offAny, offAll, replace
    }

    @Test(arguments: Change.allCases, [false, true])
    func `a round that has begun is not changed by its handlers`(change: Change, isAny: Bool) async throws {
        let notes = try await notes([#"2["a"]"#, #"2["a"]"#]) { socket, notes in
            let listeners = Mailbox<Listener>()
            @Sendable func add(_ name: String) -> Listener {
                isAny
                    ? socket.onAny { event, _ in if event == "a" { notes.push(name) } }
                    : socket.on("a") { () -> Void in notes.push(name) }
            }
            @Sendable func removeAll() { if isAny { socket.offAny() } else { socket.off("a") } }
            let changing: @Sendable () -> Void = {
                notes.push("first")
                let all = listeners.takeAll()
                switch change {
                case .add: _ = add("added")
                case .addMany: for number in 0..<200 { _ = add("\(number)") }
                case .offSelf: all[0].off()
                case .offOther: all[1].off()
                case .offName: removeAll()
                case .offAny: all.reversed().forEach { $0.off() }
                case .offAll:
                    removeAll()
                    for listener in all { listener.off() }
                case .replace:
                    removeAll()
                    for number in 0..<50 { _ = add("new \(number)") }
                    removeAll()
                }
                for listener in all { listeners.push(listener) }
            }
            if isAny {
                listeners.push(socket.onAny { event, _ in if event == "a" { changing() } })
            } else {
                listeners.push(socket.on("a") { () -> Void in changing() })
            }
            for name in ["second", "third"] { listeners.push(add(name)) }
        }
        let first = ["first", "second", "third"]
        let later: [String] =
            switch change {
            case .add: first + ["added"]
            case .addMany: first + (0..<200).map(String.init)
            case .offSelf: ["second", "third"]
            case .offOther: ["first", "third"]
            case .offName, .offAny, .offAll, .replace: []
            }
        #expect(notes == first + later)
    }

    @Test func `a listener for once may listen again, and end others, while it is called`() async throws {
        let notes = try await notes([#"2["a"]"#, #"2["a"]"#, #"2["a"]"#]) { socket, notes in
            @Sendable func listen(_ rounds: Int) {
                socket.once("a") { () -> Void in
                    notes.push("once \(rounds)")
                    if rounds > 1 { listen(rounds - 1) }
                }
            }
            listen(2)
            let other = socket.once("a") { () -> Void in notes.push("other") }
            socket.once("a") { () -> Void in
                other.off()
                socket.off("a")
                notes.push("last")
            }
        }
        #expect(notes == ["once 2", "other", "last"])
    }
}

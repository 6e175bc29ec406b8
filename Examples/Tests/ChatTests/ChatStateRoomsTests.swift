import Testing

@testable import chat

@Suite struct ChatStateRoomsTests {
    @Test(arguments: ["", " ", "!!/..", "a\tb", "a\nb", String(repeating: "a", count: 25), "<b>"])
    func `a room's name that will not do is refused`(name: String) throws {
        var state = try ChatState.with("Ada")
        #expect(throws: Refusal.roomInvalid) { try state.join(Join(room: name), on: "Ada") }
    }

    @Test(arguments: ["x", " Weekend walks ", "a-b_c 9", "Gärten", "明美", String(repeating: "a", count: 24)])
    func `a room is made when somebody joins it`(name: String) throws {
        var state = try ChatState.with("Ada")
        let joined = try state.join(Join(room: name), on: "Ada")
        #expect(joined.room == (name == " Weekend walks " ? "Weekend walks" : name))
        #expect(state.roomList.contains(Room(name: joined.room, people: 1)))
    }

    @Test func `names that differ only in case are one room`() throws {
        var state = try ChatState.with("Ada", "Grace")
        _ = try state.join(Join(room: "Garden"), on: "Ada")
        #expect(try state.join(Join(room: "GARDEN"), on: "Grace").room == "Garden")
        #expect(try state.come("Noor", rooms: ["garden": 0]).rooms.keys.sorted() == ["Garden"])
        let delivery = try #require(try state.say("Hello", by: "Grace", in: "gardeN").delivery)
        #expect(delivery.message.room == "Garden")
    }

    @Test func `an empty room without messages is forgotten, the lobby is not`() throws {
        var state = try ChatState.with("Ada")
        for name in ["Empty", "Spoken", "Left by going"] { _ = try state.join(Join(room: name), on: "Ada") }
        _ = try state.say("Anybody?", by: "Ada", in: "Spoken")
        for name in ["empty", "Spoken", "Lobby"] { try state.leave(Leave(room: name), on: "Ada") }
        #expect(state.roomList.map(\.name) == ["Left by going", "Lobby", "Spoken"])
        state.disconnected("Ada", at: start)
        #expect(state.roomList.map(\.name) == ["Lobby", "Spoken"])
        #expect(state.roomList.allSatisfy { $0.people == 0 })
    }

    @Test func `there are so many rooms and no more`() throws {
        var limits = ChatLimits()
        limits.rooms = 3
        var state = try ChatState.with("Ada", limits: limits)
        _ = try state.join(Join(room: "One"), on: "Ada")
        _ = try state.join(Join(room: "Two"), on: "Ada")
        #expect(throws: Refusal.tooManyRooms) { try state.join(Join(room: "Three"), on: "Ada") }
        _ = try state.join(Join(room: "one"), on: "Ada")
        #expect(try state.come("Grace", rooms: ["Lobby": 0, "Three": 0]).rooms.keys.sorted() == ["Lobby"])
    }

    @Test func `joining gives the last messages, oldest first`() throws {
        var limits = ChatLimits()
        limits.history = 3
        var state = try ChatState.with("Ada", limits: limits)
        for text in ["1", "2", "3", "4"] { _ = try state.say(text, by: "Ada") }
        _ = try state.come("Grace", rooms: [:])
        let joined = try state.join(Join(room: "Lobby"), on: "Grace")
        #expect(joined.messages.map(\.text) == ["2", "3", "4"])
    }
}

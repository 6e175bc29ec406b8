import SocketIOProtocol
import Testing

@Suite struct EventTests {
    @Test func `events carry their name`() {
        #expect(Event<String, Int>("chat message").name == "chat message")
        #expect(Event<Int>.Acknowledged<[String]>("history").name == "history")
        #expect(Signal("ping").name == "ping")
    }

    @Test(arguments: ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"])
    func `reserved names are known`(name: String) {
        #expect(EventName.isReserved(name))
        #expect(!EventName.isReserved(name + "x"))
        #expect(!EventName.isReserved(name.uppercased()))
        #expect(ReservedEventName(name).description == "\"\(name)\" is a reserved event name")
    }

    @Test func `declaring a reserved name traps`() async {
        await #expect(processExitsWith: .failure) { _ = Event<Int>("connect") }
        await #expect(processExitsWith: .failure) { _ = Event<Int>.Acknowledged<Int>("disconnect") }
    }
}

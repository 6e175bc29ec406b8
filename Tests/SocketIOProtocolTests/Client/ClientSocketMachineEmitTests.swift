import Testing

@testable import SocketIOProtocol

/// What leaves, what waits, and what is dropped.
@Suite struct ClientSocketMachineEmitTests {
    @Test func `a connected socket sends at once`() {
        var socket = ClientSocketHarness.connected()
        #expect(socket.emit("a") == .send)
        #expect(socket.emit("b", ask: 1) == .send)
        #expect(socket.emit("c", .volatile(isWritable: true)) == .send)
        #expect(socket.actions() == [])
        #expect(socket.machine.bufferedPackets == 0)
    }

    @Test func `what is sent offline waits, and leaves in order before connect is told`() {
        var socket = ClientSocketHarness()
        #expect(socket.emit("inactive") == .stored)
        socket.machine.connect()
        #expect(socket.emit("waiting", ask: 1) == .stored)
        socket.machine.transportOpened()
        #expect(socket.emit("connecting") == .stored)
        #expect(socket.machine.bufferedPackets == 3)
        #expect(socket.actions() == ["prepare 1", "CONNECT"])
        socket.welcome()
        #expect(socket.actions() == ["send inactive", "send waiting", "send connecting", "connected"])
        #expect(socket.ack(1) == "asker 1")
    }

    @Test func `what is sent in the middle of that goes behind what waited`() {
        var socket = ClientSocketHarness()
        for message in ["a", "b"] { _ = socket.emit(message) }
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome()
        guard case .send("a")? = socket.machine.nextAction() else { Issue.record("not sent"); return }
        #expect(socket.emit("c") == .stored)
        #expect(socket.actions() == ["send b", "send c", "connected"])
        #expect(socket.emit("d") == .send)
    }

    @Test func `what did not leave before the connection went waits for the next one`() {
        var socket = ClientSocketHarness()
        for (id, message) in ["a", "b", "c"].enumerated() { _ = socket.emit(message, ask: UInt64(id)) }
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome()
        guard case .send("a")? = socket.machine.nextAction() else { Issue.record("not sent"); return }
        socket.lose()
        #expect(socket.actions() == ["connected", "disconnected: transport close", "asker 0 disconnected"])
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome()
        #expect(socket.actions() == ["send b", "send c", "connected"])
    }

    @Test func `volatile packets are dropped where they cannot leave at once, and their askers are not taken`() {
        var socket = ClientSocketHarness()
        #expect(socket.emit("a", ask: 1, timeout: .seconds(1), .volatile(isWritable: true)) == .dropped)
        socket.machine.connect()
        socket.machine.transportOpened()
        #expect(socket.emit("b", .volatile(isWritable: true)) == .dropped)
        _ = socket.actions()
        socket.welcome()
        #expect(socket.emit("c", ask: 2, .volatile(isWritable: false)) == .dropped)
        #expect(socket.actions() == ["connected"])
        #expect(socket.cancel(1) == nil)
        #expect(socket.cancel(2) == nil)
        #expect(socket.machine.deadline == nil)
    }

    // MARK: Limits

    @Test func `only so many packets wait, and the caller is told`() {
        var socket = ClientSocketHarness { $0.bufferedPackets = 2 }
        #expect(socket.emit("a") == .stored)
        #expect(socket.emit("b") == .stored)
        #expect(socket.emit("c", ask: 1, timeout: .seconds(1)) == .overflow)
        #expect(socket.machine.deadline == nil)
        #expect(socket.cancel(1) == nil)
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome()
        #expect(socket.actions() == ["send a", "send b", "connected"])
    }

    @Test func `only so many bytes wait`() {
        var socket = ClientSocketHarness { $0.bufferedBytes = 5 }
        #expect(socket.emit("abc") == .stored)
        #expect(socket.emit("def") == .overflow)
        #expect(socket.emit("de") == .stored)
        #expect(socket.emit("f") == .overflow)
    }

    @Test func `only so many acknowledgements are waited for`() {
        var socket = ClientSocketHarness { $0.acknowledgements = 3 }
        #expect(socket.emit("a", ask: 1) == .stored)
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome()
        _ = socket.actions()
        #expect(socket.emit("b", ask: 2) == .send)
        #expect(socket.emit("c", ask: 3) == .send)
        #expect(socket.emit("d", ask: 4) == .overflow)
        #expect(socket.emit("e", retries: 1, ask: 5) == .overflow)
        #expect(socket.emit("f") == .send)
        #expect(socket.ack(2) == "asker 2")
        #expect(socket.emit("e", retries: 1, ask: 5) == .stored)
    }

    // MARK: Acknowledgements

    @Test func `an acknowledgement is handed out once`() {
        var socket = ClientSocketHarness.connected()
        _ = socket.emit("a", ask: 1, timeout: .seconds(1))
        #expect(socket.ack(2) == nil)
        #expect(socket.ack(1) == "asker 1")
        #expect(socket.ack(1) == nil)
        #expect(socket.machine.deadline == nil)
        socket.lose()
        #expect(socket.actions() == ["disconnected: transport close"])
    }

    @Test func `one that does not come in time fails, and is too late then`() {
        var socket = ClientSocketHarness.connected()
        _ = socket.emit("a", ask: 1, timeout: .seconds(3))
        _ = socket.emit("b", ask: 2, timeout: .seconds(1))
        _ = socket.emit("c", ask: 3)
        #expect(socket.wait() == 1_000)
        #expect(socket.actions() == ["asker 2 timed out"])
        #expect(socket.ack(2) == nil)
        #expect(socket.wait() == 2_000)
        #expect(socket.actions() == ["asker 1 timed out"])
        #expect(socket.wait() == nil)
        #expect(socket.ack(3) == "asker 3")
    }

    @Test func `a packet whose time is over before it left does not leave any more`() {
        var socket = ClientSocketHarness()
        _ = socket.emit("a", ask: 1, timeout: .seconds(2))
        _ = socket.emit("b", ask: 2, timeout: .seconds(1))
        _ = socket.emit("c")
        #expect(socket.wait() == 1_000)
        #expect(socket.actions() == ["asker 2 timed out"])
        #expect(socket.machine.bufferedPackets == 2)
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome()
        #expect(socket.actions() == ["send a", "send c", "connected"])
        // Its time began when it was emitted, not when it left.
        #expect(socket.wait() == 1_000)
        #expect(socket.actions() == ["asker 1 timed out"])
    }

    @Test func `one that is cancelled is told of no more, and its packet does not leave any more`() {
        var socket = ClientSocketHarness()
        _ = socket.emit("a", ask: 1, timeout: .seconds(1))
        #expect(socket.cancel(1) == "asker 1")
        #expect(socket.cancel(1) == nil)
        #expect(socket.machine.deadline == nil)
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome()
        #expect(socket.actions() == ["connected"])
        _ = socket.emit("b", ask: 2, timeout: .seconds(1))
        #expect(socket.cancel(2) == "asker 2")
        #expect(socket.ack(2) == nil)
        #expect(socket.wait() == nil)
    }

    @Test func `those that were sent fail with the connection, also if it is recovered, and those that wait do not`() {
        var socket = ClientSocketHarness.connected(privateID: "pid")
        for id in UInt64(1)...3 { _ = socket.emit("sent", ask: id, timeout: .seconds(9)) }
        #expect(socket.ack(2) == "asker 2")
        socket.lose()
        #expect(
            socket.actions() == ["disconnected: transport close", "asker 1 disconnected", "asker 3 disconnected"])
        _ = socket.emit("waits", ask: 4, timeout: .seconds(9))
        socket.lose()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome(privateID: "pid")
        #expect(socket.actions() == ["send waits", "recovered"])
        #expect(socket.ack(1) == nil)
        #expect(socket.ack(4) == "asker 4")
    }

    @Test func `they fail as well when a side leaves, and what waits is for the next time`() {
        for byServer in [true, false] {
            var socket = ClientSocketHarness.connected()
            _ = socket.emit("sent", ask: 1)
            if byServer {
                socket.kicked()
            } else {
                socket.leave()
            }
            #expect(socket.actions().last == "asker 1 disconnected")
            #expect(socket.emit("waits", ask: 2) == .stored)
            socket.machine.connect()
            _ = socket.actions()
            socket.welcome()
            #expect(socket.actions() == ["send waits", "connected"])
        }
    }

    @Test func `what waits is given up on request, and nothing that was sent`() {
        var socket = ClientSocketHarness.connected()
        _ = socket.emit("sent", ask: 1)
        _ = socket.emit("again", retries: 2, ask: 2)
        #expect(socket.actions() == ["send again"])
        socket.machine.clearBuffer()
        #expect(socket.actions() == [])
        #expect(socket.ack(1) == "asker 1")
        socket.lose()
        #expect(socket.actions() == ["disconnected: transport close"])
        _ = socket.emit("waiting")
        _ = socket.emit("asking", ask: 3)
        socket.machine.clearBuffer()
        #expect(socket.actions() == ["asker 3 disconnected"])
        _ = socket.emit("later")
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome()
        #expect(socket.actions() == ["send later", "send again", "connected"])
    }

    @Test func `a socket that is not used any more gives up all that waits`() {
        for isConnected in [true, false] {
            var socket = isConnected ? ClientSocketHarness.connected() : ClientSocketHarness()
            _ = socket.emit("a", ask: 1, timeout: .seconds(1))
            for id in UInt64(2)...3 { _ = socket.emit("b", retries: 5, ask: id) }
            _ = socket.actions()
            socket.abandon()
            let failures = (1...3).map { "asker \($0) disconnected" }
            let leaving = ["send DISCONNECT", "disconnected: io client disconnect"]
            #expect(socket.actions() == (isConnected ? leaving : []) + failures)
            #expect(socket.machine.deadline == nil)
            #expect(socket.machine.bufferedPackets == 0)
            for id in UInt64(1)...3 { #expect(socket.cancel(id) == nil) }
            socket.abandon()
            #expect(socket.actions() == [])
        }
    }
}

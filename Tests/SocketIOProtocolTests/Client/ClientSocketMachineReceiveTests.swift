import Testing

@testable import SocketIOProtocol

/// What is delivered, and the session that it belongs to.
@Suite struct ClientSocketMachineReceiveTests {
    private func connecting(_ change: (inout ClientSocketLimits) -> Void = { _ in }) -> ClientSocketHarness {
        var socket = ClientSocketHarness(change)
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        return socket
    }

    @Test func `a connected socket's events are delivered at once`() {
        var socket = ClientSocketHarness.connected()
        #expect(socket.event("a") == .deliver)
        #expect(socket.actions() == [])
    }

    @Test func `events that come before the answer to CONNECT are delivered behind connect, in order`() {
        var socket = connecting()
        #expect(socket.event("a") == .kept)
        #expect(socket.event("b") == .kept)
        #expect(socket.actions() == [])
        _ = socket.emit("sent")
        socket.welcome()
        #expect(socket.event("c") == .kept)
        #expect(socket.actions() == ["send sent", "connected", "deliver a", "deliver b", "deliver c"])
        #expect(socket.event("d") == .deliver)
    }

    @Test func `without that answer they are dropped`() {
        var socket = connecting()
        _ = socket.event("a")
        socket.machine.connectErrorReceived("no")
        socket.machine.connect()
        _ = socket.actions()
        _ = socket.event("b")
        socket.lose()
        socket.machine.transportOpened()
        _ = socket.actions()
        _ = socket.event("c")
        socket.leave()
        socket.machine.connect()
        socket.machine.connectErrorReceived("no")
        _ = socket.actions()
        _ = socket.event("d")
        socket.welcome()
        #expect(socket.actions() == ["connected", "deliver d"])
    }

    @Test func `they are delivered once, and only on the connection on which they came`() {
        var socket = connecting()
        _ = socket.event("lost")
        socket.lose()
        socket.machine.transportOpened()
        _ = socket.actions()
        _ = socket.event("a")
        socket.welcome()
        #expect(socket.actions() == ["connected", "deliver a"])
        socket.reconnect()
        #expect(socket.actions() == ["connected"])
    }

    @Test func `an answer is for the connection on which the event came`() {
        var socket = ClientSocketHarness.connected()
        let connection = socket.machine.connection
        #expect(socket.machine.mayAnswer(connection))
        socket.lose()
        #expect(!socket.machine.mayAnswer(connection))
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome()
        #expect(!socket.machine.mayAnswer(connection))
        #expect(socket.machine.mayAnswer(socket.machine.connection))
    }

    @Test(arguments: [true, false]) func `a server that sends and never answers is given up`(byBytes: Bool) {
        var socket = connecting {
            if byBytes { $0.heldBytes = 4 } else { $0.heldEvents = 2 }
        }
        #expect(socket.event("aa") == .kept)
        #expect(socket.event("bb") == .kept)
        #expect(socket.event("c") == .none)
        #expect(socket.actions() == ["close transport: parse error"])
        #expect(socket.event("d") == .none)
        socket.welcome()
        #expect(socket.actions() == [])
        socket.lose(.parseError)
        socket.machine.transportOpened()
        #expect(socket.actions() == ["connect failed: parse error", "prepare 2", "CONNECT"])
        #expect(socket.event("aa") == .kept)
        #expect(socket.event("bb") == .kept)
        socket.welcome()
        #expect(socket.actions() == ["connected", "deliver aa", "deliver bb"])
    }

    // MARK: Recovery

    @Test func `the session and its last event are told to the server, which may recover them`() {
        var socket = ClientSocketHarness.connected(privateID: "p1")
        socket.lose()
        socket.machine.transportOpened()
        #expect(socket.actions().last == "CONNECT p1")
        socket.welcome(privateID: "p1")
        #expect(socket.actions() == ["recovered"])
        _ = socket.event("a", offset: "o1")
        _ = socket.event("b")
        socket.lose()
        socket.machine.transportOpened()
        #expect(socket.actions().last == "CONNECT p1@o1")
        _ = socket.event("c", offset: "o2")
        #expect(socket.event("d", offset: "o3") == .kept)
        socket.welcome(privateID: "p1")
        #expect(socket.actions() == ["recovered", "deliver c", "deliver d"])
        socket.lose()
        socket.machine.transportOpened()
        #expect(socket.actions().last == "CONNECT p1@o3")
    }

    @Test func `another session forgets the last event of the one before`() {
        var socket = ClientSocketHarness.connected(privateID: "p1")
        _ = socket.event("a", offset: "o1")
        socket.lose()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome(privateID: "p2")
        #expect(socket.actions() == ["connected"])
        socket.lose()
        socket.machine.transportOpened()
        #expect(socket.actions().last == "CONNECT p2")
    }

    @Test func `events that were never delivered are asked for again`() {
        var socket = ClientSocketHarness.connected(privateID: "p1")
        _ = socket.event("a", offset: "o1")
        socket.lose()
        socket.machine.transportOpened()
        _ = socket.actions()
        _ = socket.event("b", offset: "o2")
        socket.lose()
        socket.machine.transportOpened()
        #expect(socket.actions() == ["connect failed: transport close", "prepare 3", "CONNECT p1@o1"])
    }

    @Test func `a server without recovery is told nothing of it`() {
        var socket = ClientSocketHarness.connected()
        _ = socket.event("a", offset: "just a string")
        socket.lose()
        socket.machine.transportOpened()
        #expect(socket.actions().last == "CONNECT")
        socket.welcome(privateID: "p1")
        _ = socket.actions()
        _ = socket.event("b", offset: "o1")
        socket.lose()
        socket.machine.transportOpened()
        #expect(socket.actions().last == "CONNECT p1@o1")
        socket.welcome()
        #expect(socket.actions() == ["connected"])
        socket.lose()
        socket.machine.transportOpened()
        #expect(socket.actions().last == "CONNECT")
    }

    @Test(arguments: [true, false]) func `a session that a side has left is not asked for`(byServer: Bool) {
        var socket = ClientSocketHarness.connected(privateID: "p1")
        _ = socket.event("a", offset: "o1")
        if byServer {
            socket.kicked()
        } else {
            socket.leave()
        }
        socket.machine.connect()
        #expect(socket.actions().last == "CONNECT")
    }

    @Test func `a server that sends too much while it recovers is not asked to the next time`() {
        var socket = ClientSocketHarness.connected(privateID: "p1") { $0.heldEvents = 1 }
        socket.lose()
        socket.machine.transportOpened()
        _ = socket.actions()
        _ = socket.event("a")
        _ = socket.event("b")
        socket.lose()
        socket.machine.transportOpened()
        #expect(socket.actions().last == "CONNECT")
    }
}

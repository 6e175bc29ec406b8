import Testing

@testable import SocketIOProtocol

/// The way into a namespace, and out of it.
@Suite struct ClientSocketMachineConnectionTests {
    @Test func `a socket waits for the engine, says CONNECT, and is connected when that is answered`() {
        var socket = ClientSocketHarness()
        #expect(!socket.machine.isActive)
        socket.machine.connect()
        #expect(socket.machine.isActive)
        #expect(socket.actions() == [])
        socket.machine.transportOpened()
        #expect(socket.actions() == ["prepare 1", "CONNECT"])
        #expect(!socket.machine.isConnected)
        socket.welcome("abc")
        #expect(socket.actions() == ["connected"])
        #expect(socket.machine.isConnected && socket.machine.id == "abc" && socket.machine.connection == 1)
        socket.machine.connect()
        socket.machine.transportOpened()
        socket.welcome("other")
        #expect(socket.actions() == [])
        #expect(socket.machine.id == "abc")
    }

    @Test func `an engine that is open is used at once`() {
        var socket = ClientSocketHarness()
        socket.machine.transportOpened()
        #expect(socket.actions() == [])
        socket.machine.connect()
        #expect(socket.actions() == ["prepare 1", "CONNECT"])
    }

    @Test(arguments: [.transportClose, .transportError, .pingTimeout, .parseError, .forcedClose] as [DisconnectReason])
    func `a connection that is lost is told with its reason, and the next engine brings it back`(
        reason: DisconnectReason
    ) {
        var socket = ClientSocketHarness.connected()
        socket.lose(reason, "code 1006")
        #expect(socket.actions() == ["disconnected: \(reason), code 1006"])
        #expect(socket.machine.isActive && !socket.machine.isConnected && socket.machine.id == nil)
        socket.machine.transportFailed("no route")
        #expect(socket.actions() == ["connect failed: transport: no route"])
        socket.machine.transportOpened()
        #expect(socket.actions() == ["prepare 2", "CONNECT"])
        socket.welcome()
        #expect(socket.actions() == ["connected"])
        #expect(socket.machine.connection == 2)
    }

    @Test func `an engine that goes before CONNECT is answered is a failed attempt, and the next one is another`() {
        var socket = ClientSocketHarness()
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.lose(.transportError, "status 503")
        #expect(socket.actions() == ["connect failed: transport error, status 503"])
        socket.machine.transportOpened()
        #expect(socket.actions() == ["prepare 2", "CONNECT"])
    }

    @Test func `who waits for an engine that nobody opens any more is told`() {
        var socket = ClientSocketHarness()
        socket.machine.connect()
        socket.lose(.forcedClose)
        #expect(socket.actions() == ["connect failed: forced close"])
        #expect(socket.machine.isActive)
    }

    @Test func `an inactive socket does nothing for an engine`() {
        var socket = ClientSocketHarness()
        socket.machine.transportOpened()
        socket.machine.transportFailed("why")
        socket.lose()
        #expect(socket.actions() == [])
    }

    // MARK: auth

    @Test func `auth is evaluated for each attempt, and what comes too late says nothing`() {
        var socket = ClientSocketHarness()
        socket.machine.connect()
        socket.machine.transportOpened()
        #expect(socket.actions(preparing: false) == ["prepare 1"])
        socket.lose()
        #expect(socket.prepared(1) == "nothing")
        socket.machine.transportOpened()
        #expect(socket.actions(preparing: false) == ["connect failed: transport close", "prepare 2"])
        #expect(socket.prepared(1) == "nothing")
        socket.machine.connectUnprepared(1, "expired")
        #expect(socket.prepared(2) == "CONNECT")
        #expect(socket.prepared(2) == "nothing")
        #expect(socket.actions() == [])
    }

    @Test func `auth that fails leaves the socket inactive`() {
        var socket = ClientSocketHarness()
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions(preparing: false)
        socket.machine.connectUnprepared(1, "expired")
        #expect(socket.actions() == ["connect failed: auth: expired"])
        #expect(!socket.machine.isActive)
        socket.machine.connect()
        #expect(socket.actions() == ["prepare 2", "CONNECT"])
    }

    // MARK: Refusals

    @Test func `a socket that is refused does not try again by itself`() {
        var socket = ClientSocketHarness()
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.machine.connectErrorReceived("not you")
        #expect(socket.actions() == ["connect failed: refused: not you"])
        #expect(!socket.machine.isActive)
        socket.lose()
        socket.machine.transportOpened()
        #expect(socket.actions() == [])
        socket.machine.connect()
        #expect(socket.actions() == ["prepare 2", "CONNECT"])
    }

    @Test func `a CONNECT without an id is that of a server of version 2`() {
        var socket = ClientSocketHarness()
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome(nil)
        #expect(socket.actions() == ["connect failed: incompatible"])
        #expect(!socket.machine.isActive && !socket.machine.isConnected)
        // Such a server sends one unasked, too.
        socket.welcome(nil)
        #expect(socket.actions() == [])
    }

    @Test func `made to leave by the server, a socket does not come back by itself`() {
        var socket = ClientSocketHarness.connected()
        socket.kicked()
        #expect(socket.actions() == ["disconnected: io server disconnect"])
        #expect(!socket.machine.isActive)
        socket.kicked()
        socket.lose()
        socket.machine.transportOpened()
        #expect(socket.actions() == [])
        socket.machine.connect()
        #expect(socket.actions() == ["prepare 2", "CONNECT"])
        socket.kicked()
        #expect(socket.actions() == ["connect failed: io server disconnect"])
        #expect(!socket.machine.isActive)
    }

    @Test func `packets that no connected socket gets are passed over`() {
        var socket = ClientSocketHarness.connected()
        socket.machine.connectErrorReceived("late")
        #expect(socket.actions() == [])
        socket.lose()
        _ = socket.actions()
        socket.machine.connectErrorReceived("late")
        socket.kicked()
        socket.welcome()
        #expect(socket.event("late") == .none)
        #expect(socket.ack(7) == nil)
        #expect(socket.actions() == [])
        #expect(socket.machine.isActive)
    }

    // MARK: Leaving

    @Test func `a socket that leaves says so, and does not come back by itself`() {
        var socket = ClientSocketHarness.connected()
        socket.leave()
        #expect(socket.actions() == ["send DISCONNECT", "disconnected: io client disconnect"])
        #expect(!socket.machine.isActive && socket.machine.id == nil)
        socket.leave()
        socket.lose()
        socket.machine.transportOpened()
        #expect(socket.actions() == [])
        socket.machine.connect()
        #expect(socket.actions() == ["prepare 2", "CONNECT"])
    }

    @Test func `a socket that leaves before CONNECT is sent has nothing to say`() {
        var socket = ClientSocketHarness()
        socket.machine.connect()
        socket.leave()
        #expect(socket.actions() == ["withdrawn"])
        socket.machine.transportOpened()
        socket.machine.connect()
        #expect(socket.actions(preparing: false) == ["prepare 1"])
        socket.leave()
        #expect(socket.prepared(1) == "nothing")
        #expect(socket.actions() == ["withdrawn"])
        #expect(!socket.machine.isActive)
    }

    @Test(arguments: ["connected", "refused", "kicked", "lost"])
    func `one that leaves while CONNECT is not answered leaves no socket behind on the server`(answer: String) {
        var socket = ClientSocketHarness()
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.leave()
        socket.leave()
        #expect(socket.actions() == ["withdrawn"])
        #expect(!socket.machine.isActive)
        #expect(socket.event("early") == .none)
        end(&socket, answer)
        #expect(socket.actions() == (answer == "connected" ? ["send DISCONNECT"] : []))
        #expect(!socket.machine.isConnected && !socket.machine.isActive)
        socket.machine.connect()
        #expect(socket.actions() == (answer == "lost" ? [] : ["prepare 2", "CONNECT"]))
    }

    @Test(arguments: ["connected", "refused", "kicked", "lost"])
    func `one that leaves and comes back says CONNECT again only when the first is answered`(answer: String) {
        var socket = ClientSocketHarness()
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.leave()
        socket.machine.connect()
        #expect(socket.actions() == ["withdrawn"])
        #expect(socket.machine.isActive)
        end(&socket, answer)
        let before = answer == "connected" ? ["send DISCONNECT"] : []
        #expect(socket.actions() == (answer == "lost" ? [] : before + ["prepare 2", "CONNECT"]))
        socket.machine.transportOpened()
        if answer == "lost" { #expect(socket.actions() == ["prepare 2", "CONNECT"]) }
        socket.welcome()
        #expect(socket.actions() == ["connected"])
    }

    private func end(_ socket: inout ClientSocketHarness, _ answer: String) {
        switch answer {
        case "connected": socket.welcome()
        case "refused": socket.machine.connectErrorReceived("no")
        case "kicked": socket.kicked()
        default: socket.lose()
        }
    }

    @Test func `one that comes back and leaves again, all before the first answer, stays away`() {
        var socket = ClientSocketHarness()
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        for _ in 0..<2 {
            socket.leave()
            socket.machine.connect()
        }
        socket.leave()
        #expect(socket.actions() == ["withdrawn", "withdrawn", "withdrawn"])
        socket.welcome()
        #expect(socket.actions() == ["send DISCONNECT"])
        #expect(!socket.machine.isActive)
    }

    @Test func `a socket that the server believes in and nobody wants is taken off it`() {
        var socket = ClientSocketHarness()
        socket.machine.transportOpened()
        socket.welcome("ghost")
        #expect(socket.actions() == ["send DISCONNECT"])
        #expect(!socket.machine.isConnected)
    }
}

import Testing

@testable import SocketIOProtocol

/// What is sent until it is answered.
@Suite struct ClientSocketMachineRetryTests {
    @Test func `one is on its way at a time, and the next follows its answer`() {
        var socket = ClientSocketHarness.connected()
        for id in UInt64(1)...3 { #expect(socket.emit("q\(id)", retries: 3, ask: id) == .stored) }
        #expect(socket.actions() == ["send q1"])
        #expect(socket.emit("beside") == .send)
        #expect(socket.ack(2) == nil)
        #expect(socket.ack(1) == "asker 1")
        #expect(socket.actions() == ["send q2"])
        #expect(socket.ack(1) == nil)
        #expect(socket.ack(2) == "asker 2")
        #expect(socket.actions() == ["send q3"])
        #expect(socket.ack(3) == "asker 3")
        #expect(socket.actions() == [])
        #expect(socket.machine.deadline == nil && socket.machine.bufferedPackets == 0)
    }

    @Test(arguments: [0, 1, 3]) func `one that is not answered is sent again so often, fails, and the next follows`(
        retries: Int
    ) {
        var socket = ClientSocketHarness.connected()
        _ = socket.emit("q1", retries: retries, ask: 1)
        _ = socket.emit("q2", retries: 0, ask: 2, timeout: .seconds(5))
        #expect(socket.actions() == ["send q1"])
        for _ in 0..<retries {
            #expect(socket.wait() == 1_000)
            #expect(socket.actions() == ["send q1"])
        }
        #expect(socket.wait() == 1_000)
        #expect(socket.actions() == ["asker 1 timed out", "send q2"])
        #expect(socket.ack(1) == nil)
        #expect(socket.wait() == 5_000)
        #expect(socket.actions() == ["asker 2 timed out"])
        #expect(socket.wait() == nil)
    }

    @Test func `an answer to an earlier time counts`() {
        var socket = ClientSocketHarness.connected()
        _ = socket.emit("q", retries: 1, ask: 1)
        _ = socket.actions()
        _ = socket.wait()
        #expect(socket.actions() == ["send q"])
        #expect(socket.ack(1) == "asker 1")
        #expect(socket.ack(1) == nil)
        #expect(socket.wait() == nil)
    }

    @Test func `offline their time does not begin, and they leave in order behind what else waits`() {
        var socket = ClientSocketHarness()
        _ = socket.emit("q1", retries: 1, ask: 1)
        _ = socket.emit("q2", retries: 1, ask: 2)
        _ = socket.emit("plain")
        #expect(socket.machine.deadline == nil)
        #expect(socket.machine.bufferedPackets == 3)
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome()
        #expect(socket.actions() == ["send plain", "send q1", "connected"])
        #expect(socket.wait() == 1_000)
    }

    @Test func `the one on its way is sent again on the next connection, before all others`() {
        var socket = ClientSocketHarness.connected()
        for id in UInt64(1)...2 { _ = socket.emit("q\(id)", retries: 2, ask: id) }
        _ = socket.actions()
        socket.lose()
        #expect(socket.actions() == ["disconnected: transport close"])
        #expect(socket.machine.deadline == nil)
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome()
        #expect(socket.actions() == ["send q1", "connected"])
        #expect(socket.ack(1) == "asker 1")
        #expect(socket.actions() == ["send q2"])
    }

    @Test func `each time that it is sent counts, as in the reference, and a connection that goes answers nothing`() {
        var socket = ClientSocketHarness.connected()
        _ = socket.emit("q1", retries: 1, ask: 1)
        _ = socket.emit("q2", retries: 1, ask: 2)
        #expect(socket.actions() == ["send q1"])
        socket.reconnect()
        #expect(socket.actions() == ["send q1", "connected"])
        socket.lose()
        #expect(socket.actions() == ["disconnected: transport close", "asker 1 disconnected"])
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome()
        #expect(socket.actions() == ["send q2", "connected"])
    }

    @Test func `a connection that goes before it was sent does not count`() {
        var socket = ClientSocketHarness()
        _ = socket.emit("q", retries: 0, ask: 1)
        for _ in 0..<3 {
            socket.machine.connect()
            socket.machine.transportOpened()
            socket.lose()
        }
        _ = socket.actions()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome()
        socket.lose()
        #expect(socket.actions() == ["connected", "disconnected: transport close"])
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome()
        #expect(socket.actions() == ["send q", "connected"])
    }

    @Test func `they wait for the next connection when a side leaves`() {
        var socket = ClientSocketHarness.connected()
        _ = socket.emit("q", retries: 1, ask: 1)
        _ = socket.actions()
        socket.leave()
        #expect(socket.actions() == ["send DISCONNECT", "disconnected: io client disconnect"])
        socket.machine.connect()
        _ = socket.actions()
        socket.welcome()
        #expect(socket.actions() == ["send q", "connected"])
    }

    @Test func `any of them can be cancelled, before it is sent, behind others, and on its way`() {
        var socket = ClientSocketHarness()
        for id in UInt64(1)...5 { _ = socket.emit("q\(id)", retries: 2, ask: id) }
        #expect(socket.cancel(1) == "asker 1")
        #expect(socket.cancel(1) == nil)
        #expect(socket.cancel(4) == "asker 4")
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome()
        #expect(socket.actions() == ["send q2", "connected"])
        #expect(socket.cancel(2) == "asker 2")
        #expect(socket.actions() == ["send q3"])
        #expect(socket.ack(2) == nil)
        #expect(socket.ack(3) == "asker 3")
        #expect(socket.cancel(5) == "asker 5")
        #expect(socket.actions() == [])
        #expect(socket.machine.bufferedPackets == 0)
        #expect(socket.wait() == nil)
        _ = socket.emit("q6", retries: 0, ask: 6)
        #expect(socket.actions() == ["send q6"])
    }

    @Test func `only so many wait, in packets and in bytes, and each that is done with makes room`() {
        var socket = ClientSocketHarness.connected {
            $0.queuedPackets = 3
            $0.queuedBytes = 10
        }
        #expect(socket.emit("12345", retries: 0, ask: 1) == .stored)
        #expect(socket.emit("123456", retries: 0, ask: 2) == .overflow)
        #expect(socket.emit("1234", retries: 0, ask: 3) == .stored)
        #expect(socket.emit("1", retries: 0, ask: 4) == .stored)
        #expect(socket.emit("", retries: 0, ask: 5) == .overflow)
        #expect(socket.cancel(2) == nil)
        _ = socket.actions()
        #expect(socket.ack(1) == "asker 1")
        #expect(socket.emit("123456", retries: 0, ask: 6) == .overflow)
        #expect(socket.emit("12345", retries: 0, ask: 7) == .stored)
        #expect(socket.cancel(7) == "asker 7")
        _ = socket.actions()
        _ = socket.wait()
        #expect(socket.actions() == ["asker 3 timed out", "send 1"])
        #expect(socket.emit("123456789", retries: 0, ask: 8) == .stored)
        socket.abandon()
        #expect(socket.emit("1234567890", retries: 0, ask: 9) == .stored)
    }
}

import SocketIOTesting
import Testing

@testable import SocketIOProtocol

/// A client socket's machine with its clock, whose actions are read as words.
struct ClientSocketHarness {
    typealias Machine = ClientSocketMachine<String, String, String, String>

    var machine: Machine
    var clock = VirtualClock()

    init(_ change: (inout ClientSocketLimits) -> Void = { _ in }) {
        var limits = ClientSocketLimits()
        change(&limits)
        machine = Machine(limits: limits)
    }

    /// A socket that is connected.
    static func connected(
        privateID: String? = nil, _ change: (inout ClientSocketLimits) -> Void = { _ in }
    ) -> ClientSocketHarness {
        var socket = ClientSocketHarness(change)
        socket.machine.connect()
        socket.machine.transportOpened()
        _ = socket.actions()
        socket.welcome(privateID: privateID)
        _ = socket.actions()
        return socket
    }

    /// What the machine wants done.
    ///
    /// - Parameter answers: Whether `auth` is evaluated at once.
    /// - Returns: A few words for each action, in order.
    mutating func actions(preparing answers: Bool = true) -> [String] {
        var words: [String] = []
        while let action = machine.nextAction() {
            switch action {
            case .prepareConnect(let attempt):
                words.append("prepare \(attempt)")
                if answers { words.append(prepared(attempt)) }
            case .send(let message): words.append("send \(message)")
            case .sendDisconnect: words.append("send DISCONNECT")
            case .closeTransport(let reason): words.append("close transport: \(reason)")
            case .connected(let recovered): words.append(recovered ? "recovered" : "connected")
            case .connectFailed(let failure): words.append("connect failed: \(word(failure))")
            case .connectWithdrawn: words.append("withdrawn")
            case .deliver(let event): words.append("deliver \(event)")
            case .disconnected(let reason, let failure):
                words.append("disconnected: \(reason)" + (failure.map { ", \($0)" } ?? ""))
            case .fail(let asker, .timedOut): words.append("\(asker) timed out")
            case .fail(let asker, .disconnected): words.append("\(asker) disconnected")
            }
        }
        return words
    }

    private func word(_ failure: Machine.ConnectFailure) -> String {
        switch failure {
        case .transport(let failure): "transport: \(failure)"
        case .lost(let reason, let failure): "\(reason)" + (failure.map { ", \($0)" } ?? "")
        case .refused(let failure): "refused: \(failure)"
        case .unauthenticated(let failure): "auth: \(failure)"
        case .incompatible: "incompatible"
        }
    }

    /// `auth` is evaluated.
    mutating func prepared(_ attempt: Int) -> String {
        switch machine.connectPrepared(attempt) {
        case .sendConnect(let recovery):
            "CONNECT" + (recovery.map { " \($0.privateID)" + ($0.offset.map { "@\($0)" } ?? "") } ?? "")
        case .none: "nothing"
        }
    }

    mutating func welcome(_ id: String? = "sid", privateID: String? = nil) {
        machine.connectReceived(id: id, privateID: privateID, now: clock.now)
    }

    /// Sends a packet of its message's length.
    mutating func emit(
        _ message: String, ask id: UInt64? = nil, timeout: Duration? = nil,
        _ delivery: Machine.Delivery = .ordinary
    ) -> Machine.EmitAction {
        let ask = id.map { Machine.Ask(id: $0, asker: "asker \($0)", timeout: timeout) }
        return machine.emit(message, size: message.utf8.count, ask: ask, delivery, now: clock.now)
    }

    mutating func emit(
        _ message: String, retries: Int, ask id: UInt64, timeout: Duration? = .seconds(1)
    ) -> Machine.EmitAction {
        machine.emit(
            message, size: message.utf8.count, retries: retries,
            ask: Machine.Ask(id: id, asker: "asker \(id)", timeout: timeout), now: clock.now)
    }

    mutating func ack(_ id: UInt64) -> String? { machine.ackReceived(id, now: clock.now) }

    mutating func cancel(_ id: UInt64) -> String? { machine.cancel(id, now: clock.now) }

    mutating func event(_ event: String, offset: String? = nil) -> Machine.ReceiveAction {
        machine.eventReceived(event, size: event.utf8.count, offset: offset)
    }

    mutating func lose(_ reason: DisconnectReason = .transportClose, _ failure: String? = nil) {
        machine.transportClosed(reason, failure, now: clock.now)
    }

    mutating func leave() { machine.disconnect(now: clock.now) }

    mutating func abandon() { machine.abandon(now: clock.now) }

    /// A DISCONNECT came.
    mutating func kicked() { machine.disconnectReceived(now: clock.now) }

    /// The engine goes, and another one comes; the server answers CONNECT.
    mutating func reconnect(privateID: String? = nil) {
        lose()
        machine.transportOpened()
        _ = actions()
        welcome(privateID: privateID)
    }

    /// Lets time go by to the deadline.
    ///
    /// - Returns: The milliseconds that went by; nil if there is no deadline.
    mutating func wait() -> Int64? {
        guard let deadline = machine.deadline else { return nil }
        let milliseconds = Int64((deadline - clock.now) / .milliseconds(1))
        clock.advance(to: deadline - .nanoseconds(1))
        machine.deadlineReached(now: clock.now)
        #expect(machine.deadline == deadline, "an early call is harmless")
        clock.advance(to: deadline)
        machine.deadlineReached(now: clock.now)
        return milliseconds
    }
}

import SIOBytes
import SIOEvents
import SIOJSON
import SocketIOProtocol

/// What arrives and what leaves.
extension ClientSocketCore {
    func received(event packet: consuming Packet) {
        let kept = machine.deliversAtOnce ? nil : KeptEvent(packet)
        let size = packet.argumentsText.byteCount + packet.attachments.reduce(0) { $0 + $1.count }
        let offset = packet.id == nil && machine.mayBeRecovered ? Self.lastString(of: packet) : nil
        switch machine.eventReceived(kept, size: size, offset: offset) {
        case .deliver: dispatch(packet)
        case .kept, .none: break
        }
        perform()
    }

    /// The last argument, if it is a string.
    private static func lastString(of packet: borrowing Packet) -> String? {
        var last: JSONCursor?
        for argument in packet.arguments { last = argument }
        return last?.string
    }

    /// Whether anybody listens to the event by its name.
    func hasListeners(of event: String) -> Bool {
        listeners.named.entries.contains { $0.event == event }
    }

    func send(_ packet: ClientPacket) {
        manager?.send(packet)
        if !outgoing.isEmpty { tell(packet) }
    }

    func tell(_ packet: ClientPacket) {
        let round = outgoing
        packet.read { packet in round.tell(packet) { face?.report($0, event: $1) } }
    }

    func tell(_ change: ClientSocket.Change) {
        guard let face else { return }
        handlers.call(change, on: face.loop) { face.report($0, event: $1) }
    }

    func dispatch(_ packet: Packet) {
        guard let connection else { return }
        // The event does not hold it, and a handler may end it.
        defer { withExtendedLifetime(connection) {} }
        IncomingEvent.reading(packet, host: connection) { event in
            // A copy is walked: handlers change the original.
            let round = listeners.copy()
            round.forEach(of: event) { call($0, event) }
        }
    }

    func call(_ listener: ListenerTable.Entry, _ event: borrowing IncomingEvent) {
        if listener.options.contains(.once) { withExtendedLifetime(listeners.remove(listener.number)) {} }
        do {
            try listener.call(event)
        } catch {
            face?.report(error, event: event.name)
        }
    }
}

import SIOEvents
import SocketIOProtocol
import Synchronization

/// Who is called for what arrives at a socket.
extension SocketCore {
    /// What the listeners have become while they were walked along.
    final class ChangedListeners {
        var value: Listeners

        init(_ value: consuming Listeners) {
            self.value = value
        }
    }

    func add(_ listener: consuming ListenerTable.Entry, to socket: Socket) {
        // Behind the socket's end nothing arrives, and nothing would ever let go of the handler.
        guard client != nil else { return }
        if isDispatching { return changingListeners().value.add(listener) }
        if listener.event != nil, listeners.named.isEmpty {
            listeners.named.reserve(socket.useSockets { $0.usualListeners.load(ordering: .relaxed) })
        }
        listeners.add(listener)
    }

    func add(_ handler: @escaping @Sendable (DisconnectReason) throws -> Void, for event: SocketEvent) {
        guard client != nil else { return }
        endHandlers.append((event, handler))
    }

    @inline(never)
    func removeListener(_ number: UInt32) {
        changeListeners { $0.remove(number) }
        removeOutgoing(number)
    }

    /// Takes off all listeners of an event; nil: those of every event.
    func removeListeners(of event: String?) {
        changeListeners { $0.removeAll(of: event) }
    }

    /// Changes the listeners, or, while they are walked along, what they will be.
    ///
    /// What is taken off goes behind the change: its end may change them again.
    func changeListeners(_ change: (inout Listeners) -> Listeners.Taken) {
        let taken = isDispatching ? change(&changingListeners().value) : change(&listeners)
        withExtendedLifetime(taken) {}
    }

    private func changingListeners() -> ChangedListeners {
        let changed = changedListeners ?? ChangedListeners(listeners.copy())
        changedListeners = changed
        return changed
    }

    /// An event has arrived.
    func received(_ event: borrowing IncomingEvent, for socket: Socket) {
        guard client != nil else { return }
        if let extras, !extras.middlewares.isEmpty { return pass(event, extras.middlewares, socket) }
        dispatch(event, socket)
    }

    /// Calls the handlers of an event.
    @inline(__always)
    func dispatch(_ event: borrowing IncomingEvent, _ socket: Socket) {
        // A middleware may let an event through while another is handled: only the outermost walk has an end.
        let isWithin = isDispatching
        isDispatching = true
        listeners.forEach(of: event) { call($0, event, socket) }
        isDispatching = isWithin
        if changedListeners != nil, !isWithin { changeListenersBehindWalk() }
    }

    @inline(never)
    private func changeListenersBehindWalk() {
        guard let changed = changedListeners.take() else { return }
        // Exchanged, because what is taken off goes behind the change: its end may change them again.
        swap(&listeners, &changed.value)
        withExtendedLifetime(changed) {}
    }

    private func call(_ listener: ListenerTable.Entry, _ event: borrowing IncomingEvent, _ socket: Socket) {
        if listener.options.contains(.once) { removeListener(listener.number) }
        do {
            try listener.call(event)
        } catch {
            socket.report(error, event: event.name)
        }
    }

    func call(_ event: SocketEvent, _ reason: DisconnectReason, _ socket: Socket) {
        for (wanted, handler) in endHandlers where wanted == event {
            do {
                try handler(reason)
            } catch {
                socket.report(error, event: event.name)
            }
        }
    }
}

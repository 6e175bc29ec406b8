public import SIOEvents
package import SocketIOProtocol
import Synchronization

extension Socket: EventSource, EventHost {
    /// Adds a handler for an event; nil: for every event.
    public func listen(
        to event: String?, options: ListenerOptions, _ body: consuming @escaping Listener.Body
    ) -> Listener {
        let number = listenerCount.add(1, ordering: .relaxed).newValue
        // Taken from here, because what a closure takes with it is counted.
        var entry: ListenerTable.Entry? = ListenerTable.Entry(number, event: event, options: options, body: body)
        core.useHere { core in if let entry = entry.take() { core.add(entry, to: self) } }
        if let entry { addLater(entry) }
        return Listener(number, of: self)
    }

    // Apart, because work for another time is an object, and what it takes with it would be copied for it in any case.
    private func addLater(_ entry: ListenerTable.Entry) {
        onLoop { $0.add(entry, to: self) }
    }

    /// Takes the handler off.
    public func off(_ listener: Listener) {
        onLoop { $0.removeListener(listener.number) }
    }

    /// Takes off all handlers of an event.
    public func off(_ event: String) {
        onLoop { $0.removeListeners(of: event) }
    }

    /// Takes off all handlers of every event that `onAny(_:)` added.
    public func offAny() {
        onLoop { $0.removeListeners(of: nil) }
    }

    /// An event has arrived.
    ///
    /// Not inlined, because where this socket is a caller's own, what it holds would be counted.
    @inline(never)
    func received(_ event: borrowing IncomingEvent) {
        core.use { $0.received(event, for: self) }
    }

    /// Runs the body as a task on the socket's loop, where the caller is.
    ///
    /// It begins at once; its error is reported.
    @usableFromInline
    package func run(event: String, _ body: @escaping @Sendable () async throws -> Void) {
        let sockets = namespace.sockets
        sockets.runningTasks.add(1, ordering: .relaxed)
        Task.immediate(executorPreference: loop) { [self] in
            defer { sockets.runningTasks.subtract(1, ordering: .releasing) }
            do {
                try await body()
            } catch {
                report(error, event: event)
            }
        }
    }

    @inline(never)
    private func acknowledgeElsewhere(_ id: UInt64, _ arguments: (inout PacketWriter) throws -> Void) rethrows {
        try send { writer in
            try PacketEncoder.appendAck(id, namespace: namespace.name, to: &writer, arguments: arguments)
        }
    }

    /// Answers an event of the client's.
    @usableFromInline
    package func acknowledge(_ id: UInt64, arguments: (inout PacketWriter) throws -> Void) rethrows {
        let isHere: Void? = try core.useHere { try $0.acknowledge(id, in: namespace, arguments) }
        if isHere == nil { try acknowledgeElsewhere(id, arguments) }
    }
}

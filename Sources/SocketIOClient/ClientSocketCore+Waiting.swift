/// Those who wait for the socket.
extension ClientSocketCore {
    static let cancelled = SocketIOClient.ConnectFailure.cancelled

    func finishSendWaiters() {
        if !machine.hasUnsent {
            finish(\.sendWaiters, .success(()))
        } else if !machine.isActive {
            finish(\.sendWaiters, .failure(Self.cancelled))
        }
    }

    func finishCloseWaiters() {
        let due = closeWaiters
        closeWaiters = []
        for tell in due {
            // Where others use the connection, or it was opened by hand, it stays.
            if let manager, manager.isClosed { manager.whenClosed(tell) } else { tell() }
        }
    }

    func finish(
        _ waiters: ReferenceWritableKeyPath<ClientSocketCore, [Waiter]>, _ result: Result<Void, any Error>
    ) {
        // Whoever is resumed may wait again at once.
        let due = self[keyPath: waiters]
        self[keyPath: waiters] = []
        for waiter in due { waiter.finish(result) }
    }
}

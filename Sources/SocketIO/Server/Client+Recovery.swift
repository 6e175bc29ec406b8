import EngineIO
import SIOBytes
import SIOJSON
import SIONet

/// How a client comes back to a namespace (Socket.IO 4.6, "Connection state recovery").
extension Client {
    /// Connects to a namespace that remembers its clients: anew, or as who the client was.
    func connect(to namespace: Namespace, _ handshake: Handshake, _ log: Recovery) {
        guard let request = try? handshake.auth.decode(RecoveryRequest.self) else {
            return connectAnew(to: namespace, handshake)
        }
        guard let stale = log.connectedSocket(request.pid) else {
            return comeBack(to: namespace, handshake, log, request)
        }
        // Here its old connection lives on: the client has noticed its end, and this side has not.
        if stale.loop.isCurrent {
            stale.core.value.supersede()
            return oldConnectionEnded(namespace, handshake, log, request)
        }
        change { $0.awaited.insert(namespace.name) }
        let bound = LoopBound(self, to: core.loop)
        let loop: EventLoop = core.loop
        stale.loop.post {
            stale.core.value.supersede()
            loop.post { bound.value.oldConnectionEnded(namespace, handshake, log, request) }
        }
    }

    private func oldConnectionEnded(
        _ namespace: Namespace, _ handshake: Handshake, _ log: Recovery, _ request: RecoveryRequest
    ) {
        if others != nil { change { $0.awaited.remove(namespace.name) } }
        // Whoever was told of the old one's end may have ended this one.
        guard session?.object.isOpen == true else { return server.namespaces.release(namespace) }
        comeBack(to: namespace, handshake, log, request)
    }

    private func comeBack(
        to namespace: Namespace, _ handshake: Handshake, _ log: Recovery, _ request: RecoveryRequest
    ) {
        guard let missed = log.take(request.pid, offset: request.offset) else {
            return connectAnew(to: namespace, handshake)
        }
        let socket = Socket(
            id: missed.session.id, namespace: namespace, handshake: handshake, client: self, session: missed.session)
        socket.core.value.recovery = SocketRecovery(request.pid, missed: missed)
        connect(socket, skippingMiddlewares: log.limits.skipMiddlewares)
    }

    private func connectAnew(to namespace: Namespace, _ handshake: Handshake) {
        let socket = Socket(
            id: core.makeID().text, namespace: namespace, handshake: handshake, client: self)
        socket.core.value.recovery = SocketRecovery(core.makeID().text)
        connect(socket)
    }
}

import EngineIO
import SIOBytes
import SIOEvents
import SIOJSON
import SIONet
import SocketIOProtocol
import Synchronization

/// How a client comes to a namespace: anew, behind the namespace's middleware.
extension Client {
    func connect(_ packet: borrowing Packet) {
        if speaksVersion3 { return connectVersion3(packet.namespace ?? "/") }
        connect(
            to: packet.namespace ?? "/", auth: packet.payload.flatMap { try? $0.raw(attachments: packet.attachments) })
    }

    /// Connects the client to a namespace, unless a middleware refuses it.
    func connect(to name: String, auth: RawJSON?) {
        guard let session else { return }
        guard socket(in: name == "/" ? nil : name) == nil, others?.isAboutToConnect(to: name) != true else {
            return closeForFault(.forcedServerClose)
        }
        if let others, name != "/", others.count >= server.configuration.maxNamespacesPerClient {
            return refuse(name, ConnectError("Too many namespaces"))
        }
        if others != nil { change { $0.admit(name) } }
        let handshake = session.use { Handshake(origin: $0.origin, auth: auth, issued: $0.core.now) }
        if let namespace = server.namespaces.use(name) { return connect(to: namespace, consume handshake, on: session) }
        guard server.namespaces.hasParents else { return refuse(name, ConnectError("Invalid namespace")) }
        change { $0.awaited.insert(name) }
        ask(for: name, handshake)
    }

    private func connect(
        to namespace: consuming Namespace, _ handshake: consuming Handshake, on session: Uncounted<EngineSession>
    ) {
        let isVersion3 = session.use { $0.speaksVersion3 }
        if let log = namespace.sockets.recovery, !isVersion3 { return connect(to: namespace, handshake, log) }
        let id =
            isVersion3
            ? version3ID(in: namespace.name) : session.use { $0.core.makeID().text }
        connect(Socket(id: id, namespace: namespace, handshake: handshake, client: self))
    }

    /// Connects a socket that is new, behind its middleware.
    func connect(_ socket: Socket, skippingMiddlewares skips: Bool = false) {
        let middlewares = skips ? [] : socket.namespace.middlewares
        if middlewares.isEmpty { return accept(socket) }
        change { $0.pending[socket.namespace.name] = socket }
        pass(middlewares, socket)
    }

    /// Asks the parents for a namespace that is not there yet.
    private func ask(for name: String, _ handshake: Handshake) {
        let bound = LoopBound(self, to: core.loop)
        let loop: EventLoop = core.loop
        let namespaces = server.namespaces
        Task.immediate(executorPreference: loop) {
            let outcome = await namespaces.ask(for: name, auth: handshake.auth)
            loop.run { bound.value.asked(for: name, outcome, handshake) }
        }
    }

    private func asked(for name: String, _ outcome: Result<Namespace, ConnectError>, _ handshake: Handshake) {
        if others != nil { change { $0.awaited.remove(name) } }
        switch outcome {
        case .success(let namespace):
            guard let session, session.object.isOpen else { return server.namespaces.release(namespace) }
            connect(to: namespace, handshake, on: session)
        case .failure(let error):
            refuse(name, error)
        }
    }

    /// Runs the middlewares one after the other; the first that throws refuses.
    private func pass(_ middlewares: [Namespace.Middleware], _ socket: Socket) {
        let bound = LoopBound(self, to: core.loop)
        let loop: EventLoop = core.loop
        let sockets = socket.namespace.sockets
        sockets.runningTasks.add(1, ordering: .relaxed)
        Task.immediate(executorPreference: loop) {
            defer { sockets.runningTasks.subtract(1, ordering: .releasing) }
            var refusal: ConnectError?
            do {
                for middleware in middlewares { try await middleware(socket) }
            } catch let error as ConnectError {
                refusal = error
            } catch {
                socket.report(error, event: "connection")
                refusal = ConnectError("internal error")
            }
            let outcome = refusal
            loop.run { bound.value.decided(socket, outcome) }
        }
    }

    private func decided(_ socket: Socket, _ refusal: ConnectError?) {
        guard let session, session.object.isOpen else { return socket.end(.transportClose) }
        guard let refusal else { return accept(socket) }
        change { $0.pending[socket.namespace.name] = nil }
        socket.end(.forcedServerClose)
        refuse(socket.namespace.name, refusal)
    }

    private func accept(_ socket: Socket) {
        let name = socket.namespace.name
        if name == "/" { rootSocket = socket }
        if others != nil || name != "/" {
            change {
                $0.pending[name] = nil
                if name != "/" { $0.sockets[name] = socket }
            }
        }
        hasConnected = true
        armDeadline()
        socket.core.use { $0.connect(socket) }
    }

    private func refuse(_ name: String, _ error: ConnectError) {
        if speaksVersion3 { return refuseVersion3(name, error) }
        write { buffer in
            // The data was encoded when the error was made; without it, the refusal would be a refusal still.
            let whole: Void? = try? PacketEncoder.appendConnectError(
                error.message, data: error.data, namespace: name, into: &buffer)
            if whole == nil { try? PacketEncoder.appendConnectError(error.message, namespace: name, into: &buffer) }
        }
    }
}

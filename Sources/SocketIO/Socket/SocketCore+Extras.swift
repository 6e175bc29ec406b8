import SIOBytes
import SIOEvents
import SIOJSON
import SIONet
import SocketIOProtocol
import Synchronization

/// What most sockets do without: middleware of their own, and listeners to what is sent.
final class SocketExtras {
    /// What an event passes before its handlers.
    enum Middleware: Sendable {
        case inline(Socket.EventMiddleware)
        case task(@Sendable (String, Arguments) async throws -> Void)
    }

    /// The questions that may wait behind each other for one socket.
    static let maxQuestions = 1024

    var questions = RetryQueue<RetriedQuestion>(limit: maxQuestions)
    var middlewares: [Middleware] = []
    var outgoing = OutgoingListeners()
    var errorHandlers: [@Sendable (any Error) throws -> Void] = []
}

extension SocketCore {
    /// Changes what most sockets do without.
    func changeExtras(_ body: (SocketExtras) -> Void) {
        // Behind the socket's end nothing would ever let go of the closures.
        guard client != nil else { return }
        let extras = self.extras ?? SocketExtras()
        self.extras = extras
        body(extras)
    }

    // MARK: Middleware

    /// Has an event pass the middleware: what needs no task in place, and all behind the first that does in a task.
    func pass(_ event: borrowing IncomingEvent, _ middlewares: [SocketExtras.Middleware], _ socket: Socket) {
        let name = event.name
        let arguments = event.allArguments
        for (place, middleware) in middlewares.enumerated() {
            guard case .inline(let body) = middleware else {
                return pass(name, arguments, event.id, Array(middlewares[place...]), socket)
            }
            do {
                try body(name, arguments)
            } catch {
                return refused(name, error, socket)
            }
            guard client != nil else { return }
        }
        dispatch(event, socket)
    }

    private func pass(
        _ name: String, _ arguments: Arguments, _ id: UInt64?, _ middlewares: [SocketExtras.Middleware],
        _ socket: Socket
    ) {
        let sockets = namespace.sockets
        sockets.runningTasks.add(1, ordering: .relaxed)
        Task.immediate(executorPreference: loop) {
            defer { sockets.runningTasks.subtract(1, ordering: .releasing) }
            do {
                for middleware in middlewares {
                    switch middleware {
                    case .inline(let body): try body(name, arguments)
                    case .task(let body): try await body(name, arguments)
                    }
                }
                socket.onLoop { $0.passed(name, arguments, id, socket) }
            } catch {
                socket.onLoop { $0.refused(name, error, socket) }
            }
        }
    }

    /// The event may reach its handlers; its bytes are gone by now, and are written and read again.
    private func passed(_ name: String, _ arguments: Arguments, _ id: UInt64?, _ socket: Socket) {
        guard client != nil else { return }
        // It was a packet before, and names and sizes are as they were.
        _ = try? EventPacket(name, namespace: "/", acknowledgementID: id) {
            $0.append(arguments.text.span.bytes, binary: arguments.attachments)
        }.read { packet in
            IncomingEvent.reading(packet, host: socket) { dispatch($0, socket) }
        }
    }

    private func refused(_ name: String, _ error: any Error, _ socket: Socket) {
        guard let handlers = extras?.errorHandlers, !handlers.isEmpty else { return socket.report(error, event: name) }
        for handler in handlers {
            do {
                try handler(error)
            } catch {
                socket.report(error, event: "error")
            }
        }
    }

    // MARK: What is sent

    func addOutgoing(_ number: UInt32, atFront: Bool, _ body: @escaping OutgoingListeners.Body) {
        changeExtras { extras in
            if extras.outgoing.isEmpty { hearers += 1 }
            extras.outgoing.add(number, atFront: atFront, body)
        }
    }

    /// Takes off a listener to what is sent; nil: all of them.
    func removeOutgoing(_ number: UInt32?) {
        guard let extras, !extras.outgoing.isEmpty else { return }
        // What goes with a listener may take off another one, and has to find all as it will be.
        let taken = extras.outgoing.remove(number)
        withExtendedLifetime(taken) {
            if !taken.isEmpty, extras.outgoing.isEmpty { hearers -= 1 }
        }
    }

    /// The sockets of this loop that listen to what is sent to them.
    private var hearers: Int {
        get { face.useShard { $0.hearers } }
        set { face.useShard { $0.hearers = newValue } }
    }

    /// Tells the listeners of an event that is sent.
    ///
    /// It must not be called in the middle of a walk along sockets, which they may change.
    func tell(_ packet: EventPacket) {
        guard let listeners = extras?.outgoing, !listeners.isEmpty, let socket = liveFace else { return }
        _ = try? packet.read { packet in listeners.tell(packet) { socket.report($0, event: $1) } }
    }
}

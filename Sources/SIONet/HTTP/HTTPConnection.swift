import SIOBytes
import SIOHTTP
import SIOWebSocket

/// HTTP on a connection: the driver of SIOHTTP's server machine.
final class HTTPConnection: ConnectionStage, DeadlineOwner {
    let connection: TCPConnection
    private let shard: HTTPServerShard
    private var machine: HTTPServerMachine
    /// The request that is being read or answered.
    private var exchange: HTTPExchange?
    private let deadline = Deadline()
    /// Where the connection goes at the end of the turn.
    private var departure: (() -> Void)?

    init(_ connection: TCPConnection, shard: HTTPServerShard, machine: HTTPServerMachine) {
        self.connection = connection
        self.shard = shard
        self.machine = machine
        shard.connections[ObjectIdentifier(self)] = self
        armDeadline()
    }

    // MARK: Receiving

    func received(_ window: inout MutableRawSpan) -> Int {
        var offset = 0
        do throws(HTTPError) {
            while departure == nil, let step = try machine.next(in: &window, from: offset) {
                offset = step.end
                try handle(step.event, window.bytes)
                if connection.isClosed || connection.stage !== self { return offset }
            }
        } catch {
            refuse(error)
            return window.byteCount
        }
        armDeadline()
        return offset
    }

    private func handle(_ event: HTTPServerMachine.Event, _ window: RawSpan) throws(HTTPError) {
        switch event {
        case .head(let request):
            try begin(request)
        case .body(let range):
            if exchange?.isAnswered == false {
                window.extracting(range).withUnsafeBytes { exchange?.request.body.append(contentsOf: $0) }
            }
        case .end:
            guard let exchange, !exchange.isAnswered else { return }
            exchange.handler.handle(exchange)
        }
    }

    private func begin(_ request: HTTPRequest) throws(HTTPError) {
        let exchange = HTTPExchange(request, handler: shard.handler(for: request), driver: self)
        self.exchange = exchange
        exchange.handler.began(exchange)
        guard !exchange.isAnswered else { return }
        do throws(HTTPError) {
            try machine.setBodyLimit(exchange.bodyLimit)
        } catch {
            exchange.oversized?()
            throw error
        }
        connection.withScratch { machine.continueBody(into: &$0) }
    }

    private func refuse(_ error: HTTPError) {
        if error == .bodyTooLarge, exchange?.isAnswered == false { exchange?.oversized?() }
        connection.withScratch { machine.respond(to: error, date: connection.core.httpDate, into: &$0) }
        connection.closeWhenDrained()
        endExchange()
    }

    // MARK: Answering

    func respond(_ response: HTTPResponse) {
        var response = response
        if shard.isClosing { response.headers["Connection"] = "close" }
        var next = HTTPServerMachine.AfterResponse.close
        connection.withScratch { next = machine.respond(response, date: connection.core.httpDate, into: &$0) }
        exchange = nil
        switch next {
        case .close:
            connection.closeWhenDrained()
        case .keepAlive:
            armDeadline()
            // What the client sent meanwhile has been waiting.
            connection.offerUnreadLater()
        }
    }

    func upgrade(limits: WebSocketLimits, headers: HTTPHeaders) -> WebSocketChannel {
        connection.withScratch { machine.upgrade(headers: headers, into: &$0) }
        leave()
        let channel = WebSocketChannel(connection, role: .server, limits: limits)
        connection.replaceStage(by: channel)
        connection.offerUnreadLater()
        return channel
    }

    // MARK: Moving

    func move(_ request: HTTPRequest, to loop: EventLoop) {
        // At the end of the turn, because this one may be in the middle of a window.
        departure = { [unowned self] in
            guard let (descriptor, unread) = connection.detach() else { return connection.abort() }
            let machine = self.machine
            leave()
            guard let server = shard.server else { return TCPListener.closeSocket(descriptor) }
            loop.post {
                guard let connection = TCPConnection.adopt(descriptor, unread: unread, core: loop.core) else { return }
                HTTPConnection(connection, shard: server.shard(on: loop), machine: machine).arrive(with: request)
            }
        }
        connection.core.atEndOfTurn(self)
    }

    private func arrive(with request: HTTPRequest) {
        connection.start(self)
        do throws(HTTPError) {
            try begin(request)
        } catch {
            return refuse(error)
        }
        connection.offerUnread(evenNone: true)
    }

    // MARK: The end

    func receivedEnd() {
        // A client may close its side behind its request; one that did so while it waits is taken as gone, because
        // a long poll would keep the connection until its next heartbeat.
        connection.abort()
    }

    func closed() {
        leave()
        endExchange()
    }

    private func leave() {
        connection.core.set(deadline, of: self, to: nil)
        shard.connections[ObjectIdentifier(self)] = nil
    }

    private func endExchange() {
        guard let exchange else { return }
        self.exchange = nil
        guard !exchange.isAnswered else { return }
        exchange.isAnswered = true
        let aborted = exchange.aborted
        exchange.aborted = nil
        aborted?()
    }

    /// The server is closing: ends the connection unless a request waits for its answer.
    func closeIfIdle() {
        if exchange == nil { connection.closeWhenDrained() }
    }

    // MARK: Deadlines

    private enum Waiting {
        case nothing
        case nextRequest
        case head
        case body
    }

    private var waiting = Waiting.nothing

    private func armDeadline() {
        let now: Waiting =
            machine.isReadingHead ? .head : machine.isReadingBody ? .body : machine.isIdle ? .nextRequest : .nothing
        guard now != waiting else { return }
        waiting = now
        let timeouts = shard.timeouts
        let duration: Duration? =
            switch now {
            case .nothing: nil
            case .nextRequest: timeouts.keepAlive
            case .head: timeouts.head
            case .body: timeouts.body
            }
        connection.core.set(deadline, of: self, to: duration.map { connection.core.now + $0 })
    }

    func deadlineReached(now: ContinuousClock.Instant) {
        switch waiting {
        case .head, .body: refuse(.requestTimeout)
        case .nextRequest: connection.abort()
        case .nothing: break
        }
    }
}

extension HTTPConnection: EndOfTurnWork {
    func endOfTurn() {
        let departure = self.departure
        self.departure = nil
        departure?()
    }
}

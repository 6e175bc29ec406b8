import SIOBytes
import SIOHTTP
import SIOWebSocket

/// HTTP on a connection: the driver of SIOHTTP's server machine.
final class HTTPConnection: ConnectionStage {
    /// Behind so many bytes that wait to be written the next request waits, too: a client that asks and asks and reads
    /// nothing is not answered without end.
    private static let pipelineLimit = 64 * 1024

    let connection: TCPConnection
    private let shard: HTTPServerShard
    // The machine calls nobody, so that no access of it can come within another.
    @exclusivity(unchecked) private var machine: HTTPServerMachine
    /// The request that is being read or answered.
    @exclusivity(unchecked) private var exchange: HTTPExchange?
    // Made when it is first set: one that becomes a WebSocket at once needs none.
    private lazy var deadline = Deadline()
    /// The connection's place among those of the shard, which keeps it.
    @exclusivity(unchecked) var place = 0
    /// What the deadline is for.
    @exclusivity(unchecked) private var waiting = Waiting.nothing
    /// Whether a request may lie unread until the client has read its answers.
    @exclusivity(unchecked) private var isHeldBack = false
    /// When the client's time is over, if anything is awaited of it.
    var deadlineInstant: ContinuousClock.Instant? { deadline.instant }
    /// Where the connection goes, once all is written.
    @exclusivity(unchecked) private var departure: (() -> Void)?

    init(_ connection: TCPConnection, shard: HTTPServerShard, machine: HTTPServerMachine) {
        self.connection = connection
        self.shard = shard
        self.machine = machine
        shard.add(self)
    }

    /// Begins the time that the client has, unless it has sent something already.
    func awaitFirstRequest() {
        guard waiting == .nothing, !connection.isClosed else { return }
        let awaited = machine.awaited()
        if awaited != .nothing { arm(awaited == .request ? .firstRequest : Waiting(awaited)) }
    }

    // MARK: Receiving

    @exclusivity(unchecked) private(set) var messageCount = 0

    func received(_ window: inout MutableRawSpan) -> Int {
        var offset = 0
        messageCount = 0
        do throws(HTTPError) {
            while departure == nil, !mustHoldBack(), let step = try machine.next(in: &window, from: offset) {
                offset = step.end
                try handle((consume step).event, window.bytes)
                if connection.isClosed || connection.stage !== self { return offset }
            }
        } catch {
            refuse(error)
            return window.byteCount
        }
        armDeadline()
        return offset
    }

    private func mustHoldBack() -> Bool {
        isHeldBack = connection.outboundCount > Self.pipelineLimit && !machine.owesResponse
        return isHeldBack
    }

    private func handle(_ event: consuming HTTPServerMachine.Event, _ window: RawSpan) throws(HTTPError) {
        switch consume event {
        case .head(let request):
            messageCount += 1
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

    private func begin(_ request: consuming HTTPRequest) throws(HTTPError) {
        let handler = shard.handler(for: request)
        let exchange = HTTPExchange(request, handler: handler, driver: self)
        if let session = connection.tls?.session {
            exchange.request.isSecure = true
            exchange.request.peerCertificate = session.peerCertificate
        }
        self.exchange = exchange
        exchange.handler.began(exchange)
        guard !exchange.isAnswered else { return }
        try machine.setBodyLimit(exchange.bodyLimit)
        connection.withScratch { machine.continueBody(into: &$0) }
    }

    private func refuse(_ error: HTTPError) {
        if error == .bodyTooLarge, let exchange, !exchange.isAnswered { exchange.oversized?() }
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

    /// Whether the request asks for another protocol, and is complete.
    var canUpgrade: Bool { machine.canUpgrade() }

    /// Turns the connection into a WebSocket.
    func upgrade(
        _ acceptance: WebSocketHandshake.Acceptance, limits: WebSocketLimits, headers: HTTPHeaders,
        deflate: WebSocketDeflate?, closeTimeout: Duration
    ) -> WebSocketChannel {
        connection.withScratch {
            machine.upgrade(to: "websocket", headers: headers, into: &$0) { acceptance.appendLines(to: &$0) }
        }
        leave()
        let channel = WebSocketChannel(
            connection, role: .server, limits: limits, deflate: deflate, closeTimeout: closeTimeout)
        connection.replaceStage(by: channel)
        connection.offerUnreadLater()
        return channel
    }

    func drained() {
        if departure != nil { return connection.core.atEndOfTurn(self) }
        // The time for the next request begins with the last answer's last byte.
        if waiting == .nextRequest { arm(.nextRequest) }
        guard isHeldBack else { return }
        isHeldBack = false
        connection.offerUnreadLater()
    }

    // MARK: Moving

    func move(_ request: HTTPRequest, to loop: EventLoop) {
        // At the end of the turn, because this one may be in the middle of a window.
        departure = { [unowned self] in
            guard let (descriptor, unread, session, lease) = connection.detach() else { return connection.abort() }
            // From here on it is the other loop's.
            let tls = session.map { LoopBound($0, to: loop) }
            let machine = self.machine
            let address = connection.remoteAddress
            leave()
            guard let server = shard.server else {
                lease?.leave()
                return TCPListener.closeSocket(descriptor)
            }
            let isTaken = loop.post {
                guard
                    let connection = TCPConnection.adopt(
                        descriptor, from: address, unread: unread, tls: tls?.value, isForeign: false, core: loop.core)
                else { return lease?.leave() ?? () }
                connection.lease = lease
                server.shard(on: loop).stage(for: connection, machine: machine).arrive(with: request)
            }
            guard !isTaken else { return }
            lease?.leave()
            TCPListener.closeSocket(descriptor)
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
        // a long poll would keep the connection until its next heartbeat. What was answered before still reaches it.
        departure = nil
        endExchange()
        if connection.outboundCount > 0 { connection.closeWhenDrained() } else { connection.abort() }
    }

    func closed() {
        departure = nil
        leave()
        endExchange()
    }

    private func leave() {
        if waiting != .nothing { arm(.nothing) }
        shard.remove(self)
    }

    private func endExchange() {
        guard let exchange else { return }
        self.exchange = nil
        guard !exchange.isAnswered else { return }
        let aborted = exchange.aborted
        exchange.settle()
        aborted?()
    }

    /// The server is closing: ends the connection unless a request waits for its answer.
    func closeIfIdle() {
        if exchange == nil { connection.closeWhenDrained() }
    }
}

extension HTTPConnection: EndOfTurnWork {
    func endOfTurn() {
        // Behind answers that the client has not read yet the connection waits for ``drained()``.
        guard connection.isClosed || connection.outboundCount == 0 else { return }
        let departure = self.departure
        self.departure = nil
        departure?()
    }
}

extension HTTPConnection: DeadlineOwner {
    fileprivate enum Waiting {
        case nothing
        case firstRequest
        case nextRequest
        case head
        case body

        init(_ awaited: HTTPServerMachine.Awaited) {
            self =
                switch awaited {
                case .nothing: .nothing
                case .request: .nextRequest
                case .head: .head
                case .body: .body
                }
        }
    }

    private func armDeadline() {
        let now = Waiting(machine.awaited())
        if now != waiting { arm(now) }
    }

    private func arm(_ now: Waiting) {
        waiting = now
        let timeouts = shard.timeouts
        let duration: Duration? =
            switch now {
            case .nothing: nil
            case .nextRequest: timeouts.keepAlive
            case .firstRequest, .head: timeouts.head
            case .body: timeouts.body
            }
        connection.core.set(deadline, of: self, to: duration.map { connection.core.now + $0 })
    }

    func deadlineReached(now: ContinuousClock.Instant) {
        switch waiting {
        case .nothing:
            break
        case .head, .body:
            refuse(.requestTimeout)
        case .firstRequest:
            connection.abort()
        case .nextRequest:
            // The client may still be reading its answer.
            guard connection.outboundCount > 0, connection.hasTakenMore() else { return connection.abort() }
            arm(.nextRequest)
        }
    }
}

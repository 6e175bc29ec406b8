package import SIOBytes

/// The life of one server connection: request, response, request, response, until one side closes or upgrades.
///
/// It reads one request at a time. While a response is owed, ``next(in:from:)`` returns nil and further requests wait,
/// unread, in the caller's window; so the caller asks again after each response. Deadlines are the driver's;
/// ``awaited()`` tells it which one holds.
package struct HTTPServerMachine: StreamDecoder {
    package typealias Event = HTTPRequestDecoder.Event

    enum State {
        /// Between requests, or within a head. Becomes `receiving`.
        case ready
        /// A head was delivered, its body is under way. Becomes `owing`, or `closed` by an early response.
        case receiving(Exchange)
        /// A request was delivered whole. Becomes `ready` or `closed` by the response, `upgraded` by `upgrade`.
        case owing(Exchange)
        /// Terminal: what was written is the last, and the connection is to be closed behind it.
        case closed
        /// Terminal: the bytes belong to another protocol.
        case upgraded
    }

    /// What the response needs to know of its request.
    struct Exchange {
        let isHead: Bool
        let minorVersion: Int
        let keepsAlive: Bool
        let wantsUpgrade: Bool
        var owesContinue: Bool

        init(_ request: __shared HTTPRequest) {
            let options = request.headers.connectionOptions
            isHead = request.method == .head
            minorVersion = request.minorVersion
            // RFC 9112 §9.3.
            keepsAlive = !options.contains(.close) && (minorVersion > 0 || options.contains(.keepAlive))
            wantsUpgrade =
                minorVersion > 0 && options.contains(.upgrade) && request.headers.first(own: "Upgrade") != nil
            owesContinue = minorVersion > 0 && request.headers.first(own: "Expect") != nil
        }
    }

    var state = State.ready
    private var decoder: HTTPRequestDecoder

    package init(limits: HTTPLimits = HTTPLimits()) {
        decoder = HTTPRequestDecoder(limits: limits)
    }

    // MARK: Reading

    /// What the client is to do next, in its time.
    package enum Awaited: Sendable {
        /// Nothing: a response is owed, or the connection is at its end.
        case nothing
        /// The next request.
        case request
        /// The rest of a head.
        case head
        /// The rest of a body.
        case body
    }

    /// What the client is to do next.
    ///
    /// It is asked for each window, and changes nothing: what may change is looked at where it is, and all else copied.
    package mutating func awaited() -> Awaited {
        switch state {
        case .ready: decoder.isReadingHead ? .head : .request
        case .receiving: .body
        case .owing, .closed, .upgraded: .nothing
        }
    }

    /// Whether a request was delivered, its head at least, and waits for its response.
    package var owesResponse: Bool {
        switch state {
        case .receiving, .owing: true
        case .ready, .closed, .upgraded: false
        }
    }

    /// Whether the connection is at its end: nothing is read any more, and nothing may be written.
    package var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    package mutating func next(
        in window: inout MutableRawSpan, from offset: Int
    ) throws(HTTPError) -> Step<Event>? {
        switch state {
        case .owing, .closed, .upgraded:
            return nil
        case .ready, .receiving:
            guard let step = try decoder.next(in: &window, from: offset) else { return nil }
            switch step.event {
            case .head(let request): state = .receiving(Exchange(request))
            case .body: break
            case .end: if case .receiving(let exchange) = state { state = .owing(exchange) }
            }
            return step
        }
    }

    /// Chooses the limit for the current request's body, in bytes.
    ///
    /// Right behind the event `.head` is the time for it: nothing of the body has been read then.
    ///
    /// - Precondition: A head was delivered, and its request is not complete.
    /// - Throws: `bodyTooLarge` if the request's `Content-Length` is larger. A chunked body shows it as it passes.
    package mutating func setBodyLimit(_ limit: Int) throws(HTTPError) {
        try decoder.setBodyLimit(limit)
    }

    // MARK: Writing

    /// Tells a client that waits for it to send the body (RFC 9110 §10.1.1).
    ///
    /// It is written once, and only if the client asked for it, a body is to come and nothing of it is here yet. A
    /// driver that does not want the body answers instead.
    package mutating func continueBody(into buffer: inout ByteBuffer) {
        guard case .receiving(var exchange) = state, exchange.owesContinue else { return }
        exchange.owesContinue = false
        state = .receiving(exchange)
        if decoder.awaitsBody { buffer.append("HTTP/1.1 100 Continue\r\n\r\n") }
    }

    /// Whether ``upgrade(to:headers:date:into:)`` may be called: the client asked for an upgrade, and its request is
    /// complete.
    ///
    /// The body of such a request, if it has one, comes first (RFC 9110 §7.8); HTTP/1.0 knows no upgrade. As ``awaited()`` it
    /// changes nothing.
    package mutating func canUpgrade() -> Bool {
        if case .owing(let exchange) = state { exchange.wantsUpgrade } else { false }
    }

    /// Agrees to go on in another protocol: writes the response 101 and ends the machine.
    ///
    /// Whatever is unread in the window belongs to the other protocol.
    ///
    /// - Parameters:
    ///   - name: The protocol.
    ///   - headers: The fields of the response; `Connection` is written here, and an `Upgrade` in front of them.
    ///   - date: The field `Date`, if there shall be one: an IMF-fixdate (RFC 9110 §5.6.7).
    ///   - buffer: Where the response goes.
    ///   - own: Appends the protocol's own fields to it.
    /// - Precondition: ``canUpgrade()``.
    package mutating func upgrade(
        to name: StaticString, headers: HTTPHeaders, date: String? = nil, into buffer: inout ByteBuffer,
        own: (inout ByteBuffer) -> Void = { _ in }
    ) {
        precondition(canUpgrade(), "nobody asked for an upgrade")
        buffer.append("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ")
        buffer.append(name)
        buffer.append("\r\n")
        buffer.appendField("Date", date)
        own(&buffer)
        headers.append(to: &buffer, without: .framingAndConnection)
        buffer.append("\r\n")
        state = .upgraded
    }
}

package import SIOHTTP

/// A part of a server: what answers the requests behind some path.
package protocol HTTPHandler: AnyObject, Sendable {
    /// The head of a request has come; its body may follow.
    ///
    /// The handler may answer here and now, or move the exchange to another loop; or set
    /// ``HTTPExchange/bodyLimit``.
    func began(_ exchange: HTTPExchange)

    /// The whole request is there, and is to be answered, now or later.
    func handle(_ exchange: HTTPExchange)
}

extension HTTPHandler {
    package func began(_ exchange: HTTPExchange) {}
}

/// One request and its response, on its connection's loop.
package final class HTTPExchange {
    // Nothing that is done with these comes back here in the middle of it.
    /// The request; its body is complete when the handler's `handle` is called.
    @exclusivity(unchecked) package var request: HTTPRequest
    /// The most bytes that the request's body may have; beyond, the answer is 413.
    package var bodyLimit: Int {
        get { limit }
        set { limit = newValue }
    }
    // What other modules ask for most is behind functions: each of their own accesses would be checked all the same.
    @exclusivity(unchecked) private var limit = 1_000_000
    /// Called when the client went away, or sent what cannot be read, before the response was given.
    @exclusivity(unchecked) package var aborted: (() -> Void)?
    /// Called when the body is larger than ``bodyLimit``, behind which the connection ends with 413.
    @exclusivity(unchecked) package var oversized: (() -> Void)?

    /// The connection, until the exchange is settled: each holds the other.
    @exclusivity(unchecked) private(set) var driver: HTTPConnection?
    let handler: any HTTPHandler
    /// The loop the exchange lives on.
    package let core: LoopCore
    /// The loop's place in its group.
    package let loopIndex: Int
    /// Where the request comes from; the handler may know better than the connection, behind a proxy.
    package var remoteAddress: SocketAddress? {
        get { address }
        set { address = newValue }
    }
    @exclusivity(unchecked) private var address: SocketAddress?
    /// Whether ``respond(_:)`` was called, or cannot be any more.
    package var isAnswered: Bool { isSettled }
    // Behind an address it takes no room of its own.
    @exclusivity(unchecked) private var isSettled = false
    /// What the handler keeps of the request until it is answered.
    package var attachment: AnyObject? {
        get { kept }
        set { kept = newValue }
    }
    @exclusivity(unchecked) private var kept: AnyObject?

    init(_ request: consuming HTTPRequest, handler: any HTTPHandler, driver: HTTPConnection) {
        self.request = request
        self.handler = handler
        self.driver = driver
        core = driver.connection.core
        loopIndex = core.loop.index
        address = driver.connection.remoteAddress
    }

    /// Lets the body look at the request where it lies.
    ///
    /// What may change it is lent it, and what may only look at it would be given a copy.
    package func withRequest<Result>(_ body: (inout HTTPRequest) -> Result) -> Result { body(&request) }

    /// Answers.
    ///
    /// A second answer, and one to a client that is gone, does nothing.
    package func respond(_ response: HTTPResponse) {
        guard let driver else { return }
        settle()
        driver.respond(response)
    }

    /// Ends the connection without an answer.
    package func abort() {
        guard let driver else { return }
        settle()
        driver.connection.abort()
    }

    /// Carries the connection to another loop, where the handler's `began` is called anew.
    ///
    /// May be called in `began` only. The exchange on this loop is over.
    package func move(to loop: EventLoop) {
        guard let driver else { return }
        settle()
        driver.move(request, to: loop)
    }

    /// Nothing more comes of the exchange: lets go of what waited for it, which may hold the exchange in turn.
    func settle() {
        isSettled = true
        driver = nil
        aborted = nil
        oversized = nil
        kept = nil
    }
}

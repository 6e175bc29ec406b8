package import SIOHTTP

/// Requests to one origin, on connections that are kept for the next ones.
package final class HTTPClient: DeadlineOwner, EndOfTurnWork {
    package typealias Completion = HTTPClientConnection.Completion

    /// How requests are made.
    package struct Options: Sendable {
        package var connect = ConnectOptions()
        /// How long a connection is kept for the next request; a server may say that it keeps it for less.
        package var idleTime: Duration = .seconds(15)
        /// The connections that are kept.
        package var maxIdleConnections = 2

        package init() {}
    }

    let url: HTTPURL
    let options: Options
    let core: LoopCore
    /// The connections that wait for a request, the one that was used last at the end.
    private var idle: [HTTPClientConnection] = []
    private var tasks: [ObjectIdentifier: HTTPClientTask] = [:]
    private var isClosed = false
    /// Whether the client closes when nothing is under way any more.
    private(set) var isEnding = false
    /// The end of all patience with requests under way, once the client is closed.
    private let deadline = Deadline()

    /// - Parameters:
    ///   - url: The origin; its path and query are not looked at.
    ///   - options: How requests are made.
    ///   - core: The loop.
    package init(_ url: HTTPURL, options: Options = Options(), core: LoopCore) {
        self.url = url
        self.options = options
        self.core = core
    }

    /// Sends a request.
    ///
    /// A GET that was sent on a kept connection, which ended before a byte of a response had come, is sent once more, on a
    /// new one (RFC 9110 §9.2.2). Nothing else is sent twice. Redirects are not followed.
    ///
    /// - Parameters:
    ///   - request: Its `Host` is added, unless it has one.
    ///   - bodyLimit: The bytes that the response's body may have.
    ///   - timeout: How long it may take until the whole response is there, a connection included; nil if forever.
    ///   - completion: Called once, in a later turn.
    /// - Returns: What can be aborted; nil if the client is closed, which sends nothing and calls nobody.
    @discardableResult
    package func send(
        _ request: HTTPRequest, bodyLimit: Int, timeout: Duration? = nil, completion: @escaping Completion
    ) -> HTTPClientTask? {
        guard !isClosed else { return nil }
        var request = request
        if request.headers["Host"] == nil { request.headers.add("Host", url.hostField) }
        let task = HTTPClientTask(
            request, of: self, bodyLimit: bodyLimit, until: timeout.map { core.now + $0 }, completion: completion)
        tasks[ObjectIdentifier(task)] = task
        task.start()
        return task
    }

    /// Ends all connections; requests under way are not answered, and nobody is told.
    package func close() {
        isEnding = true
        isClosed = true
        core.set(deadline, of: self, to: nil)
        for task in Array(tasks.values) { task.abort() }
        for connection in idle { connection.connection.closeWhenDrained() }
        idle = []
    }

    /// Closes when all requests are answered, those among them that are sent for an answer; at last when the time is over.
    package func close(within time: Duration) {
        guard !isEnding else { return }
        isEnding = true
        core.set(deadline, of: self, to: core.now + time)
        // Not at once: the caller may be about to send another one.
        core.atEndOfTurn(self)
    }

    package func endOfTurn() {
        settled()
    }

    package func deadlineReached(now: ContinuousClock.Instant) {
        close()
    }

    // MARK: What tasks need

    func takeIdle() -> HTTPClientConnection? {
        while let connection = idle.popLast() {
            connection.ended = nil
            if connection.isFree { return connection }
        }
        return nil
    }

    func keep(_ connection: HTTPClientConnection) {
        guard connection.isFree else { return }
        guard !isClosed, idle.count < options.maxIdleConnections else {
            return connection.connection.closeWhenDrained()
        }
        connection.ended = { [weak self] ended in self?.idle.removeAll { $0 === ended } }
        idle.append(connection)
    }

    func finished(_ task: HTTPClientTask) {
        tasks[ObjectIdentifier(task)] = nil
    }

    /// A task is done, and whoever waited for it has been told.
    func settled() {
        if isEnding, !isClosed, tasks.isEmpty { close() }
    }
}

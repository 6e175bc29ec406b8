import SIOHTTP

/// A request on its way.
package final class HTTPClientTask: DeadlineOwner {
    private let request: HTTPRequest
    private let bodyLimit: Int
    private let end: ContinuousClock.Instant?
    private let client: HTTPClient
    /// Whom to tell; nil once that was done, or if nobody wants to know any more.
    private var completion: HTTPClient.Completion?
    private var connector: ClientConnector?
    private var connection: HTTPClientConnection?
    /// The end of the time for a connection; later the connection looks at the clock.
    private let deadline = Deadline()

    init(
        _ request: HTTPRequest, of client: HTTPClient, bodyLimit: Int, until end: ContinuousClock.Instant?,
        completion: @escaping HTTPClient.Completion
    ) {
        self.request = request
        self.client = client
        self.bodyLimit = bodyLimit
        self.end = end
        self.completion = completion
    }

    /// Gives the request up; nobody is told.
    ///
    /// Its connection ends: what is half there cannot be told from what comes next.
    package func abort() {
        completion = nil
        stop()
    }

    func start() {
        if let connection = client.takeIdle() { send(on: connection, isKept: true) } else { connect() }
    }

    private func connect() {
        client.core.set(deadline, of: self, to: end)
        connector = ClientConnector(to: client.url, options: client.options.connect, core: client.core) {
            [self] result in
            connector = nil
            client.core.set(deadline, of: self, to: nil)
            switch result {
            case .success(let connection):
                send(on: HTTPClientConnection(connection, idleTime: client.options.idleTime), isKept: false)
            case .failure(let error):
                finish(.failure(.network(error)))
            }
        }
        connector?.start()
    }

    private func send(on connection: HTTPClientConnection, isKept: Bool) {
        self.connection = connection
        connection.send(request, bodyLimit: bodyLimit, until: end) { [self] result in
            self.connection = nil
            // The server may have closed it before it saw the request.
            if case .failure(.network(let error)) = result, error.code != .timedOut, isKept,
                !connection.hasBeenAnswered, request.method == .get, !client.isEnding
            {
                return connect()
            }
            client.keep(connection)
            finish(result)
        }
    }

    package func deadlineReached(now: ContinuousClock.Instant) {
        let completion = self.completion
        stop()
        completion?(.failure(.network(NetworkError(.timedOut, "no connection in time"))))
    }

    private func stop() {
        client.core.set(deadline, of: self, to: nil)
        connector?.cancel()
        connector = nil
        connection?.abort()
        connection = nil
        finish(nil)
    }

    private func finish(_ result: Result<HTTPResponse, HTTPClientError>?) {
        client.finished(self)
        let completion = self.completion
        self.completion = nil
        if let result { completion?(result) }
        client.settled()
    }
}

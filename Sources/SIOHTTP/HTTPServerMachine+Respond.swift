package import SIOBytes

extension HTTPServerMachine {
    /// What is to be done with the connection behind a response.
    package enum AfterResponse: Equatable, Sendable {
        /// Ask for the next request; it may lie in the window already.
        case keepAlive
        /// Close, once the response is sent.
        case close
    }

    /// Answers the current request.
    ///
    /// The connection is kept if both sides want that and the request's body was read to its end; otherwise nobody
    /// could tell where the next request begins.
    ///
    /// - Parameters:
    ///   - response: Its status is not 1xx: ``continueBody(into:)`` and ``upgrade(to:headers:date:into:)`` write these.
    ///   - date: The field `Date`, if there shall be one: an IMF-fixdate (RFC 9110 §5.6.7).
    ///   - buffer: Where the response goes.
    /// - Returns: What is to be done with the connection.
    /// - Precondition: ``owesResponse``.
    package mutating func respond(
        _ response: HTTPResponse, date: String? = nil, into buffer: inout ByteBuffer
    ) -> AfterResponse {
        precondition(response.status.code >= 200, "not a final response")
        let exchange: Exchange
        var keepsAlive = !response.headers.connectionOptions.contains(.close)
        switch state {
        case .receiving(let current):
            exchange = current
            keepsAlive = false
        case .owing(let current):
            exchange = current
            keepsAlive = keepsAlive && current.keepsAlive
        case .ready, .closed, .upgraded:
            preconditionFailure("no request waits for a response")
        }
        buffer.append(
            response,
            isHead: exchange.isHead,
            connection: !keepsAlive ? "close" : exchange.minorVersion == 0 ? "keep-alive" : nil,
            date: date
        )
        state = keepsAlive ? .ready : .closed
        return keepsAlive ? .keepAlive : .close
    }

    /// Answers a fault of the client, in place of the current request's response; the connection is to be closed.
    ///
    /// Nothing is written if the connection is at its end already, or speaks another protocol.
    package mutating func respond(to error: HTTPError, date: String? = nil, into buffer: inout ByteBuffer) {
        refuse(error.status, date: date, into: &buffer)
    }

    /// Answers with a status in place of the current request's response, or of one that has not come; the connection is to
    /// be closed.
    ///
    /// Nothing is written if the connection is at its end already, or speaks another protocol.
    package mutating func refuse(_ status: HTTPStatus, date: String? = nil, into buffer: inout ByteBuffer) {
        let isHead: Bool
        switch state {
        case .ready: isHead = false
        case .receiving(let exchange), .owing(let exchange): isHead = exchange.isHead
        case .closed, .upgraded: return
        }
        buffer.append(.empty(status), isHead: isHead, connection: "close", date: date)
        state = .closed
    }
}

extension ByteBuffer {
    /// Appends a response as RFC 9112 §4 writes it.
    fileprivate mutating func append(_ response: HTTPResponse, isHead: Bool, connection: String?, date: String?) {
        let hasNoBody = response.status.hasNoBody
        // RFC 9110 §15.3.6: 205 says a length, and that is 0.
        let length = response.status.code == 205 ? 0 : response.body.count
        reserve(256 + response.headers.storage.count + length)
        append("HTTP/1.1 ")
        append(decimal: response.status.code)
        append(" ")
        append(response.status.reasonPhrase)
        append("\r\n")
        appendField("Date", date)
        response.headers.append(to: &self, without: date == nil ? .framingAndConnection : .framingConnectionAndDate)
        if !hasNoBody {
            append("Content-Length: ")
            append(decimal: length)
            append("\r\n")
        }
        appendField("Connection", connection)
        append("\r\n")
        if !hasNoBody, !isHead, length > 0 { append(response.body) }
    }
}

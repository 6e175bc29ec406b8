import SIONet
import SIOWebSocket

/// A server's WebSockets on one loop, the tasks of their handlers, and those that decide on clients.
final class WebSocketShard {
    private final class Member {
        let driver: WebSocketDriver
        var task: Task<Void, Never>?

        init(_ driver: WebSocketDriver) {
            self.driver = driver
        }
    }

    /// A client that is being decided on.
    private final class Inquiry {
        let exchange: HTTPExchange
        var task: Task<Void, Never>?

        init(_ exchange: HTTPExchange) {
            self.exchange = exchange
        }
    }

    private let census: WebSocketCensus
    private var members: [ObjectIdentifier: Member] = [:]
    private var inquiries: [ObjectIdentifier: Inquiry] = [:]

    init(_ census: WebSocketCensus) {
        self.census = census
    }

    /// Asks the application about a client, which the census has counted.
    ///
    /// The task is cancelled when the client goes, and counts until it is done all the same.
    ///
    /// - Parameters:
    ///   - exchange: The client's request.
    ///   - question: Runs as a task that begins at once.
    ///   - then: Called on the loop with the answer, if the client is still there: the client counts on.
    func ask<Answer: Sendable>(
        about exchange: HTTPExchange, _ question: @escaping @Sendable () async -> Answer,
        then: @escaping (HTTPExchange, Answer) -> Void
    ) {
        let inquiry = Inquiry(exchange)
        let key = ObjectIdentifier(inquiry)
        inquiries[key] = inquiry
        let loop: EventLoop = exchange.core.loop
        let shard = LoopBound(self, to: loop)
        inquiry.task = exchange.ask(question) { [self] exchange, answer in
            inquiries[key] = nil
            then(exchange, answer)
        } otherwise: { [census] in
            loop.run { shard.value.inquiries[key] = nil }
            census.leave()
        }
    }

    /// Begins a handler's work, which the census has counted.
    func begin(_ driver: LoopBound<WebSocketDriver>, _ work: @escaping @Sendable () async -> Void) {
        let member = Member(driver.value)
        let key = ObjectIdentifier(member)
        members[key] = member
        let loop = driver.loop
        let shard = LoopBound(self, to: loop)
        member.task = Task.immediate(executorPreference: loop) { [census] in
            await work()
            loop.run { shard.value.members[key] = nil }
            census.leave()
        }
    }

    /// Says goodbye to all, and lets in nobody who is being decided on.
    func close() {
        for inquiry in inquiries.values {
            inquiry.task?.cancel()
            inquiry.exchange.refuseForNow()
        }
        for member in members.values { member.driver.close(.goingAway, reason: "") }
    }

    /// Drops all.
    func abort() {
        for inquiry in inquiries.values { inquiry.task?.cancel() }
        for member in members.values {
            member.task?.cancel()
            member.driver.abort()
        }
    }
}

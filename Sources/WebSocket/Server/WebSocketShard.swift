import SIONet
import SIOWebSocket

/// A server's WebSockets on one loop, and the tasks of their handlers.
final class WebSocketShard {
    private final class Member {
        let driver: WebSocketDriver
        var task: Task<Void, Never>?

        init(_ driver: WebSocketDriver) {
            self.driver = driver
        }
    }

    private let census: WebSocketCensus
    private var members: [ObjectIdentifier: Member] = [:]

    init(_ census: WebSocketCensus) {
        self.census = census
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

    /// Says goodbye to all.
    func close() {
        for member in members.values { member.driver.close(.goingAway, reason: "") }
    }

    /// Drops all.
    func abort() {
        for member in members.values {
            member.task?.cancel()
            member.driver.abort()
        }
    }
}

import SIOHTTP
import SIONet
import Synchronization

/// What the routes of a server share.
///
/// It does not hold the HTTP server, which holds the routes.
final class WebSocketServerCore: Sendable {
    typealias ErrorHandler = @Sendable (any Error, HTTPRequest) -> Void

    let configuration: WebSocketServer.Configuration
    let origins: WebSocketOriginRule
    let census: WebSocketCensus
    let shards: [LoopBound<WebSocketShard>]
    private let errorHandler = Mutex<ErrorHandler?>(nil)

    init(_ configuration: WebSocketServer.Configuration, on eventLoops: EventLoopGroup) {
        self.configuration = configuration
        origins = WebSocketOriginRule(configuration.origins)
        let census = WebSocketCensus(limit: configuration.maxConnections)
        self.census = census
        shards = eventLoops.loops.map { LoopBound(WebSocketShard(census), to: $0) }
    }

    func shard(on loop: EventLoop) -> WebSocketShard { shards[loop.index].value }

    func onError(_ handler: @escaping ErrorHandler) {
        // What the old one holds goes behind the lock.
        errorHandler.letGo { errorHandler in
            defer { errorHandler = handler }
            return errorHandler
        }
    }

    func report(_ error: any Error, _ request: HTTPRequest) {
        if error is WebSocketFailure || error is CancellationError { return }
        errorHandler.withLock { $0 }?(error, request)
    }

    /// Cancels what still runs, drops what is still open, and waits for nobody any more.
    func endAtOnce() {
        for shard in shards { shard.loop.run { shard.value.abort() } }
        census.giveUp()
    }
}

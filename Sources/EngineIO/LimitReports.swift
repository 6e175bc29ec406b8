import EngineIOProtocol
import SIONet
import Synchronization

/// Who is told of limits that were reached, and how often they were.
final class LimitReports: Sendable {
    typealias Handler = @Sendable (EngineServer.LimitReached, EngineSession?) -> Void

    private let state = Mutex<(handler: Handler?, counts: [EngineServer.LimitReached.Limit: Int])>((nil, [:]))

    func onReached(_ handler: Handler?) {
        // What the old one holds goes behind the lock.
        state.letGo { state in
            defer { state.handler = handler }
            return state.handler
        }
    }

    var counts: [EngineServer.LimitReached.Limit: Int] { state.withLock { $0.counts } }

    /// A session has reached a limit.
    func report(_ limit: EngineServer.LimitReached.Limit, _ value: Double, _ session: EngineSession) {
        report(
            EngineServer.LimitReached(
                limit: limit, value: value, sessionID: session.id,
                transport: EngineServer.Transport(session.transport), remoteAddress: session.origin.address), session)
    }

    func report(_ reached: EngineServer.LimitReached, _ session: EngineSession? = nil) {
        state.withLock { state in
            state.counts[reached.limit, default: 0] += 1
            return state.handler
        }?(reached, session)
    }
}

import SIOBytes
import SIONet
import Synchronization

/// The sessions that live on one loop, by their keys.
///
/// The loop itself asks for each request that names a session; another loop asks only where it does not know a
/// request's session, to find out where it lives. So the lock is hardly ever waited for.
final class SessionTable: Sendable {
    let loop: EventLoop
    private let sessions = Mutex<[RandomID: LoopBound<EngineSession>]>([:])

    init(loop: EventLoop) {
        self.loop = loop
    }

    // MARK: From anywhere

    var count: Int { sessions.withLock { $0.count } }

    func contains(_ key: RandomID) -> Bool { sessions.withLock { $0[key] != nil } }

    // MARK: On the loop

    func session(_ key: RandomID) -> EngineSession? { sessions.withLock { $0[key] }?.value }

    /// All sessions, to be changed while walking.
    var all: [EngineSession] { sessions.withLock { Array($0.values) }.map { $0.value } }

    /// False if the id is taken.
    func add(_ session: EngineSession) -> Bool {
        let bound = LoopBound(session, to: loop)
        return sessions.withLock { sessions in
            guard let other = sessions.updateValue(bound, forKey: bound.value.key) else { return true }
            sessions[bound.value.key] = other
            return false
        }
    }

    func remove(_ key: RandomID) {
        sessions.withLock { _ = $0.removeValue(forKey: key) }
    }
}

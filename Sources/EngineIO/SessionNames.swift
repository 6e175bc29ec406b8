import SIOBytes
import Synchronization

/// The ids that the application has made for its sessions, where it makes them.
///
/// Everything else goes by random keys; no session keeps its name.
final class SessionNames: Sendable {
    /// The most bytes that a name may have.
    static let maxBytes = 256

    private struct State {
        var keys: [String: RandomID] = [:]
        var names: [RandomID: String] = [:]
    }

    private let state = Mutex(State())

    /// Whether a text may be a session's id: visible ASCII characters, at least one.
    static func isValid(_ name: String) -> Bool {
        (1...maxBytes).contains(name.utf8.count) && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// False if the name is taken.
    func add(_ name: String, for key: RandomID) -> Bool {
        state.withLock { state in
            guard state.keys[name] == nil else { return false }
            state.keys[name] = key
            state.names[key] = name
            return true
        }
    }

    func remove(_ key: RandomID) {
        state.withLock { state in
            if let name = state.names.removeValue(forKey: key) { state.keys[name] = nil }
        }
    }

    func key(of name: String) -> RandomID? { state.withLock { $0.keys[name] } }

    func name(of key: RandomID) -> String? { state.withLock { $0.names[key] } }
}

import SocketIO
import Synchronization

@testable import socketio_tool

/// Runs the body with a server on a free port of this machine, and its address.
func withServer(
    _ configure: (Server) -> Void = { Relay().serve($0) }, _ body: (String, Server) async throws -> Void
) async throws {
    let io = Server()
    configure(io)
    do {
        let addresses = try await io.listen(host: "127.0.0.1", port: 0)
        try await body("http://\(addresses[0])", io)
    } catch {
        await io.close()
        throw error
    }
    await io.close()
}

/// The signal to end, when a test gives it.
final class Interruption: Sendable {
    private let state = Mutex<(isGiven: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func give() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isGiven = true
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isGiven = state.withLock { state in
                    if !state.isGiven { state.waiting.append(continuation) }
                    return state.isGiven
                }
                if isGiven { continuation.resume() }
            }
        } onCancel: {
            give()
        }
    }
}

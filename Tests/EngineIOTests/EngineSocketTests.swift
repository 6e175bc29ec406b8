import Synchronization
import TestSupport
import Testing

@testable import EngineIO

@Suite(.timeLimit(.minutes(1))) struct EngineSocketTests {
    @Test func `what a handler held may use the socket when it is let go`() async throws {
        try await withEngine(loops: 1) { _, peer, recorder in
            let client = try peer.openWebSocket()
            let socket = try #require(recorder.now.last)
            let gone = Atomic(0)
            // Each sets the handler that it was let go for.
            var ends = [
                AtEnd {
                    socket.onMessage { _ in }
                    gone.add(1, ordering: .relaxed)
                },
                AtEnd {
                    socket.onClose { _ in }
                    gone.add(1, ordering: .relaxed)
                },
            ]
            socket.onMessage { [end = ends[0]] _ in _ = end }
            socket.onClose { [end = ends[1]] _ in _ = end }
            ends = []
            socket.onMessage { _ in }
            socket.onClose { _ in }
            #expect(gone.load(ordering: .relaxed) == 2)
            // And when the session ends.
            socket.onMessage {
                [
                    end = AtEnd {
                        socket.onMessage { _ in }
                        gone.add(1, ordering: .relaxed)
                    }
                ] _ in _ = end
            }
            client.close()
            #expect(await eventually { gone.load(ordering: .relaxed) == 3 })
        }
    }

    @Test func `what a server's handler held may use the server when it is let go`() {
        let server = EngineServer()
        let gone = Atomic(0)
        server.onConnection {
            [
                end = AtEnd {
                    server.onConnection { _ in }
                    gone.add(1, ordering: .relaxed)
                }
            ] _ in _ = end
        }
        server.onConnection { _ in }
        #expect(gone.load(ordering: .relaxed) == 1)
    }
}

import Synchronization
import TestSupport
import Testing

@testable import SocketIO

/// One socket is used from many threads while it ends.
@Suite(.serialized, .timeLimit(.minutes(3))) struct SharedSocketTests {
    private static let threads = 4
    /// What each thread does with a socket.
    private static let steps = 60

    /// Questions that were asked, and those that were settled.
    private final class Questions: Sendable {
        let asked = Atomic<Int>(0)
        let settled = Atomic<Int>(0)
        /// Those that failed for another reason than their socket's end, or that were not cancelled.
        let surprises = Mailbox<String>()

        var areSettled: Bool { settled.load(ordering: .acquiring) == asked.load(ordering: .acquiring) }

        /// Asks what no client answers; the time for it is longer than any test.
        func ask(_ socket: Socket, cancelling: Bool) {
            asked.add(1, ordering: .relaxed)
            let task = Task {
                do {
                    let _: Int = try await socket.timeout(.seconds(600)).emitWithAck("q", "text")
                    surprises.push("an answer")
                } catch let error as AcknowledgementError where error.code == .disconnected {
                } catch is CancellationError where cancelling {
                } catch {
                    surprises.push("\(error)")
                }
                settled.add(1, ordering: .releasing)
            }
            if cancelling { task.cancel() }
        }
    }

    /// How the socket ends, in the middle of its use.
    private enum End: CaseIterable {
        case vanish, leave, close, all

        func callAsFunction(_ socket: Socket, of client: TestClient) {
            switch self {
            // A poll that is given up, a WebSocket that breaks; on polling between two polls the session says so itself.
            case .vanish:
                client.close()
                client.drop()
            case .leave: socket.disconnect()
            case .close: socket.disconnect(close: true)
            case .all: socket.namespace.disconnectSockets()
            }
        }
    }

    /// Does one of all the things that one can do with a socket.
    private static func use(_ socket: Socket, _ step: Int, _ questions: Questions) {
        switch step % 14 {
        case 0: try? socket.emit("x", step)
        case 1: socket.join("room \(step % 7)", "all")
        case 2: socket.leave("room \((step + 3) % 7)")
        case 3: _ = socket.rooms.count
        case 4: _ = socket.transport
        case 5: try? socket.to("all").emit("x", "text")
        case 6: socket.on("y") { () -> Void in _ = socket.id }.off()
        case 7: try? socket.volatile.emit("x", [UInt8](repeating: 0, count: 10))
        case 8: socket.namespace.in("all").socketsLeave("room 1")
        case 9: try? socket.broadcast.emit("x", step)
        case 10: try? socket.namespace.emit("all", step)
        case 11: socket.data[Int.self] = step
        default: questions.ask(socket, cancelling: step % 3 == 0)
        }
    }

    @Test(arguments: [1, 3])
    func `a socket may be used from all threads while it ends, and behind its end`(loops: Int) async throws {
        try await TestServer.run(loops: loops) { server in
            let ends = Mailbox<String>()
            server.io.on(.connection) { socket in
                socket.join("all")
                socket.on(.disconnect) { _ in ends.push(socket.id) }
                socket.on("echo") { (text: String) in text }
            }
            let sockets = server.sockets()
            let questions = Questions()
            let done = Mailbox<Void>()
            for round in 0..<50 {
                let client = try await server.client(EngineServer.Transport.allCases[round % 2])
                let socket = try await sockets.next()
                let end = End.allCases[round / 2 % End.allCases.count]
                for thread in 0..<Self.threads {
                    startThread {
                        for step in 0..<Self.steps {
                            // Another place in each round; what follows comes behind the end.
                            if thread == 0, step == round { end(socket, of: client) }
                            Self.use(socket, thread * 5 + step, questions)
                        }
                        done.push(())
                    }
                }
                _ = try await done.next(count: Self.threads)
                #expect(try await ends.next() == socket.id)
                client.close()
                try await server.expectNobody()
                try #require(await eventually { questions.areSettled })
                #expect(!socket.connected && socket.rooms.isEmpty)
                client.drop()
            }
            #expect(questions.asked.load(ordering: .relaxed) > 0)
            #expect(questions.surprises.takeAll().isEmpty)
            #expect(ends.takeAll().isEmpty)
            // The loops have not lost anything: whoever comes now is served.
            for transport in EngineServer.Transport.allCases {
                let client = try await server.client(transport)
                client.send(#"21["echo","hello"]"#)
                #expect(try await client.next() == #"31["hello"]"#)
                try await server.end([client])
            }
        }
    }
}

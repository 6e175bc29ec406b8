import Synchronization
import TestSupport
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(1))) struct RetryTests {
    private static func id(_ question: String) -> String { String(question.dropFirst().prefix { $0.isNumber }) }

    @Test func `what is not answered is sent again as it was, and what follows waits for its turn`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let patient = socket.timeout(.milliseconds(30)).retries(10_000)
            async let first: String = patient.emitWithAck("first", [1, 2] as [UInt8])
            let question = try await client.next()
            #expect(try await client.nextBinary() == [1, 2])
            async let second: String = patient.emitWithAck("second")
            #expect(try await client.next() == question, "the same packet, with the same id")
            #expect(try await client.nextBinary() == [1, 2])
            client.send(#"3\#(question.dropFirst(3).prefix { $0.isNumber })["a"]"#)
            #expect(try await first == "a")
            var next = try await client.next()
            // Some more may have been on their way.
            while next == question {
                _ = try await client.nextBinary()
                next = try await client.next()
            }
            #expect(next.hasSuffix(#"["second"]"#))
            client.send(#"3\#(Self.id(next))["b"]"#)
            #expect(try await second == "b")
        }
    }

    @Test func `what is never answered fails in the end, and the next is sent`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let failing = Task { () -> String in
                try await socket.timeout(.milliseconds(20)).retries(2).emitWithAck("never")
            }
            #expect(try await client.next().hasSuffix(#"["never"]"#))
            async let answer: Int = socket.retries(0).emitWithAck("next")
            for _ in 0..<2 { #expect(try await client.next().hasSuffix(#"["never"]"#)) }
            let error = await #expect(throws: AcknowledgementError.self) { try await failing.value }
            #expect(error?.code == .timedOut)
            client.send(#"3\#(Self.id(try await client.next()))[1]"#)
            #expect(try await answer == 1)
        }
    }

    @Test func `at the socket's end all that wait fail, and afterwards each at once`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let waiting = (0..<5).map { number in
                Task { () -> Int in try await socket.retries(5).emitWithAck("e", number) }
            }
            _ = try await client.next()
            client.drop()
            for task in waiting {
                let error = await #expect(throws: AcknowledgementError.self) { try await task.value }
                #expect(error?.code == .disconnected)
            }
            let error = await #expect(throws: AcknowledgementError.self) {
                let _: Int = try await socket.retries(5).emitWithAck("e")
            }
            #expect(error?.code == .disconnected)
        }
    }

    @Test func `one that is cancelled while it waits is never sent`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            async let first: Int = socket.retries(1).emitWithAck("first")
            let question = try await client.next()
            let second = Task { () -> Int in try await socket.retries(1).emitWithAck("second") }
            #expect(await eventually { await socket.loop.call { socket.core.value.extras?.questions.count == 2 } })
            second.cancel()
            await #expect(throws: CancellationError.self) { try await second.value }
            async let third: Int = socket.retries(1).emitWithAck("third")
            client.send(#"3\#(Self.id(question))[1]"#)
            #expect(try await first == 1)
            let next = try await client.next()
            #expect(next.hasSuffix(#"["third"]"#))
            client.send(#"3\#(Self.id(next))[3]"#)
            #expect(try await third == 3)
        }
    }

    @Test func `only so many wait for one socket`() async throws {
        try await TestServer.run { server in
            let sockets = server.sockets()
            let client = try await server.client()
            let socket = try await sockets.next()
            let failed = Mailbox<AcknowledgementError.Code>()
            for _ in 0...SocketExtras.maxQuestions {
                Task {
                    do { let _: Int = try await socket.retries(1).emitWithAck("e") } catch {
                        if let error = error as? AcknowledgementError { failed.push(error.code) }
                    }
                }
            }
            #expect(try await failed.next() == .tooManyWaiting)
            client.drop()
            let rest = try await failed.next(count: SocketExtras.maxQuestions)
            #expect(Set(rest) == [.disconnected])
        }
    }

    // MARK: Doing things once

    @Test func `what is asked for again is answered again and not done again`() async throws {
        let done = Atomic<Int>(0)
        let once = Deduplicator<String, Int>(capacity: 2)
        let work: @Sendable () async throws -> Int = { done.add(1, ordering: .relaxed).newValue }
        #expect(try await once.once("a", work) == 1)
        #expect(try await once.once("a", work) == 1)
        #expect(try await once.once("b", work) == 2)
        #expect(try await once.once("c", work) == 3)
        #expect(once.count == 2)
        #expect(try await once.once("b", work) == 2)
        #expect(try await once.once("a", work) == 4, "forgotten")
    }

    @Test func `those who ask while it is being done wait for the same answer, and what fails may be tried again`()
        async throws
    {
        struct Failed: Error {}
        let (begun, mayEnd) = (Mailbox<Bool>(), Mailbox<Bool>())
        let once = Deduplicator<Int, String>()
        let first = Task {
            try await once.once(1) {
                begun.push(true)
                guard try await mayEnd.next() else { throw Failed() }
                return "first"
            }
        }
        _ = try await begun.next()
        let second = Task { try await once.once(1) { "second" } }
        mayEnd.push(false)
        await #expect(throws: Failed.self) { try await first.value }
        _ = try? await second.value
        #expect(try await once.once(1) { "third" } != "first")
    }
}

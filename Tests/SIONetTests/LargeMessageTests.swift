import Dispatch
import Glibc
import SIOBytes
import TestSupport
import Testing

@testable import SIONet

/// Large messages are read where they stay, and written from where they lie.
@Suite(.timeLimit(.minutes(1))) struct LargeMessageTests {
    /// Numbers that are the same in each run.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 32
        }
    }

    private static let large = [UInt8](repeating: 2, count: TCPConnection.largeWrite)

    /// What the system had behind each write, turn by turn: the first `turns.count` times that something comes, a turn
    /// each, so many writes of so many bytes are made.
    private func handedOver(_ turns: [[Int]]) async throws -> [[Int]] {
        let seen = Shared<[[Int]]>([])
        try await withListener { stage in
            stage.take = { [unowned stage] window in
                let connection = stage.connection
                let before = connection.handedOver
                let counts = turns[seen.value.count].map { count in
                    connection.write([UInt8](repeating: 2, count: count))
                    return connection.handedOver - before
                }
                seen.change { $0.append(counts) }
                return window.byteCount
            }
        } _: { _, port in
            let client = try RawClient(port: port)
            for (turn, counts) in turns.enumerated() {
                client.send("x")
                let count = counts.reduce(0, +)
                #expect(client.receive(count: count) == [UInt8](repeating: 2, count: count), "turn \(turn)")
            }
        }
        return seen.value
    }

    @Test func `one that is alone in its turn leaves at once, behind what waits`() async throws {
        let limit = TCPConnection.largeWrite
        let seen = try await handedOver([[limit - 1], [limit], [3, limit, 3], [3, 3]])
        #expect(seen == [[0], [limit], [0, 3 + limit, 3 + limit], [0, 0]])
    }

    @Test func `where a turn has several they leave together, and so the next turn's, until one is alone again`()
        async throws
    {
        let most = TCPConnection.largestGathered
        let seen = try await handedOver([
            [10_000, 10_000], [10_000, 10_000], [10_000], [10_000], [10_000, 10_000], [most, 1],
            [10_000, most - 10_000, 10_000],
        ])
        #expect(
            seen == [
                [10_000, 10_000], [0, 0], [0], [10_000], [10_000, 10_000], [0, 0],
                [10_000, 10_000, 10_000],
            ])
        // More than are gathered.
        let more = try await handedOver([[10_000, most, 10_000], [10_000, most - 9_999, 10_000]])
        #expect(more == [[10_000, 10_000, 10_000 + most + 10_000], [0, most + 1, most + 1]])
    }

    @Test(arguments: [0, 1, 3]) func `a peer that reads slowly gets all of it, in order`(waiting: Int) async throws {
        let large = [UInt8](repeating: 2, count: 8_000_000)
        try await withListener { stage in
            stage.take = { [unowned stage] window in
                for _ in 0..<waiting { stage.connection.write([1]) }
                stage.connection.write(large)
                stage.connection.write([3])
                stage.connection.write(large)
                return window.byteCount
            }
        } _: { _, port in
            let client = try RawClient(port: port, receiveBuffer: 4096)
            client.send("x")
            #expect(client.receive(count: waiting) == [UInt8](repeating: 1, count: waiting))
            // Compared apart: what differs would be told at length.
            let isFirst = client.receive(count: large.count) == large
            #expect(isFirst)
            #expect(client.receive(count: 1) == [3])
            let isSecond = client.receive(count: large.count) == large
            #expect(isSecond)
        }
    }

    @Test(arguments: [false, true])
    func `one that cannot be written ends the connection, at the turn's end`(waits: Bool) async throws {
        let seen = Shared((open: 0, closed: 0))
        try await withListener { stage in
            stage.onClosed = { seen.change { $0.closed += 1 } }
            stage.take = { [unowned stage] window in
                shutdown(stage.connection.descriptor, CInt(SHUT_WR))
                if waits { stage.connection.write([1]) }
                for _ in 0..<3 { stage.connection.write(Self.large) }
                if !stage.connection.isClosed { seen.change { $0.open += 1 } }
                return window.byteCount
            }
        } _: { group, port in
            let client = try RawClient(port: port)
            client.send("x")
            #expect(await eventually { seen.value.closed == 1 })
            #expect(await group.settles())
            #expect(seen.value == (1, 1))
        }
    }

    /// Takes messages that begin with their length, in four bytes, behind which each byte is the number of the message.
    private static func takeMessages(
        _ stage: TestStage, _ lengths: Shared<[Int]>, _ window: inout MutableRawSpan
    ) -> Int {
        var used = 0
        stage.bytesWanted = 0
        stage.messageCount = 0
        while window.byteCount - used >= 4 {
            let bytes = window.bytes.extracting(droppingFirst: used)
            let length = Int(bytes.unsafeLoadUnaligned(as: UInt32.self))
            guard bytes.byteCount >= 4 + length else {
                stage.bytesWanted = 4 + length
                break
            }
            let number = UInt8(truncatingIfNeeded: lengths.value.count)
            let isRight = bytes.extracting(4..<4 + length).array.allSatisfy { $0 == number }
            lengths.change { $0.append(isRight ? length : -1) }
            used += 4 + length
            stage.messageCount += 1
        }
        return used
    }

    @Test(arguments: 0..<6) func `messages of all lengths come whole, however they are cut`(seed: Int) async throws {
        var random = Numbers(state: UInt64(seed))
        let sent = (0..<40).map { _ in
            Int.random(
                in: 0..<[10, 5000, 40_000, 100_000, 300_000, 900_000][Int.random(in: 0..<6, using: &random)],
                using: &random)
        }
        let lengths = Shared<[Int]>([])
        try await withListener { stage in
            stage.take = { [unowned stage] window in Self.takeMessages(stage, lengths, &window) }
        } _: { _, port in
            let client = try RawClient(port: port)
            var random = Numbers(state: UInt64(seed) + 100)
            var bytes: [UInt8] = []
            for (number, length) in sent.enumerated() {
                bytes += withUnsafeBytes(of: UInt32(length)) { Array($0) }
                bytes += [UInt8](repeating: UInt8(number), count: length)
            }
            var start = 0
            while start < bytes.count {
                let end = min(
                    start + Int.random(in: 1...[100, 40_000, 400_000][seed % 3], using: &random), bytes.count)
                client.send(Array(bytes[start..<end]))
                start = end
            }
            #expect(await eventually { lengths.value.count == sent.count })
            #expect(lengths.value == sent)
        }
    }

    @Test func `one whose rest is there is read to its end, and nothing is kept of it`() async throws {
        let windows = Shared<[Int]>([])
        let ready = Shared<LoopBound<TestStage>?>(nil)
        let length = 48 * 1024
        try await withListener { stage in
            stage.connection.pauseInbound()
            ready.change { $0 = LoopBound(stage, to: stage.connection.core.loop) }
            stage.take = { [unowned stage] window in
                windows.change { $0.append(window.byteCount) }
                stage.bytesWanted = window.byteCount < length ? length : 0
                return window.byteCount < length ? 0 : length
            }
        } _: { _, port in
            let client = try RawClient(port: port)
            // As much as the system surely takes while nobody reads.
            client.send([UInt8](repeating: 1, count: length))
            #expect(await eventually { ready.value != nil })
            guard let stage = ready.value else { return }
            await stage.loop.call { stage.value.connection.resumeInbound() }
            #expect(await eventually { windows.value.count == 2 })
            #expect(windows.value == [32 * 1024, length])
            #expect(await stage.loop.call { stage.value.connection.unread.capacity } == 0)
            client.close()
            ready.change { $0 = nil }
        }
    }

    @Test func `a reset that is found when the rest is looked for is no end of what was sent`() async throws {
        let seen = Shared((ends: 0, closed: 0))
        let isRead = DispatchSemaphore(value: 0)
        let isReset = DispatchSemaphore(value: 0)
        let ready = Shared<LoopBound<TestStage>?>(nil)
        let count = FairShare.limits.upperBound
        try await withListener { stage in
            stage.connection.pauseInbound()
            ready.change { $0 = LoopBound(stage, to: stage.connection.core.loop) }
            stage.onEnd = { seen.change { $0.ends += 1 } }
            stage.onClosed = { seen.change { $0.closed += 1 } }
        } _: { _, port in
            let client = try RawClient(port: port)
            client.send([UInt8](repeating: 1, count: count))
            #expect(await eventually { ready.value != nil })
            guard let stage = ready.value else { return }
            await stage.loop.call {
                let stage = stage.value
                stage.take = { [unowned stage] window in
                    // All that came is read, and the error is what comes next.
                    if window.byteCount == count {
                        isRead.signal()
                        isReset.wait()
                    }
                    stage.bytesWanted = 2 * count
                    return 0
                }
                stage.connection.resumeInbound()
            }
            isRead.wait()
            client.reset()
            isReset.signal()
            #expect(await eventually { seen.value.closed == 1 })
            #expect(seen.value.ends == 0)
            ready.change { $0 = nil }
        }
    }

    @Test func `a peer that announces much has room for some times what it has sent`() async throws {
        let ready = Shared<LoopBound<TestStage>?>(nil)
        try await withListener { stage in
            ready.change { $0 = LoopBound(stage, to: stage.connection.core.loop) }
            stage.bytesWanted = 1_000_000_000
            stage.take = { _ in 0 }
        } _: { _, port in
            let client = try RawClient(port: port)
            for count in [1000, 9000] {
                client.send([UInt8](repeating: 1, count: count))
                #expect(await eventually { ready.value != nil })
                guard let stage = ready.value else { return }
                let total = count == 1000 ? 1000 : 10_000
                #expect(await eventually { await stage.loop.call { stage.value.connection.unread.count } == total })
            }
            guard let stage = ready.value else { return }
            #expect(await stage.loop.call { stage.value.connection.unread.capacity } < 200_000)
            client.close()
            ready.change { $0 = nil }
        }
    }
}

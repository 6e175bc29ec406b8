import SIOWebSocket
import TestSupport
import Testing

@testable import SIONet

@Suite(.timeLimit(.minutes(1))) struct FairShareTests {
    /// What came, how many messages it was, and what is read next.
    @Test(arguments: [
        (32 * 1024, 512, 3200),
        (32 * 1024, 2500, 1024),
        (32 * 1024, 32 * 1024, 1024),
        (32 * 1024, 2, 32 * 1024),
        (6400, 0, 32 * 1024),
        (2048, 1, 32 * 1024),
        (256 * 1024, 4096, 3200),
    ])
    func `what is read next holds about fifty messages`(count: Int, messages: Int, next: Int) {
        var share = FairShare()
        share.wasFilled(by: count, messages: messages)
        #expect(share.bytes == next)
    }

    @Test func `a peer that floods no more is read faster again`() {
        var share = FairShare()
        share.wasFilled(by: 32 * 1024, messages: 1000)
        #expect(share.bytes < 4 * 1024)
        share.wasFilled(by: share.bytes, messages: 1)
        #expect(share.bytes == FairShare.limits.upperBound)
    }

    /// Runs a connection whose stage takes its windows for messages of so many bytes, all of which are there when it
    /// begins to read; the lengths of the windows.
    private static func windows(ofMessages length: Int) async throws -> [Int] {
        let windows = Shared<[Int]>([])
        let ready = Shared<LoopBound<TestStage>?>(nil)
        try await withListener(accepted: { stage in
            stage.connection.pauseInbound()
            ready.change { $0 = LoopBound(stage, to: stage.connection.core.loop) }
            stage.take = { [unowned stage] window in
                windows.change { $0.append(window.byteCount) }
                stage.messageCount = window.byteCount / length
                return window.byteCount
            }
        }) { _, port in
            let client = try RawClient(port: port)
            // As much as the system surely takes while nobody reads.
            client.send([UInt8](repeating: 1, count: 48 * 1024))
            #expect(await eventually { ready.value != nil })
            guard let stage = ready.value else { return }
            await stage.loop.call { stage.value.connection.resumeInbound() }
            #expect(await eventually { windows.value.reduce(0, +) == 48 * 1024 })
            client.close()
            ready.change { $0 = nil }
        }
        return windows.value
    }

    @Test func `a flood of small messages is read in small pieces, a large one is not`() async throws {
        let flood = try await Self.windows(ofMessages: 64)
        #expect(flood.first == 32 * 1024)
        #expect(flood.dropFirst().allSatisfy { $0 <= 6400 } && flood.count > 3)
        #expect(try await Self.windows(ofMessages: 16 * 1024) == [32 * 1024, 16 * 1024])
    }
}

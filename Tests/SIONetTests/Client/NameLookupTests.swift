import CLibUV
import Glibc
import TestSupport
import Testing

@testable import SIONet

@Suite(.timeLimit(.minutes(1))) struct NameLookupTests {
    /// Keeps the threads busy that libuv looks names up on, for as long as it is wanted, and two seconds at most: they are
    /// everybody's.
    private final class Blockade: Sendable {
        private let isWanted = Shared(true)
        private let end = ContinuousClock.now + .seconds(2)

        private final class Work {
            let blockade: Blockade
            let request = UnsafeMutablePointer<uv_work_t>.allocate(capacity: 1)

            init(_ blockade: Blockade) {
                self.blockade = blockade
            }

            deinit { request.deallocate() }
        }

        var stands: Bool { isWanted.value && ContinuousClock.now < end }

        /// More than there are threads, of which libuv has four by default.
        func begin(on core: LoopCore) {
            for _ in 0..<16 {
                let work = Work(self)
                work.request.pointee.data = Unmanaged.passRetained(work).toOpaque()
                uv_queue_work(core.uv, work.request, Self.wait, Self.done)
            }
        }

        func lift() { isWanted.change { $0 = false } }

        private static let wait: @convention(c) (UnsafeMutablePointer<uv_work_t>?) -> Void = { request in
            guard let data = request?.pointee.data else { return }
            let blockade = Unmanaged<Work>.fromOpaque(data).takeUnretainedValue().blockade
            while blockade.stands { usleep(1000) }
        }

        private static let done: @convention(c) (UnsafeMutablePointer<uv_work_t>?, CInt) -> Void = { request, _ in
            if let data = request?.pointee.data { Unmanaged<Work>.fromOpaque(data).release() }
        }
    }

    @Test func `a loop that is shut down does not wait for a name that nobody looks up yet`() async {
        let other = EventLoopGroup(loops: 1)
        let group = EventLoopGroup(loops: 1)
        let loop = group.loops[0]
        let blockade = Blockade()
        let seen = Shared<(code: NetworkError.Code?, inTime: Bool)?>(nil)
        other.loops[0].post { [core = other.loops[0]] in
            blockade.begin(on: core.core)
            loop.post {
                TCPConnector(host: "no-such-host.invalid", port: 80, core: loop.core) { result in
                    if case .failure(let error) = result { seen.change { $0 = (error.code, blockade.stands) } }
                    blockade.lift()
                }.start()
                loop.core.stop()
            }
        }
        #expect(await eventually { seen.value != nil })
        #expect(seen.value?.code == .shutDown && seen.value?.inTime == true)
        await group.shutdown()
        await other.shutdown()
    }

    @Test func `a lookup that was refused, and one that was begun, may be given up at once`() async throws {
        try await withClientLoop { loop in
            for host in [String(repeating: "a", count: 300), "localhost"] {
                let calls = Shared(0)
                await loop.call {
                    NameLookup(host, port: 80, core: loop.core) { _ in calls.change { $0 += 1 } }.abandon()
                }
                #expect(await eventually { await loop.call { loop.core.lookups.isEmpty } })
                #expect(calls.value == 0)
            }
        }
    }
}

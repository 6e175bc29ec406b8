import Glibc
import TestSupport
import Testing

@testable import SIONet

@Suite struct SignalsTests {
    @Test func `a signal is reported, and does not end the process`() async {
        await #expect(processExitsWith: .success) {
            let group = EventLoopGroup(loops: 1)
            for (number, expected) in [(SIGTERM, TerminationSignal.terminate), (SIGINT, .interrupt)] {
                async let signal = TerminationSignal.next(on: group)
                guard await eventually({ await group.loops[0].call { group.loops[0].core.guestHandles == 2 } }) else {
                    exit(1)
                }
                kill(getpid(), number)
                guard await signal == expected else { exit(2) }
            }
            await group.shutdown()
        }
    }

    @Test func `waiting for a signal ends when the task is cancelled`() async {
        let group = EventLoopGroup(loops: 1)
        let task = Task { await TerminationSignal.next(on: group) }
        task.cancel()
        #expect(await task.value == nil)
        #expect(await eventually { await group.loops[0].call { group.loops[0].core.guestHandles == 0 } })
        await group.shutdown()
    }

    @Test func `waiting for a signal ends when the loops are shut down`() async {
        let group = EventLoopGroup(loops: 1)
        async let before = TerminationSignal.next(on: group)
        _ = await eventually { await group.loops[0].call { group.loops[0].core.guestHandles == 2 } }
        await group.shutdown()
        #expect(await before == nil)
        #expect(await TerminationSignal.next(on: group) == nil)
    }
}

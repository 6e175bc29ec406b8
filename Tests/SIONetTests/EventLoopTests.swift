import Testing

@testable import SIONet

@Suite struct EventLoopTests {
    private actor Counter {
        let loop: EventLoop
        var value = 0
        init(_ loop: EventLoop) { self.loop = loop }
        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
        func add() -> Bool {
            value += 1
            return loop.isCurrent
        }
    }

    @Test func `posted work runs on the loop in call order`() async {
        let group = EventLoopGroup(loops: 1)
        let loop = group.loops[0]
        let order = await withCheckedContinuation { (continuation: CheckedContinuation<[Int], Never>) in
            let collected = LoopBound(Collected(), to: loop)
            for number in 0..<1000 { loop.post { collected.value.numbers.append(number) } }
            loop.post { continuation.resume(returning: collected.value.numbers) }
        }
        #expect(order == Array(0..<1000))
        await group.shutdown()
    }

    private final class Collected {
        var numbers: [Int] = []
    }

    @Test func `an actor whose executor is a loop runs there and can be entered from its callbacks`() async {
        let group = EventLoopGroup(loops: 2)
        let counter = Counter(group.loops[1])
        #expect(await counter.add())
        let entered = await group.loops[1].call { counter.assumeIsolated { $0.value } }
        #expect(entered == 1)
        #expect(group.loops[1].isIsolatingCurrentContext() == false)
        await group.shutdown()
    }

    @Test func `a task that prefers a loop stays on it across suspensions`() async {
        let group = EventLoopGroup(loops: 1)
        let loop = group.loops[0]
        let places = await Task(executorPreference: loop) {
            let before = loop.isCurrent
            await Task.yield()
            try? await Task.sleep(for: .milliseconds(2))
            return [before, loop.isCurrent]
        }.value
        #expect(places == [true, true])
        await group.shutdown()
    }

    @Test func `a job that makes jobs without end does not starve the loop`() async {
        let group = EventLoopGroup(loops: 1)
        let loop = group.loops[0]
        let task = Task(executorPreference: loop) {
            while !Task.isCancelled { await Task.yield() }
        }
        for _ in 0..<20 { #expect(await loop.call { true }) }
        task.cancel()
        await task.value
        await group.shutdown()
    }

    @Test func `opening a loop's value elsewhere is a caller's fault`() async {
        await #expect(processExitsWith: .failure) {
            let bound = LoopBound(1, to: EventLoopGroup(loops: 1).loops[0])
            _ = bound.value
        }
    }
}

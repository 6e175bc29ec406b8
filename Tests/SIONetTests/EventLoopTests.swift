import Glibc
import Synchronization
import TestSupport
import Testing

@testable import SIONet

@Suite(.timeLimit(.minutes(1))) struct EventLoopTests {
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

    @Test func `no wake-up is lost, whoever posts`() async {
        let group = EventLoopGroup(loops: 2)
        let ran = Shared(0)
        await withTaskGroup(of: Void.self) { tasks in
            for number in 0..<8 {
                tasks.addTask {
                    let loop = group.loops[number % 2]
                    for _ in 0..<500 {
                        loop.post { ran.change { $0 += 1 } }
                        #expect(await loop.call { true })
                    }
                }
            }
        }
        #expect(ran.value == 4000)
        await group.shutdown()
    }

    @Test func `loops that post to each other do not stop`() async {
        let group = EventLoopGroup(loops: 2)
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            @Sendable func pass(_ left: Int) {
                if left == 0 { return continuation.resume() }
                group.loops[left % 2].post { pass(left - 1) }
            }
            pass(5000)
        }
        await group.shutdown()
    }

    @Test func `what a loop took before its shutdown is run, and nothing after it`() async {
        for _ in 0..<20 {
            let group = EventLoopGroup(loops: 1)
            let loop = group.loops[0]
            let taken = Shared(0)
            let ran = Shared(0)
            async let posts: Void = withTaskGroup(of: Void.self) { tasks in
                for _ in 0..<4 {
                    tasks.addTask {
                        for _ in 0..<200 where loop.post({ ran.change { $0 += 1 } }) { taken.change { $0 += 1 } }
                    }
                }
            }
            await group.shutdown()
            await posts
            #expect(taken.value == ran.value)
            #expect(!loop.post { Issue.record("ran after the end") })
            #expect(await loop.callUnlessStopped { 1 } == nil)
            await group.shutdown()
        }
    }

    @Test func `a task that outlives its loop still ends`() async {
        let group = EventLoopGroup(loops: 1)
        let counter = Counter(group.loops[0])
        let started = OneTimeEvent()
        let mayGoOn = OneTimeEvent()
        let task = Task(executorPreference: group.loops[0]) {
            started.fire()
            await mayGoOn.wait()
            await Task.yield()
            _ = await counter.add()
            return await counter.value
        }
        await started.wait()
        await group.shutdown()
        mayGoOn.fire()
        #expect(await task.value == 1)
    }

    @Test func `a loop may be shut down from itself, with jobs that go on and on`() async {
        let group = EventLoopGroup(loops: 1)
        let restless = Task(executorPreference: group.loops[0]) {
            while !Task.isCancelled { await Task.yield() }
        }
        await Task(executorPreference: group.loops[0]) { await group.shutdown() }.value
        restless.cancel()
        await restless.value
    }

    @Test func `a loop that nobody holds runs on and lets go of nothing it needs`() async {
        let ran = OneTimeEvent()
        do {
            let group = EventLoopGroup(loops: 1)
            let loop = group.loops[0]
            loop.post { [unowned loop] in
                let chain = Chain(loop.core, steps: 3) { ran.fire() }
                chain.arm()
            }
        }
        await ran.wait()
    }

    /// Sets its deadline anew in each call.
    private final class Chain: DeadlineOwner {
        private let core: LoopCore
        private var steps: Int
        private let done: () -> Void
        private let deadline = Deadline()
        private let far = Deadline()

        init(_ core: LoopCore, steps: Int, done: @escaping () -> Void) {
            self.core = core
            self.steps = steps
            self.done = done
        }

        func arm() {
            core.set(far, of: self, to: core.now + .seconds(Int64.max))
            core.set(deadline, of: self, to: core.now + .milliseconds(10))
        }

        func deadlineReached(now: ContinuousClock.Instant) {
            steps -= 1
            if steps > 0 { return arm() }
            core.set(far, of: self, to: nil)
            done()
        }
    }

    /// Notes when its deadline comes.
    private final class Alarm: DeadlineOwner {
        let deadline = Deadline()
        private let rings: () -> Void

        init(_ rings: @escaping () -> Void) {
            self.rings = rings
        }

        func deadlineReached(now: ContinuousClock.Instant) { rings() }
    }

    @Test func `a loop that was late hears what came before it looks at its deadlines`() async {
        let group = EventLoopGroup(loops: 1)
        let loop = group.loops[0]
        let order = LoopBound(Collected(), to: loop)
        await withCheckedContinuation { continuation in
            loop.post {
                let alarm = Alarm {
                    order.value.numbers.append(2)
                    continuation.resume()
                }
                loop.core.set(alarm.deadline, of: alarm, to: loop.core.now + .milliseconds(100))
                loop.post {
                    // The loop is late: the deadline passes, and then something comes.
                    usleep(150_000)
                    loop.post { order.value.numbers.append(1) }
                }
            }
        }
        #expect(await loop.call { order.value.numbers } == [1, 2])
        await group.shutdown()
    }

    /// Has a deadline only while it is set.
    private final class Sleeper: DeadlineOwner {
        var deadline: Deadline?
        var wasWoken = false

        func deadlineReached(now: ContinuousClock.Instant) { wasWoken = true }
    }

    @Test func `a deadline that is made when it is set is gone when it is cleared`() async {
        let group = EventLoopGroup(loops: 1)
        let loop = group.loops[0]
        // What fails outside the test's own task is nobody's failure: the loop tells what it saw.
        let seen: [Bool] = await loop.call {
            let sleeper = Sleeper()
            let core = loop.core
            core.set(&sleeper.deadline, of: sleeper, to: nil)
            let before = sleeper.deadline == nil
            core.set(&sleeper.deadline, of: sleeper, to: core.now + .seconds(1))
            weak let first = sleeper.deadline
            let whileSet = first != nil
            core.set(&sleeper.deadline, of: sleeper, to: core.now + .seconds(2))
            let whenMoved = first === sleeper.deadline
            core.set(&sleeper.deadline, of: sleeper, to: nil)
            return [before, whileSet, whenMoved, first == nil, sleeper.deadline == nil, !sleeper.wasWoken]
        }
        #expect(seen == [Bool](repeating: true, count: 6))
        let woken = LoopBound(Sleeper(), to: loop)
        await loop.call {
            loop.core.set(&woken.value.deadline, of: woken.value, to: loop.core.now + .milliseconds(100))
        }
        #expect(await eventually { await loop.call { woken.value.wasWoken } })
        await group.shutdown()
    }

    @Test func `deadlines that are set in deadlines come, beside one that never does`() async {
        let group = EventLoopGroup(loops: 1)
        let loop = group.loops[0]
        let start = ContinuousClock.now
        await withCheckedContinuation { continuation in
            loop.post { Chain(loop.core, steps: 5) { continuation.resume() }.arm() }
        }
        let time = ContinuousClock.now - start
        #expect(time >= .milliseconds(48) && time < .seconds(60))
        await group.shutdown()
    }
}

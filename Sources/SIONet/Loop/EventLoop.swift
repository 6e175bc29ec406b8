import Glibc
import Synchronization

/// One libuv loop on one thread: an isolation domain for everything that lives on it.
///
/// It is a serial and a task executor, so actors and tasks may run on it, and it can prove that they do.
public final class EventLoop: SerialExecutor, TaskExecutor, Sendable {
    /// The loop's place in its group.
    package let index: Int
    /// What only the loop's own thread touches.
    private let bound: Bound
    /// The thread, while it runs: the system may give its name to another one afterwards.
    private let thread: Atomic<UInt>
    private let inbox = Mutex(Inbox())
    /// Whether anything is in it, for whoever wants to know it without the lock; changed within.
    let hasMail = Atomic(false)
    /// Threads that are about to wake the loop, which must not be gone by then.
    private let wakers = Atomic<Int>(0)
    private let stopped = OneTimeEvent()

    private struct Bound: @unchecked Sendable {  // `EventLoop.core` checks the thread.
        let core: LoopCore
    }

    /// What other threads handed in.
    private struct Inbox {
        var calls: [@Sendable () -> Void] = []
        var jobs: [UnownedJob] = []
        var isAwake = false
        /// Whether nothing more is taken.
        var isStopped = false
        var isJoined = false
        /// Jobs that came when the loop was stopped.
        var lateJobs: [UnownedJob] = []
        var runsLateJobs = false
    }

    /// Starts the loop's thread.
    package init(index: Int) {
        self.index = index
        let core = LoopCore()
        bound = Bound(core: core)
        thread = Atomic(core.start())
        core.adopt(by: self)
    }

    /// Whether the caller runs on this loop's thread.
    @usableFromInline
    package var isCurrent: Bool { pthread_self() == thread.load(ordering: .relaxed) }

    /// The loop's insides, for code that runs on it.
    package var core: LoopCore {
        precondition(isCurrent, "an event loop was used outside its thread")
        return bound.core
    }

    // MARK: Work from anywhere

    /// Runs the body on the loop: now when the caller is on it, else in the loop's next turn, in call order.
    ///
    /// On a loop that was shut down nothing lives any more, and the body is dropped.
    package func run(_ body: @escaping @Sendable () -> Void) {
        if isCurrent { body() } else { post(body) }
    }

    /// Runs the body in a later turn of the loop, in call order.
    ///
    /// - Returns: False if the loop was shut down; the body is dropped then.
    @discardableResult
    package func post(_ body: @escaping @Sendable () -> Void) -> Bool {
        wake { $0.calls.append(body) }
    }

    /// Runs the body on the loop and hands its result back.
    ///
    /// - Precondition: The loop was not shut down.
    package func call<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        guard let result = await callUnlessStopped(body) else {
            preconditionFailure("an event loop was asked after its shutdown")
        }
        return result
    }

    /// Runs the body on the loop and hands its result back; nil if the loop was shut down.
    package func callUnlessStopped<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result? {
        if isCurrent { return body() }
        return await withCheckedContinuation { continuation in
            if !post({ continuation.resume(returning: body()) }) { continuation.resume(returning: nil) }
        }
    }

    /// False if the loop was stopped, and nothing was changed.
    private func wake(_ change: (inout sending Inbox) -> Void) -> Bool {
        let (isTaken, mustWake) = inbox.withLock { inbox in
            if inbox.isStopped { return (false, false) }
            change(&inbox)
            if inbox.isAwake { return (true, false) }
            inbox.isAwake = true
            hasMail.store(true, ordering: .releasing)
            wakers.add(1, ordering: .relaxed)
            return (true, true)
        }
        if mustWake {
            bound.core.wakeFromAnyThread()
            wakers.subtract(1, ordering: .releasing)
        }
        return isTaken
    }

    /// Runs what was handed in since the last time.
    ///
    /// Called by the core, on its thread; never from within one of the calls, the next of which would be overtaken.
    func drainInbox() {
        let core = bound.core
        assert(!core.isDraining, "calls would overtake each other")
        core.isDraining = true
        defer { core.isDraining = false }
        let (calls, jobs) = inbox.withLock { inbox in
            defer {
                inbox.calls = []
                inbox.jobs = []
                inbox.isAwake = false
                hasMail.store(false, ordering: .relaxed)
            }
            return (inbox.calls, inbox.jobs)
        }
        for call in calls { call() }
        for job in jobs { run(job) }
    }

    // MARK: Executor

    /// Runs the job on the loop: at the end of this turn when the caller is on the loop, else in a later one.
    ///
    /// A job that comes after the loop's shutdown belongs to a task that outlived it, and runs on a thread of its own.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            bound.core.enqueue(job)
        } else if !wake({ $0.jobs.append(job) }) {
            runLate([job])
        }
    }

    func run(_ job: UnownedJob) {
        job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    }

    /// Traps when the caller does not run on the loop.
    public func checkIsolated() {
        precondition(isCurrent, "expected to run on this event loop")
    }

    /// Whether the caller runs on the loop.
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    // MARK: The end

    /// Stops the loop when its work of this turn is done, closes what is open on it, and waits for its thread.
    ///
    /// A second call does nothing.
    package func shutdown() async {
        post { [bound] in bound.core.stop() }
        await stopped.wait()
        let isFirst = inbox.withLock { inbox in
            defer { inbox.isJoined = true }
            return !inbox.isJoined
        }
        if isFirst { bound.core.join() }
    }

    /// Takes nothing more, once all that was handed in is done with.
    ///
    /// - Parameter settle: Does what a turn of the loop would do behind the inbox's work; says whether that may be all.
    func stop(settle: (_ round: Int) -> Bool) {
        var round = 0
        var isDone = false
        while !isDone {
            round += 1
            drainInbox()
            let isSettled = settle(round)
            isDone = inbox.withLock { inbox in
                inbox.isStopped = isSettled && (inbox.calls.isEmpty && inbox.jobs.isEmpty || round > 100)
                return inbox.isStopped
            }
        }
        while wakers.load(ordering: .acquiring) > 0 { sched_yield() }
        drainInbox()
        _ = settle(.max)
    }

    /// Called by the core's thread as its last act.
    func didStop(leaving jobs: [UnownedJob]) {
        thread.store(0, ordering: .relaxed)
        if !jobs.isEmpty { runLate(jobs) }
        stopped.fire()
    }

    // MARK: Late jobs

    private func runLate(_ jobs: [UnownedJob]) {
        let mustStart = inbox.withLock { inbox in
            inbox.lateJobs += jobs
            defer { inbox.runsLateJobs = true }
            return !inbox.runsLateJobs
        }
        guard mustStart else { return }
        var thread = pthread_t()
        let me = Unmanaged.passRetained(self)
        guard pthread_create(&thread, nil, runLateJobs, me.toOpaque()) == 0 else {
            preconditionFailure("the system refuses a thread")
        }
        pthread_detach(thread)
    }

    /// Runs late jobs one after the other, until there is none.
    fileprivate func drainLateJobs() {
        while true {
            let jobs = inbox.withLock { inbox in
                let jobs = inbox.lateJobs
                inbox.lateJobs = []
                inbox.runsLateJobs = !jobs.isEmpty
                return jobs
            }
            if jobs.isEmpty { return }
            for job in jobs { run(job) }
        }
    }
}

private func runLateJobs(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let argument { Unmanaged<EventLoop>.fromOpaque(argument).takeRetainedValue().drainLateJobs() }
    return nil
}

import CLibUV
import Glibc
package import SIOBytes
import Synchronization

/// The insides of an event loop, touched on its own thread only.
///
/// A turn: due deadlines, readable sockets and what other threads posted, then the jobs that this made ready, then one
/// write for each connection that has something to say.
package final class LoopCore {
    package typealias Instant = ContinuousClock.Instant

    /// The handles that a loop has for itself.
    static let ownHandles = 5
    /// The size of the one buffer that all connections of the loop read into.
    static let readBufferSize = 256 * 1024
    /// The jobs a turn runs before it looks at its sockets again.
    private static let jobsPerTurn = 4096

    /// The loop this is the core of; set before its thread does anything, and held by the thread until it ends.
    package var loop: EventLoop! { owner }
    // Behind a function: another module's own access would be checked.
    @exclusivity(unchecked) private unowned(unsafe) var owner: EventLoop!
    let uv: UnsafeMutablePointer<uv_loop_t>
    let readBuffer: UnsafeMutableRawBufferPointer
    /// Where a message is put together before it is written.
    @exclusivity(unchecked) package var scratch = ByteBuffer()
    /// The most memory that ``scratch`` keeps between uses.
    static let scratchLimit = 128 * 1024
    /// Random numbers for ids and keys: cryptographic ones, as the system's own are.
    @exclusivity(unchecked) package var random = RandomPool()
    /// What connections compress with.
    package private(set) lazy var compression = LoopCompression(self)
    /// What connections write from.
    @exclusivity(unchecked) var outboundMemory = OutboundMemory()
    /// What watches connections, given back by those that are closed.
    @exclusivity(unchecked) var pollHandles: PollHandles
    /// What came to its end in this turn: whoever is in the middle of it finds it alive.
    @exclusivity(unchecked) private var ended: [AnyObject] = []
    /// Where connections with TLS decrypt and encrypt.
    lazy var tlsBuffers = TLSBuffers()

    /// Whether what other threads handed in is being run.
    @exclusivity(unchecked) var isDraining = false
    private var threadID = uv_thread_t()
    private let prepare: UnsafeMutablePointer<uv_prepare_t>
    private let check: UnsafeMutablePointer<uv_check_t>
    private let async: UnsafeMutablePointer<uv_async_t>
    private let idle: UnsafeMutablePointer<uv_idle_t>
    private let timer: UnsafeMutablePointer<uv_timer_t>
    /// Holds the thread back until the loop is whole.
    private let gate: UnsafeMutablePointer<uv_sem_t>
    // Neither the queue nor what is kept beside it calls anybody in the middle of an access.
    @exclusivity(unchecked) private var deadlines: DeadlineQueue
    /// The tick that the timer is set to.
    @exclusivity(unchecked) private var timerTick: Int?
    @exclusivity(unchecked) private var isDue = false
    /// The questions for names that are not answered yet, each of which keeps the loop from ending.
    var lookups: [ObjectIdentifier: NameLookup] = [:]
    /// Whether the loop ends: nothing that takes its time may begin any more.
    package private(set) var isStopping = false
    /// What is to be told of that first, by those who want to know.
    package var atStop: [ObjectIdentifier: () -> Void] = [:]
    @exclusivity(unchecked) private var jobs: [UnownedJob] = []
    @exclusivity(unchecked) private var work: [any EndOfTurnWork] = []
    /// The connections that have something to write: each is kept alive until the turn is over.
    @exclusivity(unchecked) private var dirty: [Uncounted<TCPConnection>] = []
    /// Empty, apart from the middle of ``runJobs()`` and ``flush()``, as are the next three: kept for their storage.
    @exclusivity(unchecked) private var runningJobs: [UnownedJob] = []
    @exclusivity(unchecked) private var doing: [any EndOfTurnWork] = []
    @exclusivity(unchecked) private var flushing: [Uncounted<TCPConnection>] = []
    @exclusivity(unchecked) private var leaving: [AnyObject] = []
    var dateSecond: time_t = 0
    var dateText = ""
    #if DEBUG
        /// The connections that exist: tests look for leaks.
        let liveConnections = Atomic<Int>(0)
    #endif
    let epochMilliseconds: UInt64
    /// ``timeAsleep``, and when it was asked of the system.
    var asleep: (at: UInt64, time: Duration) = (.max, .zero)
    #if DEBUG
        /// Tests let the machine sleep for so long.
        package var pretendedSleep: Duration = .zero
    #endif
    @exclusivity(unchecked) private var nowMilliseconds: UInt64
    // Instants come last: whatever stands behind one has to be looked for.
    @exclusivity(unchecked) private var cachedNow: Instant
    let epoch: Instant
    /// The loop's beginning on a clock that stands still while the machine sleeps.
    let wakingEpoch: SuspendingClock.Instant

    init() {
        uv = .allocate(capacity: 1)
        prepare = .allocate(capacity: 1)
        check = .allocate(capacity: 1)
        async = .allocate(capacity: 1)
        idle = .allocate(capacity: 1)
        timer = .allocate(capacity: 1)
        gate = .allocate(capacity: 1)
        uv_sem_init(gate, 0)
        readBuffer = .allocate(byteCount: Self.readBufferSize, alignment: 64)
        uv_loop_init(uv)
        pollHandles = PollHandles(loop: uv)
        epoch = .now
        wakingEpoch = .now
        epochMilliseconds = uv_now(uv)
        nowMilliseconds = epochMilliseconds
        cachedNow = epoch
        deadlines = DeadlineQueue(now: epoch)
        let me = Unmanaged.passUnretained(self).toOpaque()
        uv_prepare_init(uv, prepare)
        uv_check_init(uv, check)
        uv_async_init(uv, async, onAsync)
        uv_idle_init(uv, idle)
        uv_timer_init(uv, timer)
        prepare.pointee.data = me
        check.pointee.data = me
        async.pointee.data = me
        idle.pointee.data = me
        timer.pointee.data = me
        uv_prepare_start(prepare, onPrepare)
        uv_check_start(check, onCheck)
    }

    deinit {
        outboundMemory.deallocate()
        prepare.deallocate()
        check.deallocate()
        async.deallocate()
        idle.deallocate()
        timer.deallocate()
        uv_sem_destroy(gate)
        gate.deallocate()
        uv.deallocate()
        readBuffer.deallocate()
    }

    /// The time, as of the beginning of this turn.
    package var now: Instant {
        let milliseconds = uv_now(uv)
        if milliseconds != nowMilliseconds {
            nowMilliseconds = milliseconds
            cachedNow = epoch + .milliseconds(Int64(milliseconds - epochMilliseconds))
        }
        return cachedNow
    }

    /// A new id.
    package func makeID() -> RandomID { RandomID(using: &random) }

    // MARK: The thread

    /// Makes the thread.
    ///
    /// It does nothing before ``adopt(by:)``.
    func start() -> uv_thread_t {
        _ = signal(SIGPIPE, SIG_IGN)
        uv_thread_create(&threadID, onThread, Unmanaged.passRetained(self).toOpaque())
        return threadID
    }

    /// Lets the thread go.
    func adopt(by loop: EventLoop) {
        owner = loop
        _ = Unmanaged.passRetained(loop)
        uv_sem_post(gate)
    }

    func runUntilStopped() {
        uv_sem_wait(gate)
        let loop = Unmanaged<EventLoop>.passUnretained(self.loop)
        uv_run(uv, UV_RUN_DEFAULT)
        loop.takeUnretainedValue().stop { round in
            runJobs()
            flush()
            // What was opened meanwhile is closed like the rest.
            stop()
            uv_run(uv, UV_RUN_DEFAULT)
            return jobs.isEmpty || round >= Self.roundsAfterStop
        }
        // Its owners go here, where the queue is not being changed any more.
        _ = deadlines.removeAll()
        let status = uv_loop_close(uv)
        precondition(status == 0, "an event loop ended with open handles")
        ended = []
        loop.takeUnretainedValue().didStop(leaving: jobs)
        jobs = []
        loop.release()
    }

    /// How often a loop that stops runs jobs that make new ones.
    private static let roundsAfterStop = 8

    /// Closes every handle, and takes back what nobody has begun to look up; the loop's run ends when nothing is left.
    func stop() {
        if !isStopping {
            isStopping = true
            let told = atStop
            atStop = [:]
            for tell in told.values { tell() }
            pollHandles.closeAll()
        }
        for lookup in Array(lookups.values) { lookup.cancel() }
        uv_walk(uv, onWalkToClose, nil)
    }

    func join() {
        uv_thread_join(&threadID)
    }

    /// Runs what other threads handed in, if anything was.
    ///
    /// Called where the system tells of something: it may be what somebody did behind what he handed in, and comes behind.
    @inline(__always)
    func drainInboxInFront() {
        Uncounted(loop).use { if $0.hasMail.load(ordering: .acquiring) { $0.drainInbox() } }
    }

    func wakeFromAnyThread() {
        uv_async_send(async)
    }

    // MARK: Jobs

    func enqueue(_ job: UnownedJob) {
        jobs.append(job)
    }

    /// Runs what the turn made ready, flushes what it wrote, and asks for another turn if jobs are left.
    func endTurn() {
        runJobs()
        flush()
        if !jobs.isEmpty { uv_async_send(async) }
        armTimer()
    }

    private func runJobs() {
        var ran = 0
        while !jobs.isEmpty, ran < Self.jobsPerTurn {
            swap(&jobs, &runningJobs)
            for job in runningJobs { loop.run(job) }
            ran += runningJobs.count
            runningJobs.removeAll(keepingCapacity: runningJobs.count <= Self.jobsPerTurn)
        }
    }

    // MARK: Writes

    /// Has the work done once at the end of the turn, in front of the connections' writes.
    package func atEndOfTurn(_ work: any EndOfTurnWork) {
        self.work.append(work)
    }

    /// Has the connection write once at the end of the turn.
    func writesAtEndOfTurn(_ connection: TCPConnection) {
        dirty.append(Uncounted(connection))
    }

    /// Keeps what has come to its end until the turn is over.
    package func keep(untilEndOfTurn object: AnyObject) {
        ended.append(object)
    }

    private func flush() {
        while !work.isEmpty || !dirty.isEmpty || !ended.isEmpty {
            if !work.isEmpty { doWork() }
            writeAll()
            // Nobody is in the middle of one that goes now; what goes with it may have more to do.
            if work.isEmpty, dirty.isEmpty, !ended.isEmpty { letGoOfEnded() }
        }
        outboundMemory.endTurn()
    }

    private func letGoOfEnded() {
        swap(&ended, &leaving)
        leaving.removeAll(keepingCapacity: leaving.count <= 4096)
    }

    private func doWork() {
        swap(&work, &doing)
        for work in doing { work.endOfTurn() }
        doing.removeAll(keepingCapacity: doing.count <= 4096)
    }

    private func writeAll() {
        swap(&dirty, &flushing)
        for index in flushing.indices {
            // While the system is busy with this one's bytes, the next one comes into the cache.
            if index + 1 < flushing.count { sio_prefetch(flushing[index + 1].address) }
            flushing[index].use { $0.endOfTurn() }
        }
        flushing.removeAll(keepingCapacity: flushing.count <= 4096)
    }

    // MARK: Deadlines

    /// Sets or moves the owner's deadline; nil clears it.
    package func set(_ deadline: Deadline, of owner: some DeadlineOwner, to instant: Instant?) {
        deadlines.set(deadline, of: owner, to: instant)
    }

    /// The same.
    package func set(_ deadline: Deadline, of owner: some DeadlineOwner, toMoment moment: Moment?) {
        deadlines.set(deadline, of: owner, toMoment: moment)
    }

    /// Sets or moves the deadline of an owner that has none most of the time, and needs no memory for it then.
    ///
    /// It is made when it is first set; nil clears it and lets it go.
    package func set(_ deadline: inout Deadline?, of owner: some DeadlineOwner, to instant: Instant?) {
        if let set = deadline {
            deadlines.set(set, of: owner, to: instant)
            if instant == nil { deadline = nil }
        } else if let instant {
            let made = Deadline()
            deadline = made
            deadlines.set(made, of: owner, to: instant)
        }
    }

    /// Deadlines are due.
    ///
    /// They are looked at behind the sockets: a loop that is late must not blame its peers, whose answers may be
    /// waiting to be read.
    func deadlinesAreDue() {
        isDue = true
        // Keeps the turn from waiting for sockets.
        uv_idle_start(idle, onIdle)
    }

    /// Calls the owners of what is due, once the sockets were read.
    func fireDeadlines() {
        guard isDue else { return }
        isDue = false
        uv_idle_stop(idle)
        timerTick = nil
        let now = self.now
        for deadline in deadlines.takeDue(now: now) { deadline.fire(now: now)?.deadlineReached(now: now) }
    }

    private func armTimer() {
        guard let atLeast = deadlines.nextTickAtLeast else {
            if timerTick != nil { uv_timer_stop(timer) }
            timerTick = nil
            return
        }
        // A timer that fires too early costs one look; only an earlier deadline must set it anew.
        if let timerTick, timerTick <= atLeast { return }
        guard let next = deadlines.nextTick() else { return }
        if let timerTick, timerTick <= next { return }
        timerTick = next
        let due = next * DeadlineQueue.tickMilliseconds
        uv_timer_start(timer, onTimer, UInt64(max(0, due - Int(uv_now(uv) - epochMilliseconds))), 0)
    }
}

/// Something that saves what it does for the end of the turn.
package protocol EndOfTurnWork: AnyObject {
    func endOfTurn()
}

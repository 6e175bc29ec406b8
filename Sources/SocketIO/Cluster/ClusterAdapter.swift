import SIOJSON
import SIONet
import Synchronization

/// The adapter of a server in a cluster: drives a ``ClusterMachine`` over a transport.
final class ClusterAdapter: Adapter {
    /// Who waits for the answers to a request.
    private enum Waiting {
        case task(CheckedContinuation<ClusterAnswers, Never>)
        case collector(AcknowledgementCollector)
    }

    private struct State {
        var machine: ClusterMachine
        var waiting: [UInt64: Waiting] = [:]
        /// When the timer calls.
        var armed: ContinuousClock.Instant?
    }

    let local: LocalSockets
    let configuration: ClusterConfiguration
    private let member: ClusterMember
    private let transport: any ClusterTransport
    private let state: Mutex<State>
    private let timer: LoopBound<ClusterTimer>
    private let isStarted = Atomic<Bool>(false)

    init(
        local: LocalSockets, configuration: ClusterConfiguration,
        connect: (ClusterMember) -> any ClusterTransport
    ) {
        self.local = local
        self.configuration = configuration
        let digits = String(UInt64.random(in: 0...(.max)), radix: 16)
        let id = String(repeating: "0", count: 16 - digits.count) + digits
        let machine = ClusterMachine(id: id, namespace: local.namespace, configuration: configuration)
        state = Mutex(State(machine: machine))
        let loop = local.home
        timer = LoopBound(ClusterTimer(loop: loop), to: loop)
        member = ClusterMember(id: id, namespace: local.namespace, seat: ClusterMember.Seat())
        transport = connect(member)
        member.seat.take(self)
        // Not here: whoever makes a namespace holds a lock, and others' answers may call the application.
        loop.post { [weak self] in self?.start() }
    }

    /// Joins the cluster, once: at the first use, or in the loop's next turn.
    private func start() {
        guard !isStarted.exchange(true, ordering: .relaxed) else { return }
        step { $0.start(now: $1) }
    }

    // MARK: The machine

    /// Has the machine do something, and does what follows from it.
    private func step(_ body: (inout ClusterMachine, ContinuousClock.Instant) -> [ClusterMachine.Action]) {
        let (actions, deadline) = state.withLock { state in
            let actions = body(&state.machine, .now)
            // In the lock, so that what is heard keeps its order; none of it calls back.
            for action in actions { note(action, &state) }
            return (actions, earlierDeadline(&state))
        }
        if let deadline { arm(deadline) }
        for action in actions {
            switch action {
            case .publish(let body): send(body)
            case .carryOut(let body, let sender): carryOut(body, from: sender)
            case .progress, .settled: break
            }
        }
    }

    private func note(_ action: ClusterMachine.Action, _ state: inout State) {
        switch action {
        case .publish, .carryOut:
            break
        case .progress(let number, let progress):
            guard case .collector(let collector) = state.waiting[number] else { return }
            switch progress {
            case .clients(let count): collector.addClients(count)
            case .answered(let answer): collector.answered(answer)
            case .left(let count): collector.left(count)
            case .heardFromAll: collector.expectClients(0)
            }
        case .settled(let number, let answers):
            switch state.waiting.removeValue(forKey: number) {
            case .task(let continuation): continuation.resume(returning: answers)
            case .collector(let collector):
                // Its owner keeps the time.
                if answers.end != .complete, answers.end != .timedOut { collector.giveUp() }
            case nil: break
            }
        }
    }

    /// The machine's deadline, if it is before the timer's.
    private func earlierDeadline(_ state: inout State) -> ContinuousClock.Instant? {
        guard let deadline = state.machine.deadline, deadline < state.armed ?? deadline + .nanoseconds(1) else {
            return nil
        }
        state.armed = deadline
        return deadline
    }

    private func arm(_ deadline: ContinuousClock.Instant) {
        timer.loop.run { [timer, weak self] in
            if let self { timer.value.set(for: self, to: deadline) }
        }
    }

    func deadlineReached() {
        state.withLock { $0.armed = nil }
        step { $0.deadlineReached(now: $1) }
    }

    /// Publishes a message, unless the adapter is closed.
    func publish(_ body: ClusterMessage.Body) {
        start()
        if state.withLock({ $0.machine.published(now: .now) }) { send(body) }
    }

    private func send(_ body: ClusterMessage.Body) {
        transport.publish(ClusterMessage(sender: member.id, namespace: local.namespace, body: body))
    }

    func respond(_ body: ClusterMessage.Body, to server: String) {
        transport.publish(ClusterMessage(sender: member.id, namespace: local.namespace, body: body), to: server)
    }

    func receive(_ message: ClusterMessage) {
        step { $0.receive(message, now: $1) }
    }

    func report(_ error: any Error) {
        local.report(error)
    }

    // MARK: Requests

    /// The number of other servers, where the transport has to say it.
    private func others() async throws -> Int? {
        configuration.membership == .transport ? max(0, try await transport.serverCount() - 1) : nil
    }

    /// Asks all other servers, and waits until they have answered, are gone, or the time is up.
    ///
    /// - Throws: What the transport throws if it has to count the servers and cannot, ``ClusterError``, or
    ///   `CancellationError`.
    func ask(
        _ kind: ClusterAnswers.Kind, timeout: Duration?, _ body: (String) -> ClusterMessage.Body
    ) async throws -> ClusterAnswers {
        start()
        let others = try await others()
        let (number, id) = state.withLock { state in
            let number = state.machine.makeRequest()
            return (number, state.machine.requestID(number))
        }
        let message = body(id)
        let answers = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiting = Waiting.task(continuation)
                let beginning = begin(number, kind, others: others, timeout: timeout, waiting)
                switch beginning {
                case .waiting:
                    publish(message)
                    // The handler below is too early where the task was cancelled before there was anything to cancel.
                    if Task.isCancelled { step { machine, _ in machine.cancel(number) } }
                case .alone:
                    // A server that nobody knows yet may hear it.
                    if kind == .serverSideEmit { publish(message) }
                    continuation.resume(returning: ClusterAnswers())
                case .refused(let end):
                    var answers = ClusterAnswers()
                    answers.end = end
                    continuation.resume(returning: answers)
                }
            }
        } onCancel: {
            step { machine, _ in machine.cancel(number) }
        }
        switch answers.end {
        case .complete, .timedOut, .overLimit: return answers
        case .refused: throw ClusterError(.tooManyRequests)
        case .cancelled: throw CancellationError()
        case .closed: throw ClusterError(.closed)
        }
    }

    private func begin(
        _ number: UInt64, _ kind: ClusterAnswers.Kind, others: Int?, timeout: Duration?, _ waiting: Waiting
    ) -> ClusterMachine.Beginning {
        let (beginning, deadline) = state.withLock { state in
            let beginning = state.machine.begin(
                number, kind, others: others, timeout: timeout ?? configuration.requestTimeout, now: .now)
            if beginning == .waiting { state.waiting[number] = waiting }
            return (beginning, earlierDeadline(&state))
        }
        if let deadline { arm(deadline) }
        return beginning
    }

    func broadcast(
        _ packet: EventPacket, to options: BroadcastOptions, collecting collector: AcknowledgementCollector
    ) {
        guard !options.local else { return local.broadcast(packet, to: options, collecting: collector) }
        start()
        // The other servers are one party.
        collector.expectServers(1)
        let (number, id) = state.withLock { state in
            let number = state.machine.makeRequest()
            return (number, state.machine.requestID(number))
        }
        let beginning = begin(number, .broadcast, others: nil, timeout: options.timeout, .collector(collector))
        // One that is refused is as if no other server answered.
        if beginning == .alone { collector.expectClients(0) }
        publish(.broadcast(packet, options, request: id))
        if beginning == .waiting, configuration.membership == .transport {
            Task {
                do {
                    guard let others = try await self.others() else { return }
                    step { machine, _ in machine.expect(others, answersTo: number) }
                } catch {
                    report(error)
                }
            }
        }
        local.broadcast(packet, to: options, collecting: collector)
    }

    func serverCount() async throws -> Int {
        start()
        if let others = try await others() { return others + 1 }
        return state.withLock { $0.machine.serverCount }
    }

    // MARK: The end

    func close() async {
        timer.loop.run { [timer] in timer.value.clear() }
        step { $0.close(now: $1) }
        await transport.close()
    }
}

import SIOEvents
import SIOJSON
import SIONet
import SocketIOClient
import Synchronization

/// Real clients that load a server: each event asks for an acknowledgement, and the time until it comes is measured.
final class BenchRun: Sendable {
    /// The connections that are opened at the same time.
    static let maxOpening = 64
    /// The events of one connection that may wait for their acknowledgements where a rate is kept.
    static let maxWaiting = 1000
    /// An event that leaves this much later than it was due is timed from when it was due.
    static let toleratedDelay: Duration = .milliseconds(5)

    private let plan: BenchPlan
    private let console: Console
    private let arguments: EventArguments
    /// Each has a loop of its own, whose connections' work is done on it.
    private let groups: [EventLoopGroup]
    private let meters: [BenchMeter]

    /// A connection, and where its work is done.
    private struct Member: Sendable {
        let socket: ClientSocket
        let loop: EventLoop
        let meter: BenchMeter
        /// Its place among all of them.
        let number: Int
    }

    init(_ plan: BenchPlan, console: Console) {
        self.plan = plan
        self.console = console
        arguments = plan.arguments
        groups = EventLoopGroup.shared.loops.map { _ in EventLoopGroup(loops: 1) }
        meters = groups.map { _ in BenchMeter() }
    }

    /// Connects, sends, and leaves.
    ///
    /// - Returns: What was measured, and for how long.
    /// - Throws: ``CommandFailure`` if there is not one connection.
    func run() async throws -> (totals: BenchTotals, connected: Int, time: Duration) {
        let members = try await connect()
        let start = ContinuousClock.now
        let progress = Task { await showProgress(since: start) }
        await load(members, from: start)
        let time = ContinuousClock.now - start
        progress.cancel()
        await progress.value
        console.showProgress?("")
        for member in members { member.socket.disconnect() }
        var totals = BenchTotals()
        for meter in meters { totals.add(meter.totals) }
        return (totals, members.count, time)
    }

    // MARK: Connecting

    private func connect() async throws -> [Member] {
        var members: [Member] = []
        var firstFailure: CommandFailure?
        try await withThrowingTaskGroup(of: Result<Member, CommandFailure>.self) { group in
            func take(_ result: Result<Member, CommandFailure>?) {
                switch result {
                case .success(let member): members.append(member)
                case .failure(let failure): firstFailure = firstFailure ?? failure
                case nil: break
                }
            }
            for number in 0..<plan.connections {
                if number >= Self.maxOpening { take(try await group.next()) }
                let member = try member(number)
                group.addTask { [self] in await open(member) }
                console.showProgress?("connecting: \(members.count) of \(plan.connections)")
            }
            while let result = try await group.next() { take(result) }
        }
        console.showProgress?("")
        if members.isEmpty, let firstFailure { throw firstFailure }
        return members
    }

    private func member(_ number: Int) throws -> Member {
        let place = number % groups.count
        let socket = try plan.client.socket {
            $0.reconnection = false
            $0.loops = groups[place]
        }
        return Member(socket: socket, loop: groups[place].loops[0], meter: meters[place], number: number)
    }

    private func open(_ member: Member) async -> Result<Member, CommandFailure> {
        do {
            try await member.socket.ready(within: plan.client.timeout)
            return .success(member)
        } catch {
            let failure = explain(error, member.socket)
            member.meter.failed("connecting: \(failure)")
            return .failure(failure)
        }
    }

    private func explain(_ error: any Error, _ socket: ClientSocket) -> CommandFailure {
        if let failure = error as? ConnectFailure {
            return CommandFailure(failure, plan.client, namespace: socket.namespace)
        }
        return CommandFailure("no answer within \(plan.client.timeout.shortText)")
    }

    // MARK: Sending

    private func load(_ members: [Member], from start: ContinuousClock.Instant) async {
        let end = start + plan.duration
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [console] in
                await console.interruption()
            }
            group.addTask { [self] in
                await withDiscardingTaskGroup { workers in
                    for member in members { add(member, of: members.count, start, end, to: &workers) }
                }
            }
            // The load is at its end, or somebody does not want to wait for that.
            await group.next()
            group.cancelAll()
        }
    }

    private func add(
        _ member: Member, of count: Int, _ start: ContinuousClock.Instant, _ end: ContinuousClock.Instant,
        to workers: inout DiscardingTaskGroup
    ) {
        switch plan.pace {
        case .inFlight(let inFlight):
            for _ in 0..<inFlight {
                workers.addTask(executorPreference: member.loop) { [self] in
                    while !Task.isCancelled, member.socket.connected {
                        let now = ContinuousClock.now
                        guard now < end else { return }
                        await ask(member, since: now)
                    }
                }
            }
        case .rate(let rate):
            let interval = Duration.seconds(Double(count) / rate)
            let first = start + interval * (Double(member.number) / Double(count))
            workers.addTask(executorPreference: member.loop) { [self] in
                await keepRate(member, from: first, every: interval, until: end)
            }
        }
    }

    private func keepRate(
        _ member: Member, from first: ContinuousClock.Instant, every interval: Duration,
        until end: ContinuousClock.Instant
    ) async {
        let waiting = WaitingCount()
        await withDiscardingTaskGroup { group in
            var due = first
            while due < end, member.socket.connected, !Task.isCancelled {
                let now = ContinuousClock.now
                if now < due || waiting.value.load(ordering: .relaxed) >= Self.maxWaiting {
                    let time = max(due, now + .milliseconds(1))
                    guard (try? await Task.sleep(until: time, tolerance: .zero)) != nil else { return }
                    continue
                }
                let since = now - due > Self.toleratedDelay ? due : now
                due += interval
                waiting.value.add(1, ordering: .relaxed)
                group.addTask(executorPreference: member.loop) { [self] in
                    await ask(member, since: since)
                    waiting.value.subtract(1, ordering: .relaxed)
                }
            }
        }
    }

    private func ask(_ member: Member, since start: ContinuousClock.Instant) async {
        do {
            let _: RawJSON? = try await member.socket.emitWithAck(plan.event, arguments: arguments)
            member.meter.acknowledged(after: ContinuousClock.now - start)
        } catch is CancellationError {
            // Somebody does not want to wait for it.
        } catch {
            member.meter.failed("\(error)")
        }
    }

    // MARK: Progress

    private func showProgress(since start: ContinuousClock.Instant) async {
        guard let show = console.showProgress else { return }
        while (try? await Task.sleep(for: .milliseconds(200))) != nil {
            let counts = meters.map(\.counts)
            let time = ContinuousClock.now - start
            show(
                BenchReport.progress(
                    time / plan.duration, acknowledged: counts.reduce(0) { $0 + $1.acknowledged },
                    errors: counts.reduce(0) { $0 + $1.errors }, time: time))
        }
    }
}

/// The events of a connection that wait for their acknowledgements.
private final class WaitingCount: Sendable {
    let value = Atomic<Int>(0)
}

import SocketIOTesting
import Testing

@testable import SocketIOProtocol

@Suite struct ManagerMachineTests {
    private typealias Instant = ContinuousClock.Instant

    /// A machine with its clock, whose actions are read as words.
    private struct Manager {
        var machine: ManagerMachine<String>
        var clock = VirtualClock()
        var generator = SeededGenerator(seed: 1)

        init(_ change: (inout ManagerOptions) -> Void = { _ in }) {
            var options = ManagerOptions()
            // So that delays are 1, 2, 4, 5, 5 … seconds.
            options.randomizationFactor = 0
            change(&options)
            machine = ManagerMachine(options: options)
        }

        mutating func actions() -> [String] {
            var words: [String] = []
            while let action = machine.nextAction() {
                switch action {
                case .openEngine(let number): words.append("open \(number)")
                case .closeEngine(let number): words.append("close \(number)")
                case .opened: words.append("opened")
                case .failed(let failure): words.append("failed: \(word(failure))")
                case .closed(let reason, let failure):
                    words.append("closed: \(reason)" + (failure.map { ", \($0)" } ?? ""))
                case .reconnectAttempt(let attempt): words.append("attempt \(attempt)")
                case .reconnectError(let failure): words.append("error: \(word(failure))")
                case .reconnectFailed: words.append("reconnection failed")
                case .reconnected(let attempt): words.append("reconnected \(attempt)")
                }
            }
            return words
        }

        private func word(_ failure: ManagerMachine<String>.OpeningFailure) -> String {
            switch failure {
            case .timedOut: "timeout"
            case .engine(let failure): failure
            }
        }

        mutating func open() { machine.open(now: clock.now) }

        mutating func sockets(_ count: Int) { machine.socketsChanged(active: count, now: clock.now) }

        mutating func engineClosed(_ number: Int, _ reason: DisconnectReason = .transportClose) {
            machine.engineClosed(number, reason, "why", now: clock.now, using: &generator)
        }

        mutating func giveUp(_ number: Int) {
            machine.giveUp(number, .parseError, "why", now: clock.now, using: &generator)
        }

        /// Lets time go by to the deadline.
        ///
        /// - Returns: The milliseconds that went by; nil if there is no deadline.
        mutating func wait() -> Int64? {
            guard let deadline = machine.deadline else { return nil }
            let milliseconds = Int64((deadline - clock.now) / .milliseconds(1))
            clock.advance(to: deadline - .nanoseconds(1))
            machine.deadlineReached(now: clock.now, using: &generator)
            #expect(machine.deadline == deadline, "an early call is harmless")
            clock.advance(to: deadline)
            machine.deadlineReached(now: clock.now, using: &generator)
            return milliseconds
        }
    }

    private func opened(_ change: (inout ManagerOptions) -> Void = { _ in }) -> Manager {
        var manager = Manager(change)
        manager.open()
        manager.machine.engineOpened(1)
        #expect(manager.actions() == ["open 1", "opened"])
        return manager
    }

    @Test func `a manager opens one engine, however often it is asked to`() {
        var manager = Manager()
        #expect(manager.machine.isClosed && manager.machine.deadline == nil)
        manager.open()
        manager.open()
        #expect(manager.actions() == ["open 1"])
        manager.machine.engineOpened(1)
        manager.machine.engineOpened(1)
        manager.open()
        #expect(manager.actions() == ["opened"])
        #expect(manager.machine.isOpen && manager.machine.deadline == nil)
    }

    @Test func `a connection that is lost is opened again behind a delay`() {
        var manager = opened()
        manager.engineClosed(1, .pingTimeout)
        #expect(manager.actions() == ["closed: ping timeout, why"])
        #expect(manager.wait() == 1_000)
        #expect(manager.actions() == ["attempt 1", "open 2"])
        manager.machine.engineOpened(2)
        #expect(manager.actions() == ["opened", "reconnected 1"])
    }

    @Test func `a first connection that fails is tried again, with growing delays`() {
        var manager = Manager()
        manager.open()
        manager.engineClosed(1)
        #expect(manager.actions() == ["open 1", "failed: why"])
        for (attempt, delay) in [Int64(1_000), 2_000, 4_000, 5_000, 5_000].enumerated() {
            #expect(manager.wait() == delay)
            #expect(manager.actions() == ["attempt \(attempt + 1)", "open \(attempt + 2)"])
            manager.engineClosed(attempt + 2)
            #expect(manager.actions() == ["failed: why", "error: why"])
        }
    }

    @Test func `behind a connection that stood delays and counts begin anew`() {
        var manager = opened()
        manager.engineClosed(1)
        _ = manager.wait()
        manager.engineClosed(2)
        #expect(manager.wait() == 2_000)
        manager.machine.engineOpened(3)
        _ = manager.actions()
        manager.engineClosed(3)
        #expect(manager.wait() == 1_000)
        #expect(manager.actions().last == "open 4")
        manager.machine.engineOpened(4)
        #expect(manager.actions() == ["opened", "reconnected 1"])
    }

    @Test func `an attempt that takes too long is given up, and what becomes of it is not heard any more`() {
        var manager = Manager()
        manager.open()
        #expect(manager.wait() == 20_000)
        #expect(manager.actions() == ["open 1", "close 1", "failed: timeout"])
        manager.machine.engineOpened(1)
        manager.engineClosed(1)
        #expect(manager.actions() == [])
        #expect(manager.wait() == 1_000)
        #expect(manager.actions() == ["attempt 1", "open 2"])
        manager.engineClosed(1)
        manager.machine.engineOpened(1)
        #expect(manager.actions() == [] && !manager.machine.isOpen)
        #expect(manager.wait() == 20_000)
        #expect(manager.actions() == ["close 2", "failed: timeout", "error: timeout"])
    }

    @Test func `without a timeout an attempt may take as long as it wants`() {
        var manager = Manager { $0.timeout = nil }
        manager.open()
        #expect(manager.machine.deadline == nil)
    }

    @Test func `only so many attempts are made, and then the next wish begins anew`() {
        var manager = opened { $0.reconnectionAttempts = 2 }
        manager.engineClosed(1)
        for number in 2...3 {
            _ = manager.wait()
            _ = manager.actions()
            manager.engineClosed(number)
        }
        #expect(manager.actions() == ["failed: why", "error: why", "reconnection failed"])
        #expect(manager.machine.isClosed && manager.machine.deadline == nil)
        manager.open()
        #expect(manager.actions() == ["open 4"])
        manager.engineClosed(4)
        #expect(manager.actions() == ["failed: why"])
        #expect(manager.wait() == 1_000)
    }

    @Test func `no attempt at all may be made`() {
        var manager = opened { $0.reconnectionAttempts = 0 }
        manager.engineClosed(1)
        #expect(manager.actions() == ["closed: transport close, why", "reconnection failed"])
    }

    @Test func `without reconnection a loss is the end`() {
        var manager = opened { $0.reconnection = false }
        manager.engineClosed(1)
        #expect(manager.actions() == ["closed: transport close, why"])
        #expect(manager.machine.isClosed && manager.machine.deadline == nil)
        manager.open()
        manager.engineClosed(2)
        #expect(manager.actions() == ["open 2", "failed: why"])
        #expect(manager.machine.isClosed)
    }

    @Test(arguments: [
        (0, ["close 1", "closed: forced close"]), (1, ["close 1", "closed: forced close"]),
        (2, ["closed: forced close"]),
    ]) func `closed by hand, a manager does nothing by itself`(phase: Int, actions: [String]) {
        var manager = Manager()
        manager.open()
        if phase > 0 { manager.machine.engineOpened(1) }
        if phase > 1 { manager.engineClosed(1) }
        _ = manager.actions()
        manager.machine.close()
        manager.machine.close()
        #expect(manager.actions() == actions)
        manager.engineClosed(1)
        manager.machine.engineOpened(1)
        #expect(manager.actions() == [] && manager.machine.deadline == nil && manager.machine.isClosed)
        manager.open()
        manager.engineClosed(2)
        #expect(manager.actions() == ["open 2", "failed: why"])
        #expect(manager.wait() == 1_000)
    }

    @Test func `a wish does not shorten a delay, and haste does`() {
        var manager = opened()
        manager.machine.hurry(now: manager.clock.now)
        manager.engineClosed(1)
        _ = manager.actions()
        manager.open()
        #expect(manager.actions() == [])
        manager.machine.hurry(now: manager.clock.now)
        #expect(manager.actions() == ["attempt 1", "open 2"])
        manager.machine.hurry(now: manager.clock.now)
        #expect(manager.actions() == [])
        #expect(manager.wait() == 20_000)
    }

    @Test func `the first active socket opens the connection, and the last one closes it`() {
        var manager = Manager()
        manager.sockets(0)
        #expect(manager.actions() == [])
        manager.sockets(1)
        manager.sockets(2)
        #expect(manager.actions() == ["open 1"])
        manager.sockets(1)
        #expect(manager.actions() == [])
        manager.sockets(0)
        #expect(manager.actions() == ["close 1", "closed: forced close"])
        manager.sockets(1)
        #expect(manager.actions() == ["open 2"])
    }

    @Test func `a connection that was opened by hand stays without sockets`() {
        var manager = opened()
        manager.sockets(0)
        #expect(manager.actions() == [] && manager.machine.isOpen)
    }

    @Test func `closed by hand under active sockets, a manager opens for the next one`() {
        var manager = Manager()
        manager.sockets(1)
        manager.machine.close()
        _ = manager.actions()
        manager.sockets(1)
        #expect(manager.actions() == [])
        manager.sockets(2)
        #expect(manager.actions() == ["open 2"])
    }

    @Test func `an engine that the driver cannot go on with is closed, and another opened`() {
        var manager = opened()
        manager.giveUp(7)
        #expect(manager.actions() == [])
        manager.giveUp(1)
        manager.giveUp(1)
        #expect(manager.actions() == ["close 1", "closed: parse error, why"])
        manager.engineClosed(1, .forcedClose)
        #expect(manager.actions() == [])
        #expect(manager.wait() == 1_000)
        manager.giveUp(2)
        #expect(manager.actions() == ["attempt 1", "open 2"])
    }

    @Test func `options may be changed at any time, and hold from the next delay on`() {
        var manager = opened()
        manager.engineClosed(1)
        manager.machine.options.reconnectionDelay = .milliseconds(10)
        manager.machine.options.reconnectionDelayMax = .milliseconds(30)
        manager.machine.options.timeout = .milliseconds(7)
        #expect(manager.wait() == 1_000)
        #expect(manager.wait() == 7)
        #expect(manager.wait() == 20)
        #expect(manager.wait() == 7)
        #expect(manager.wait() == 30)
        manager.machine.options.randomizationFactor = 1
        #expect(manager.wait() == 7)
        #expect(manager.wait().map { $0 <= 30 } == true)
        _ = manager.actions()
        manager.machine.options.reconnectionAttempts = 3
        #expect(manager.wait() == 7)
        #expect(manager.actions().last == "reconnection failed")
    }

    @Test func `reconnection that is switched off ends the wait for an attempt, and not an attempt`() {
        var manager = opened()
        manager.machine.options.reconnection = false
        manager.machine.options.reconnection = true
        manager.engineClosed(1)
        _ = manager.actions()
        manager.machine.options.reconnection = false
        #expect(manager.actions() == ["reconnection failed"])
        #expect(manager.machine.deadline == nil && manager.machine.isClosed)

        manager = opened()
        manager.engineClosed(1)
        _ = manager.wait()
        _ = manager.actions()
        manager.machine.options.reconnection = false
        #expect(manager.actions() == [] && !manager.machine.isClosed)
        manager.engineClosed(2)
        #expect(manager.actions() == ["failed: why", "error: why", "reconnection failed"])
    }
}

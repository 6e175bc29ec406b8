import Foundation
import SocketIOClient
import Synchronization

/// Clients that go on sending while somebody kills, stops and cuts off the server.
///
/// Those named `careful` send each number until it is acknowledged, in order; those named `plain` ask once. What was acknowledged is
/// written to a file, as the server does with what it got: whoever compares the two sees whether a promise was broken.
struct Chaos {
    /// What a client has asked and not yet heard about.
    private static let window = 32
    /// How long everything may take to be settled when nothing is done to the server any more.
    private static let patience = Duration.seconds(30)

    private let options: Options
    private let duration: Duration
    private let file: String

    init(_ options: Options, _ duration: Duration, acknowledged file: String) {
        self.options = options
        self.duration = duration
        self.file = file
    }

    /// - Returns: Whether everything was settled, and no careful client was told that something was lost.
    func run() async throws -> Bool {
        // Each is a connection of its own, on a transport of its own.
        let transports = [Options.Transport.polling, .websocket, .upgrade]
        let parties = try transports.flatMap { transport in
            try [true, false].map { try Party(options, transport, isCareful: $0) }
        }
        let end = ContinuousClock.now + duration
        let watchdog = Task.detached { [duration] in
            try await Task.sleep(for: duration + Self.patience)
            for party in parties { print("FAIL  \(party)") }
            print("FAIL  something still waits \(Self.patience) after the end")
            exit(1)
        }
        await withTaskGroup(of: Void.self) { group in
            for party in parties { group.addTask { await party.run(until: end, window: Self.window) } }
        }
        watchdog.cancel()
        for party in parties { await party.close() }
        let lines = parties.flatMap { party in party.acknowledged.map { "\(party.name) \($0)\n" } }
        try Data(lines.joined().utf8).write(to: URL(filePath: file))
        var isFine = true
        for party in parties {
            print("\(party.isFine ? "ok   " : "FAIL ") \(party)")
            isFine = isFine && party.isFine
        }
        return isFine
    }
}

/// One client, and what became of what it sent.
private final class Party: Sendable, CustomStringConvertible {
    let name: String
    private let isCareful: Bool
    private let socket: ClientSocket
    private let counts = Mutex(Counts())

    private struct Counts {
        var asked = 0
        var acknowledged: [Int] = []
        var failures: [String: Int] = [:]
        var connections = 0
    }

    init(_ options: Options, _ transport: Options.Transport, isCareful: Bool) throws {
        self.isCareful = isCareful
        name = "\(isCareful ? "careful" : "plain")-\(transport.rawValue)"
        var manager = try options.manager()
        manager.transports = transport.transports
        // A server that does not answer is tried again soon.
        manager.timeout = .seconds(2)
        var configuration = ClientSocket.Configuration()
        configuration.ackTimeout = .milliseconds(700)
        if isCareful { configuration.retries = 1_000_000 }
        socket = try Manager(options.url, manager).socket("/", configuration)
        socket.on(.connect) { [weak self] in self?.counts.withLock { $0.connections += 1 } }
    }

    var acknowledged: [Int] { counts.withLock { $0.acknowledged } }

    /// Whether all is settled, and as it was promised.
    var isFine: Bool {
        counts.withLock { counts in
            let failures = counts.failures.values.reduce(0, +)
            guard counts.acknowledged.count + failures == counts.asked else { return false }
            // Tasks that wait are resumed beside each other: what order there was is seen in the server's notes alone.
            return !isCareful || (counts.asked > 0 && counts.acknowledged.sorted() == Array(0..<counts.asked))
        }
    }

    var description: String {
        counts.withLock {
            "\(name): \($0.asked) asked, \($0.acknowledged.count) acknowledged, \($0.connections) connections, \($0.failures)"
        }
    }

    func run(until end: ContinuousClock.Instant, window: Int) async {
        socket.connect()
        await withTaskGroup(of: Void.self) { group in
            var number = 0
            while ContinuousClock.now < end {
                if number >= window { await group.next() }
                // At once, so that the order of the numbers is the order of the questions.
                group.addImmediateTask { [number] in await self.ask(number) }
                number += 1
                try? await Task.sleep(for: .milliseconds(2))
            }
        }
    }

    private func ask(_ number: Int) async {
        counts.withLock { $0.asked += 1 }
        do {
            let _: JSONValue? = try await socket.emitWithAck("note", name, number)
            counts.withLock { $0.acknowledged.append(number) }
        } catch {
            counts.withLock { $0.failures["\(error)", default: 0] += 1 }
        }
    }

    func close() async {
        await socket.close()
    }
}

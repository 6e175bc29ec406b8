import Foundation
import SocketIOClient
import Synchronization

/// Many clients in one process, each with a connection of its own, and what one weighs.
struct Hold {
    /// The connections that are made at a time.
    private static let window = 200

    private let options: Options
    private let count: Int
    private let duration: Duration

    private struct Tally: ~Copyable, Sendable {
        let pings = Atomic<Int>(0)
        let losses = Atomic<Int>(0)
    }

    private final class Shared: Sendable {
        let tally = Tally()
    }

    init(_ options: Options, _ count: Int, _ duration: Duration) {
        self.options = options
        self.count = count
        self.duration = duration
    }

    /// - Returns: Whether all clients were connected all the time, and can still be talked to.
    func run() async throws -> Bool {
        let shared = Shared()
        let configuration = try options.manager()
        // What the first one brings along is not what one weighs.
        let first = try Manager(options.url, configuration).socket()
        try await first.ready()
        let before = try Self.residentKiB()
        let began = ContinuousClock.now
        let sockets = try await withThrowingTaskGroup(of: ClientSocket.self) { [options, count] group in
            var sockets: [ClientSocket] = []
            for number in 0..<count {
                if number >= Self.window, let socket = try await group.next() { sockets.append(socket) }
                group.addTask {
                    let manager = try Manager(options.url, configuration)
                    let socket = manager.socket()
                    manager.on(.ping) { shared.tally.pings.add(1, ordering: .relaxed) }
                    socket.on(.disconnect) { _ in shared.tally.losses.add(1, ordering: .relaxed) }
                    try await socket.ready()
                    return socket
                }
            }
            for try await socket in group { sockets.append(socket) }
            return sockets
        }
        print("\(sockets.count) clients connected in \(Self.milliseconds(.now - began)) ms")
        try await Task.sleep(for: duration)
        let after = try Self.residentKiB()
        let kibibytes = Double(after - before) / Double(count)
        print(
            "memory: \(before) KiB with one client, \(after) KiB with \(count) more:",
            String(format: "%.1f KiB a client", kibibytes))
        let losses = shared.tally.losses.load(ordering: .relaxed)
        print("\(shared.tally.pings.load(ordering: .relaxed)) heartbeats, \(losses) connections lost")
        var answered = 0
        for number in stride(from: 0, to: sockets.count, by: max(1, sockets.count / 100)) {
            let reply: Int = try await sockets[number].emitWithAck("message-with-ack", number)
            if reply == number { answered += 1 }
        }
        print("\(answered) of those asked answered")
        return losses == 0 && sockets.allSatisfy(\.connected)
    }

    private static func milliseconds(_ duration: Duration) -> Int { Int(duration / .milliseconds(1)) }

    /// What the process has in memory.
    private static func residentKiB() throws -> Int {
        let status = try String(contentsOf: URL(filePath: "/proc/self/status"), encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard let text = line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first, let number = Int(text)
        else {
            throw Failure("the system does not say what is resident")
        }
        return number
    }
}

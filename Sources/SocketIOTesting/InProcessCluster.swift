import SIOJSON
public import SocketIO
import Synchronization

/// Several servers in one process that are a cluster: for tests, ours and yours.
///
/// ```swift
/// let cluster = InProcessCluster()
/// let one = Server(.init(adapter: cluster.adapter(of: "one")))
/// let two = Server(.init(adapter: cluster.adapter(of: "two")))
/// try one.emit("hello")    // clients of both servers get it
/// ```
///
/// Messages travel as bytes, as they would over a network. Unless it is told otherwise, they arrive at once, in order; the
/// network can also delay them, lose them, or cut a server off, and does so alike for each seed.
public final class InProcessCluster: Sendable {
    /// A server's seat in one namespace.
    private struct Seat: Sendable {
        let server: String
        let member: ClusterMember
    }

    private struct State {
        var network: ClusterNetwork<RawJSON>
        var seats: [Int: Seat] = [:]
        var lastSeat = 0
        var isDelivering = false
        /// When somebody wakes up to deliver.
        var wakes: ContinuousClock.Instant?
    }

    private let state: Mutex<State>

    /// A cluster without servers.
    ///
    /// - Parameter seed: What delays and losses follow from.
    public init(seed: UInt64 = 0) {
        state = Mutex(State(network: ClusterNetwork(seed: seed)))
    }

    /// Makes the adapters of a server.
    ///
    /// - Parameters:
    ///   - server: A name for ``cut(_:)``.
    ///   - configuration: How servers find out about each other, and how long they wait.
    /// - Returns: What `Server.Configuration.adapter` wants.
    public func adapter(
        of server: String, _ configuration: ClusterConfiguration = ClusterConfiguration()
    ) -> AdapterFactory {
        .cluster(configuration) { member in
            let number = self.state.withLock { state in
                state.lastSeat += 1
                state.seats[state.lastSeat] = Seat(server: server, member: member)
                return state.lastSeat
            }
            return Transport(cluster: self, seat: number)
        }
    }

    // MARK: The network

    /// Sets the time that messages take.
    public func delay(_ latency: ClosedRange<Duration>) {
        state.withLock { $0.network.latency = latency }
    }

    /// Sets the part of all messages that is lost, 0…1.
    public func lose(_ part: Double) {
        precondition((0...1).contains(part), "no part of a whole")
        state.withLock { $0.network.loss = part }
    }

    /// Cuts a server off from all others; what is on its way is lost.
    public func cut(_ server: String) {
        state.withLock { state in
            for (number, seat) in state.seats where seat.server == server { state.network.cut(number) }
        }
    }

    /// Joins a server that was cut off to the others again.
    public func mend(_ server: String) {
        state.withLock { state in
            for (number, seat) in state.seats where seat.server == server { state.network.mend(number) }
        }
    }

    // MARK: Messages

    fileprivate func send(_ message: ClusterMessage, from seat: Int, to server: String?) {
        let bytes: RawJSON
        do {
            bytes = try RawJSON(encoding: message)
        } catch {
            return state.withLock { $0.seats[seat]?.member }?.report(error) ?? ()
        }
        state.withLock { state in
            // In an order that is the same in each run.
            for number in state.seats.keys.sorted() where number != seat {
                guard let other = state.seats[number]?.member, other.namespace == message.namespace,
                    server == nil || server == other.id
                else { continue }
                state.network.send(bytes, from: seat, to: number, now: .now)
            }
        }
        deliver()
    }

    /// Delivers what has arrived, unless somebody does so already.
    private func deliver() {
        guard
            state.withLock({ state in
                defer { state.isDelivering = true }
                return !state.isDelivering
            })
        else { return }
        while let (member, message) = next() { member.receive(encoded: message) }
    }

    private func next() -> (ClusterMember, RawJSON)? {
        state.withLock { state in
            while let parcel = state.network.take(now: .now) {
                if let member = state.seats[parcel.to]?.member { return (member, parcel.message) }
            }
            state.isDelivering = false
            if let due = state.network.nextDue, due < state.wakes ?? due + .nanoseconds(1) {
                state.wakes = due
                Task {
                    try await Task.sleep(until: due)
                    self.state.withLock { $0.wakes = nil }
                    self.deliver()
                }
            }
            return nil
        }
    }

    fileprivate func leave(_ seat: Int) {
        state.withLock { _ = $0.seats.removeValue(forKey: seat) }
    }

    private struct Transport: ClusterTransport {
        let cluster: InProcessCluster
        let seat: Int

        func publish(_ message: ClusterMessage) {
            cluster.send(message, from: seat, to: nil)
        }

        func publish(_ response: ClusterMessage, to server: String) {
            cluster.send(response, from: seat, to: server)
        }

        func serverCount() async throws -> Int {
            cluster.state.withLock { state in
                let namespace = state.seats[seat]?.member.namespace
                return state.seats.values.count { $0.member.namespace == namespace }
            }
        }

        func close() async {
            cluster.leave(seat)
        }
    }
}

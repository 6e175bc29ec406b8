public import SIOJSON
import Synchronization

/// Carries a cluster's messages between its servers, for one namespace: Redis, a broker, a socket.
///
/// ``AdapterFactory/cluster(_:connect:)`` makes an adapter of it. A transport hands each message that arrives to its
/// ``ClusterMember``, in order, and need not know what it says. Its calls come from any thread, and may not wait for the
/// network; what cannot be sent is reported (``ClusterMember/report(_:)``) and lost.
public protocol ClusterTransport: Sendable {
    /// Sends a message to all other servers.
    ///
    /// It does no harm if it comes back to this one.
    func publish(_ message: ClusterMessage)

    /// Sends an answer to one server.
    ///
    /// It does no harm if others get it, too.
    ///
    /// - Parameters:
    ///   - response: The answer.
    ///   - server: The id of the server that asked.
    func publish(_ response: ClusterMessage, to server: String)

    /// The number of servers, this one among them.
    ///
    /// It is asked only where ``ClusterConfiguration/membership`` says that the transport knows.
    func serverCount() async throws -> Int

    /// The namespace is no longer used: nothing is published any more, and nothing is wanted.
    func close() async
}

extension ClusterTransport {
    /// This server alone, for transports that need not know.
    public func serverCount() async throws -> Int { 1 }

    /// Does nothing.
    public func close() async {}
}

/// A server's seat in a cluster, for one namespace: what its transport hands messages to.
public struct ClusterMember: Sendable {
    /// The server's id: 16 hexadecimal digits, new for each server and namespace.
    public let id: String
    /// The namespace's name.
    public let namespace: String
    let seat: Seat

    /// Where the adapter sits once it is made; it is not held.
    final class Seat: Sendable {
        private struct Holder {
            weak var adapter: ClusterAdapter?
        }

        private let holder = Mutex(Holder())

        func take(_ adapter: ClusterAdapter) {
            holder.withLock { $0.adapter = adapter }
        }

        var adapter: ClusterAdapter? { holder.withLock { $0.adapter } }
    }

    /// A message has arrived.
    ///
    /// Messages of this server itself and of other namespaces are passed over. It may be called from any thread; what is
    /// called one after the other is carried out in that order.
    public func receive(_ message: ClusterMessage) {
        seat.adapter?.receive(message)
    }

    /// A message has arrived in the reference's JSON form.
    ///
    /// What is no message is reported and dropped. How large a message may be is the transport's to say.
    public func receive(encoded message: RawJSON) {
        do {
            receive(try message.decode(ClusterMessage.self))
        } catch {
            report(ClusterError(.malformedMessage, detail: "\(error)"))
        }
    }

    /// Reports that something went wrong to ``Server/onError(_:)``.
    public func report(_ error: any Error) {
        seat.adapter?.report(error)
    }
}

extension AdapterFactory {
    /// An adapter for a cluster of servers that a transport connects.
    ///
    /// ```swift
    /// let io = Server(.init(adapter: .cluster { member in MyTransport(delivering: member) }))
    /// ```
    ///
    /// - Parameters:
    ///   - configuration: How servers find out about each other, and how long they wait.
    ///   - connect: Makes the transport of a namespace, once for each.
    /// - Returns: What ``Server/Configuration/adapter`` wants.
    public static func cluster(
        _ configuration: ClusterConfiguration = ClusterConfiguration(),
        connect: @escaping @Sendable (ClusterMember) -> any ClusterTransport
    ) -> AdapterFactory {
        AdapterFactory { ClusterAdapter(local: $0, configuration: configuration, connect: connect) }
    }
}

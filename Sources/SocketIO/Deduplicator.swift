import SIOBytes
import SIONet
import Synchronization

/// Does each piece of work once, however often it is asked for: what a client sends again is answered again, not done again.
///
/// Clients that retry (`retries`) may send a packet whose answer was lost a second time. Let it carry an id:
///
/// ```swift
/// let orders = Deduplicator<String, Receipt>()
///
/// socket.on("order") { (id: String, order: Order) in
///     try await orders.once(id) { try await shop.place(order) }
/// }
/// ```
///
/// One that is asked for while it is being done waits for the same answer. What throws was not done, and may be tried again.
public final class Deduplicator<ID: Hashable & Sendable, Reply: Sendable>: Sendable {
    private enum Entry {
        case running(Task<Reply, any Error>)
        case done(Reply)
    }

    private struct State {
        var entries: [ID: Entry] = [:]
        /// Those that are done, the oldest first.
        var order = Queue<ID>()
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// Nothing is done yet.
    ///
    /// - Parameter capacity: The answers that are remembered; beyond, the oldest are forgotten.
    public init(capacity: Int = 10_000) {
        precondition(capacity > 0, "a memory that remembers nothing")
        self.capacity = capacity
    }

    /// The answers that are remembered.
    public var count: Int { state.withLock { $0.order.count } }

    /// Does the work, unless it was done for this id before.
    ///
    /// - Parameters:
    ///   - id: What names the work.
    ///   - work: What is to be done once; it goes on if this caller's task is cancelled, for others may want its answer.
    /// - Returns: The answer, of now or of before.
    /// - Throws: What the work throws; `CancellationError`.
    public func once(_ id: ID, _ work: @escaping @Sendable () async throws -> Reply) async throws -> Reply {
        let entry = state.withLock { state -> Entry in
            if let entry = state.entries[id] { return entry }
            let entry = Entry.running(Task { try await self.run(id, work) })
            state.entries[id] = entry
            return entry
        }
        switch entry {
        case .done(let reply): return reply
        case .running(let task): return try await task.value
        }
    }

    private func run(_ id: ID, _ work: @Sendable () async throws -> Reply) async throws -> Reply {
        do {
            let reply = try await work()
            // Answers are the application's: what is forgotten is released behind the lock.
            state.letGo { remember(reply, of: id, &$0) }
            return reply
        } catch {
            state.withLock { $0.entries[id] = nil }
            throw error
        }
    }

    /// Remembers an answer, and forgets the oldest one, if there are too many.
    private func remember(_ reply: Reply, of id: ID, _ state: inout State) -> (ID, Entry?)? {
        state.entries[id] = .done(reply)
        state.order.append(id)
        guard state.order.count > capacity, let oldest = state.order.popFirst() else { return nil }
        return (oldest, state.entries.removeValue(forKey: oldest))
    }
}

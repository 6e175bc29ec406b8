/// One kind of what happens to a connection itself.
///
/// For example `.connect` or `.disconnect`.
public struct Lifecycle<Change: Sendable, Value: Sendable>: Sendable {
    /// What a change of this kind tells; nil for another.
    let value: @Sendable (Change) -> Value?
}

/// A handler for what happens to a connection: a token to take it off again.
public struct LifecycleListener: Sendable {
    let remove: @Sendable () -> Void

    /// Takes the handler off.
    public func off() {
        remove()
    }
}

/// The handlers for what happens to one connection, in the order in which they were added.
struct LifecycleHandlers<Change: Sendable> {
    /// Says whether the change was of the handler's kind.
    typealias Body = @Sendable (Change) throws -> Bool

    private struct Entry {
        let number: UInt64
        let isOnce: Bool
        let body: Body
    }

    private var entries: [Entry]

    init() { self.init(entries: []) }

    private init(entries: [Entry]) { self.entries = entries }

    mutating func add(_ number: UInt64, once: Bool, _ body: @escaping Body) {
        entries.append(Entry(number: number, isOnce: once, body: body))
    }

    /// - Returns: What was taken off, to go when the caller's access has ended: see `take(where:)`.
    @discardableResult
    mutating func remove(_ number: UInt64) -> Self {
        Self(entries: entries.take { $0.number == number })
    }

    /// Calls the handlers as they are now.
    ///
    /// - Parameters:
    ///   - change: What has happened.
    ///   - report: Told what a handler throws.
    /// - Returns: The handlers that are to be taken off, because they wanted one change only.
    func call(_ change: Change, _ report: (any Error) -> Void) -> [UInt64] {
        var done: [UInt64] = []
        for entry in entries {
            do {
                if try entry.body(change), entry.isOnce { done.append(entry.number) }
            } catch {
                if entry.isOnce { done.append(entry.number) }
                report(error)
            }
        }
        return done
    }
}

extension Lifecycle {
    /// A handler of this kind as one of any.
    func handling(_ body: @escaping @Sendable (Value) throws -> Void) -> LifecycleHandlers<Change>.Body {
        { change in
            guard let value = value(change) else { return false }
            try body(value)
            return true
        }
    }
}

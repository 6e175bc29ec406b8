/// A value that few of very many objects have: it lives in memory of its own.
///
/// Without a value it takes one word, however large the value would be. It is a value all the same: copies are
/// independent of each other.
@usableFromInline
package struct Apart<Value> {
    // An array without elements needs no memory, and one with an element is changed in place.
    @usableFromInline var storage: ContiguousArray<Value> = []

    /// No value.
    @inlinable
    package init() {}

    /// No value, or one.
    @inlinable
    package init(_ value: Value?) {
        if let value { storage.append(value) }
    }

    /// Whether there is no value.
    @inlinable
    package var isEmpty: Bool { storage.isEmpty }

    /// The value, copied.
    @inlinable
    package var value: Value? { storage.isEmpty ? nil : storage[0] }

    /// Lets the body look at the value where it is; nil if there is none.
    @inlinable
    @inline(__always)
    package func read<Result>(_ body: (borrowing Value) -> Result?) -> Result? {
        storage.isEmpty ? nil : body(storage[0])
    }

    /// Lets the body change the value where it is; nil if there is none.
    @inlinable
    @inline(__always)
    @discardableResult
    package mutating func change<Result>(_ body: (inout Value) -> Result) -> Result? {
        storage.isEmpty ? nil : body(&storage[0])
    }

    /// Gives up the value, and its memory.
    @inlinable
    package mutating func clear() {
        storage = []
    }
}

extension Apart: Sendable where Value: Sendable {}

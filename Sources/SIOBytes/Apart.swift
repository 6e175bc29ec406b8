/// A property that is nil in most of very many objects: its value lives in memory of its own.
///
/// Without a value it takes one word, however large the value would be. It is a value all the same: copies are
/// independent of each other.
@propertyWrapper
package struct Apart<Value> {
    // An array without elements needs no memory, and one with an element is changed in place.
    @usableFromInline var storage: ContiguousArray<Value> = []

    @inlinable
    package init(wrappedValue: Value?) {
        if let wrappedValue { storage.append(wrappedValue) }
    }

    /// The value; setting nil gives its memory back.
    @inlinable
    package var wrappedValue: Value? {
        get { storage.first }
        _modify {
            // Taken out for the time of the change, so that nothing in it is copied.
            var value = storage.popLast()
            defer {
                if let value { storage.append(value) } else { storage = [] }
            }
            yield &value
        }
    }

    /// Whether there is a value.
    ///
    /// Asking copies nothing of it.
    @inlinable
    package var projectedValue: Bool { !storage.isEmpty }
}

extension Apart: Sendable where Value: Sendable {}

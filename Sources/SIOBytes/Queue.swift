/// Elements that wait, first in, first out: taking the first does not move the others.
@usableFromInline
package struct Queue<Element> {
    /// The elements, behind ``head`` places that are empty.
    @usableFromInline var storage: ContiguousArray<Element?> = []
    @usableFromInline var head = 0
    /// The elements that an empty queue keeps memory for, and the empty places in front that are worth moving the others.
    @usableFromInline static var slack: Int { 64 }

    /// A queue that nothing waits in.
    @inlinable
    package init() {}

    @inlinable
    package var count: Int { storage.count - head }

    @inlinable
    package var isEmpty: Bool { head == storage.count }

    /// The element at a place, 0 being the first one's.
    @inlinable
    package subscript(place: Int) -> Element {
        get {
            guard let element = storage[head + place] else { preconditionFailure("a place in front of a queue") }
            return element
        }
        set { storage[head + place] = newValue }
    }

    @inlinable
    package mutating func append(_ element: Element) {
        storage.append(element)
    }

    /// Takes the first element out, if there is one.
    @inlinable
    package mutating func popFirst() -> Element? {
        guard !isEmpty, let element = storage[head].take() else { return nil }
        head += 1
        if isEmpty {
            storage.removeAll(keepingCapacity: storage.capacity <= Self.slack)
            head = 0
        } else if head >= Self.slack, head * 2 >= storage.count {
            storage.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Takes out the element at a place, and has the others move up.
    @inlinable
    package mutating func remove(at place: Int) -> Element {
        let element = self[place]
        storage.remove(at: head + place)
        return element
    }

    /// Takes all elements out, in order.
    @inlinable
    package mutating func removeAll() -> [Element] {
        defer {
            storage = []
            head = 0
        }
        return storage[head...].compactMap { $0 }
    }
}

extension Queue: Sendable where Element: Sendable {}

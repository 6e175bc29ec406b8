import SIOBytes

/// All of a socket's listeners: those of an event by its name, and in front of them those of every event.
@usableFromInline
package struct Listeners: ~Copyable {
    @usableFromInline package var named = ListenerTable()
    @usableFromInline package var any = ListenerTable()

    package init() {}

    /// The same listeners, to be walked along while these are changed.
    package func copy() -> Listeners {
        var copy = Listeners()
        copy.named = named
        copy.any = any
        return copy
    }

    package mutating func add(_ listener: consuming ListenerTable.Entry) {
        if listener.event == nil { any.add(listener) } else { named.add(listener) }
    }

    /// Calls the body with each listener to an event: first with those of every event.
    ///
    /// They have to stay as they are meanwhile: where handlers may change them, a copy is walked.
    @inlinable
    @inline(__always)
    package func forEach(of event: borrowing IncomingEvent, _ body: (ListenerTable.Entry) -> Void) {
        if !any.isEmpty { any.forEach(body) }
        named.forEach(of: event, body)
    }

    // Each hands back what was taken off, which has to go when the caller's access to this value has ended: see
    // `take(where:)`.

    package mutating func remove(_ number: UInt32) -> Taken {
        take { $0.number == number }
    }

    /// Takes off all listeners of an event; nil: those of every event.
    package mutating func removeAll(of event: String?) -> Taken {
        guard let event else { return take { $0.event == nil } }
        let name = unsafe event.utf8Span.span.bytes
        return take { $0.isTo(name) }
    }

    package mutating func removeAll() -> Taken {
        var taken: Taken = ([], [])
        swap(&taken.named, &named.entries)
        swap(&taken.any, &any.entries)
        return taken
    }

    /// Takes off all listeners of events by their names.
    package mutating func removeNamed() -> Taken {
        take { $0.event != nil }
    }

    /// Takes off those that are not to outlive the source's end.
    package mutating func removeThoseUntilEnd() -> Taken {
        take { $0.options.contains(.untilEnd) }
    }

    /// Listeners that were taken off, and maybe some that were not.
    package typealias Taken = (named: ContiguousArray<ListenerTable.Entry>, any: ContiguousArray<ListenerTable.Entry>)

    private mutating func take(where isMeant: (ListenerTable.Entry) -> Bool) -> Taken {
        (named.entries.take(where: isMeant), any.entries.take(where: isMeant))
    }
}

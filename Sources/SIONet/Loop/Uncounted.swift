/// A reference that is not counted, for what every message passes: to retain and release costs as much as to decode one.
///
/// On a loop the counted references point one way, from the connection down to the sockets: connection, channel, session,
/// client, socket. Those back up are of this type. What is further down is told, on the loop's thread, before what is
/// further up goes; where such a reference is kept, it is said who keeps the object alive.
@safe
@usableFromInline
package struct Uncounted<Object: AnyObject> {
    @usableFromInline let reference: Unmanaged<Object>

    @inlinable
    package init(_ object: Object) {
        unsafe reference = .passUnretained(object)
    }

    /// The object, counted: for what may be its end.
    @inlinable
    package var object: Object { unsafe reference.takeUnretainedValue() }

    /// Where the object lies: to have it brought into the cache, not to look at it.
    @inlinable
    package var address: UnsafeRawPointer { UnsafeRawPointer(unsafe reference.toOpaque()) }

    /// Lets the body use the object, which outlives the body.
    @inlinable
    @inline(__always)
    package func use<Result>(_ body: (Object) throws -> Result) rethrows -> Result {
        try unsafe reference._withUnsafeGuaranteedRef { try body($0) }
    }
}

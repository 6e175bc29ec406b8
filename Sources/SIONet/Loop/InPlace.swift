/// A value that is used where it lies, for what every message passes: what it refers to is not counted meanwhile.
///
/// It cannot be copied, so whoever uses it borrows it. While that may happen nobody replaces it: an object whose end comes in the
/// middle is kept until the end of the turn (``LoopCore/keep(untilEndOfTurn:)``), and what takes its place waits until then, or it is
/// changed behind the use.
@usableFromInline
package struct InPlace<Value>: ~Copyable {
    @usableFromInline package var value: Value

    @inlinable
    package init(_ value: Value) {
        self.value = value
    }
}

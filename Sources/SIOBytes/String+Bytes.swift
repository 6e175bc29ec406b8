extension String {
    /// Lets the body see the text's UTF-8 bytes.
    ///
    /// That is what `utf8Span` is for, too, but to ask for it is a call into the standard library, which costs as much as
    /// copying a short text.
    @inlinable
    @inline(__always)
    package func withUTF8Bytes<Result>(_ body: (RawSpan) -> Result) -> Result {
        let result = unsafe utf8.withContiguousStorageIfAvailable { unsafe body(RawSpan(_unsafeElements: $0)) }
        // Only where strings may be another system's do their bytes not lie together.
        guard let result else { return unsafe body(utf8Span.span.bytes) }
        return result
    }
}

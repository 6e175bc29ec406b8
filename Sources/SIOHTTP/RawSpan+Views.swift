extension [UInt8] {
    /// The array's bytes, where they lie.
    var rawSpan: RawSpan {
        @_lifetime(borrow self)
        borrowing get { unsafe span.bytes }
    }
}

extension String {
    /// The text's UTF-8, where it lies.
    var rawSpan: RawSpan {
        @_lifetime(borrow self)
        borrowing get { unsafe utf8Span.span.bytes }
    }
}

/// How values become JSON where there is a choice.
package struct JSONEncodingOptions: Sendable {
    /// What a NaN or an infinity becomes.
    package enum NonFiniteNumbers: Sendable {
        /// An `EncodingError`.
        case refused
        /// `null`, as `JSON.stringify` writes.
        case null
    }

    package var nonFiniteNumbers = NonFiniteNumbers.refused

    /// Values inside one another, each call of `encode(to:)` counted; more of them are an `EncodingError`.
    package var depth = JSONLimits().depth

    package init() {}
}

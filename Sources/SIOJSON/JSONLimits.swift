/// What JSON may cost us, whoever wrote it.
package struct JSONLimits: Sendable {
    /// Arrays and objects inside one another, the outermost counted; deeper documents and values are refused.
    ///
    /// `Codable` recurses once or twice for each, so this bounds the stack that a peer can make us use.
    package var depth = 512

    /// Bytes of one document.
    package var documentBytes = 256 << 20

    /// Bytes of text that a parser keeps room for from one document to the next; a dozen times that in all.
    package var retainedBytes = 256 << 10

    package init() {}
}

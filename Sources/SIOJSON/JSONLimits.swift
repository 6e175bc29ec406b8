/// What JSON may cost us, whoever wrote it.
package struct JSONLimits: Sendable {
    /// Arrays and objects inside one another, the outermost counted; deeper documents and values are refused. (An empty
    /// array or object in the innermost is let through.)
    ///
    /// `Codable` recurses for each, through three to six functions, so this bounds the stack that a peer can make us
    /// use: to less than half a megabyte, all that some platforms give a thread, when compiled with optimisation.
    package var depth = 256

    /// Bytes of one document.
    package var documentBytes = 256 << 20

    /// Bytes of text that a parser keeps room for from one document to the next; a dozen times that in all.
    package var retainedBytes = 256 << 10

    package init() {}

    /// Those of texts that are our own: an encoder's values may hold texts as deep as a peer's.
    package static var deep: JSONLimits {
        var limits = JSONLimits()
        limits.depth *= 4
        return limits
    }
}

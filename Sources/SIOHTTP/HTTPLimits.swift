/// How much of what a peer sends is taken.
package struct HTTPLimits: Sendable {
    /// The bytes of a request line or status line, without its line ending; beyond: 414.
    package var maxRequestLine = 8 * 1024
    /// The bytes of all header fields together, line endings included; of all trailer fields too; beyond: 431.
    package var maxHeaderBytes = 16 * 1024
    /// The number of header fields; of trailer fields too; beyond: 431.
    package var maxHeaderCount = 100
    /// The bytes of a body without chunked coding, unless the driver chooses for the request; beyond: 413.
    package var maxBodySize = 1_000_000
    /// The bytes of one line with a chunk's size and extensions, without its line ending; beyond: 400.
    package var maxChunkLine = 256
    /// The bytes of all chunk extensions of one body together; beyond: 400.
    package var maxChunkExtensions = 4 * 1024
    /// The number of 1xx responses in front of a final one.
    package var maxInformationalResponses = 16

    /// The items of a query that are read.
    package static let maxQueryItems = 1000

    package init() {}
}

public import SIOJSON

/// Thrown by a middleware to refuse a connection: the client gets `connect_error` with the message and the data.
public struct ConnectError: Error, Sendable {
    /// What the client's error says.
    public let message: String
    /// What the client's error carries as its `data`.
    public let data: RawJSON?

    /// An error without data.
    public init(_ message: String) {
        self.message = message
        data = nil
    }

    /// An error with data.
    ///
    /// - Parameters:
    ///   - message: What the client's error says.
    ///   - data: Any value that can be encoded; one that cannot is left out.
    public init(_ message: String, data: some Encodable) {
        self.message = message
        self.data = try? RawJSON(encoding: data)
    }
}

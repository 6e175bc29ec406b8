/// Why an acknowledgement did not come.
public struct AcknowledgementError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable {
        package let text: String

        /// The peer did not answer in time.
        public static let timedOut = Code(text: "operation has timed out")
        /// Too many questions wait behind each other to be asked again and again; see ``Emitting/retries(_:)``.
        public static let tooManyWaiting = Code(text: "too many packets wait for their turn")
        /// The event was ``Emitting/volatile`` and could not leave at once.
        public static let dropped = Code(text: "the packet was dropped")
        /// The peer left, or was not connected, or what asked was given up before it could leave.
        public static let disconnected = Code(text: "socket has been disconnected")
    }

    /// The kind of failure.
    public let code: Code
    /// The reference's words for it.
    public var description: String { code.text }

    package init(_ code: Code) {
        self.code = code
    }
}

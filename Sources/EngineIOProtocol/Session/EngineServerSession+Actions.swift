/// What the machine answers.
extension EngineServerSession {
    /// What the driver has to do.
    package enum Action: Equatable, Sendable {
        /// Answer the held GET with 200 and this payload.
        case respondPoll([UInt8])
        /// Give up the POST whose body is still arriving: close its connection without an answer.
        case abortPost
        /// Write a text message on the WebSocket.
        case writeText([UInt8])
        /// Write a binary message on the WebSocket.
        case writeBinary([UInt8])
        /// Close the WebSocket, behind what was written on it.
        case closeWebSocket
        /// The client tries a WebSocket.
        case upgrading
        /// The session is on the WebSocket now.
        case upgraded
        /// The session is over; it is the last action. Forget it, so that its id is unknown from here on.
        case closed(EngineDisconnectReason, EngineFault?)
    }

    /// What became of a message that was sent.
    @usableFromInline
    package enum SendAction: Equatable, Sendable {
        /// Write it on the WebSocket now: the data with a `4` in front as a text, or the data as a binary message.
        case write
        /// It was copied, and waits for a GET or for the end of an upgrade.
        case buffered
        /// It was not taken: a limit of ``EngineLimits`` is reached.
        case overflow
        /// It was not taken: the session is closing or closed.
        case closed
    }

    /// What became of a WebSocket message that was received.
    @usableFromInline
    package enum ReceiveAction: Equatable, Sendable {
        /// It is a message: of a text all but the first byte, of a binary message all bytes.
        case message
        /// It is a binary message behind the byte of its type: all bytes but the first (EIO3).
        case messageBehindType
        /// It is a binary message that came as text, in base64.
        case binary([UInt8])
        /// It was for this machine.
        case none
    }
}

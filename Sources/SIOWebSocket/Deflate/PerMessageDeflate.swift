/// How the messages of WebSockets are compressed, with clients that want it too (permessage-deflate, RFC 7692).
///
/// It costs processor time and memory: where messages are small or already compressed, it is better left off. A side that
/// keeps its context from message to message (a "takeover") compresses better, and needs memory for each connection:
/// some 256 KiB for what it sends, given back when nothing was sent for a while, and up to the size of the peer's window
/// for what it receives.
public struct PerMessageDeflate: Sendable, Hashable {
    /// The bytes that a message needs to be worth compressing; one of fewer is sent as it is.
    public var threshold = 1024
    /// The size of the server's window, as a power of two: 8…15 for 256 bytes to 32 KiB.
    public var serverMaxWindowBits = 15
    /// The size of the client's window, as a power of two: 8…15 for 256 bytes to 32 KiB.
    ///
    /// A server asks a client that cannot keep to it to take over no context, which bounds the memory as well.
    public var clientMaxWindowBits = 15
    /// Whether the server compresses each message by itself.
    public var serverNoContextTakeover = false
    /// Whether the client compresses each message by itself.
    public var clientNoContextTakeover = false
    /// How hard this side tries, from 1 (fast) to 9 (small).
    public var level = 6
    /// The memory that this side compresses with, as a power of two: 1…9, where 8 means 128 KiB besides the window.
    public var memLevel = 8

    /// The defaults of the reference, which are those of RFC 7692: all windows of 32 KiB, and contexts are kept.
    public init() {}

    /// Traps if a field has a value that means nothing: a mistake of the caller's, found before a peer comes.
    package func check() {
        precondition(threshold >= 0, "a threshold below zero")
        precondition(
            DeflateParameters.windowBits.contains(serverMaxWindowBits)
                && DeflateParameters.windowBits.contains(clientMaxWindowBits),
            "window bits are 8…15"
        )
        precondition((1...9).contains(level) && (1...9).contains(memLevel), "level and memLevel are 1…9")
    }
}

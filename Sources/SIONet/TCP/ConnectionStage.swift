/// A protocol's place on a connection: it takes bytes, and is told how they end.
package protocol ConnectionStage: AnyObject {
    /// Takes what it can of the window, and says how many of its bytes that were.
    ///
    /// The rest comes again, with more behind it, or goes to the stage that this one made its successor.
    func received(_ window: inout MutableRawSpan) -> Int

    /// The length of what stands unread at the front, once it is complete: so many bytes may be kept for it.
    var bytesWanted: Int { get }

    /// How many messages, whole or in parts, the last window was: what it cost.
    var messageCount: Int { get }

    /// The peer will send nothing more; it may still read.
    func receivedEnd()

    /// All that was written has been handed to the system.
    func drained()

    /// The system took some of what was written, and will say when it takes more.
    func progressed()

    /// The connection is gone, and nothing comes after this.
    func closed()
}

extension ConnectionStage {
    package var bytesWanted: Int { 0 }
    package var messageCount: Int { 1 }
    package func drained() {}
    package func progressed() {}
}

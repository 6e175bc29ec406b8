/// What a peer may make this side keep.
package struct WebSocketLimits: Equatable, Sendable {
    /// The bytes a message may have, all its fragments together; beyond it, 1009.
    package var maxMessageSize: Int

    /// The payload bytes a single data frame may have; beyond it, 1009.
    ///
    /// Control frames are not counted: they never have more than 125.
    package var maxFrameSize: Int

    /// The frames a message may be cut into, empty ones included; beyond it, 1008.
    package var maxFragments: Int

    /// The bytes that a fragment counts for at least, against ``maxMessageSize``.
    ///
    /// A message counts for its bytes, or for this much a fragment if that is more: so a message of exactly the
    /// permitted size is welcome however a browser cuts it, and a flood of tiny fragments ends early.
    package var fragmentOverhead: Int

    package init(
        maxMessageSize: Int = 1_000_000,
        maxFrameSize: Int = 1_000_000,
        maxFragments: Int = 16_384,
        fragmentOverhead: Int = 16
    ) {
        precondition(maxMessageSize >= 0 && maxFrameSize >= 0 && maxFragments >= 1, "a limit that nothing can meet")
        precondition((0...65_536).contains(fragmentOverhead), "a fragment's overhead is 0…65536 bytes")
        self.maxMessageSize = maxMessageSize
        self.maxFrameSize = maxFrameSize
        self.maxFragments = maxFragments
        self.fragmentOverhead = fragmentOverhead
    }
}

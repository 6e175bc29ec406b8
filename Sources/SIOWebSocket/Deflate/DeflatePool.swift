/// What an event loop's connections share to compress and decompress with.
///
/// Whatever nobody has used between two calls of ``sweep()`` is given back: so an idle loop holds nothing, and an idle
/// connection nothing but its peer's window.
package final class DeflatePool {
    /// The connections of a loop that may have a context of their own to send with, of up to 256 KiB each.
    ///
    /// Others compress each message by itself, as a side may at any time.
    package static let maxContexts = 256
    /// The most memory that the scratch keeps between two messages, in bytes.
    private static let scratchLimit = 64 * 1024

    private struct Shared {
        var deflater: Deflater
        var isUsed = true
    }

    private var shared: [Deflater.Settings: Shared] = [:]
    private var contexts: [ObjectIdentifier: DeflateContext] = [:]
    private var sharedInflater: Inflater?
    private var isInflaterUsed = false
    /// Two, for a message that is answered while it is read.
    private var scratch: [[UInt8]] = []

    package init() {}

    /// Whether nothing is held.
    package var isEmpty: Bool {
        shared.isEmpty && contexts.isEmpty && sharedInflater == nil && scratch.isEmpty
    }

    /// The connections that have a context of their own.
    package var contextsCount: Int { contexts.count }

    /// The decompressor of all connections.
    package var inflater: Inflater {
        isInflaterUsed = true
        if let sharedInflater { return sharedInflater }
        let inflater = Inflater()
        sharedInflater = inflater
        return inflater
    }

    /// A compressor without a context, for one message or body.
    package func deflater(_ settings: Deflater.Settings) -> Deflater {
        if let deflater = shared[settings]?.deflater {
            shared[settings]?.isUsed = true
            deflater.reset()
            return deflater
        }
        let deflater = Deflater(settings)
        shared[settings] = Shared(deflater: deflater)
        return deflater
    }

    /// The compressor of a connection, with its context.
    ///
    /// - Returns: Nil if too many connections have one.
    func deflater(of context: DeflateContext, _ settings: Deflater.Settings) -> Deflater? {
        context.isUsed = true
        if let deflater = context.deflater {
            if context.isStale { deflater.reset() }
            context.isStale = false
            return deflater
        }
        guard contexts.count < Self.maxContexts else { return nil }
        let deflater = Deflater(settings)
        context.deflater = deflater
        context.isStale = false
        contexts[ObjectIdentifier(context)] = context
        return deflater
    }

    /// Gives back what a connection holds; it may come again.
    func release(_ context: DeflateContext) {
        context.deflater = nil
        contexts[ObjectIdentifier(context)] = nil
    }

    /// Gives back what was not used since the last call.
    package func sweep() {
        for context in Array(contexts.values) where !context.takeUse() { release(context) }
        for (settings, each) in shared {
            if each.isUsed { shared[settings]?.isUsed = false } else { shared[settings] = nil }
        }
        if !isInflaterUsed {
            sharedInflater = nil
            scratch = []
        }
        isInflaterUsed = false
    }

    // MARK: Scratch

    /// An empty array, with room from the last time.
    ///
    /// Taken out, so that nobody else can find it in use; ``giveBack(_:)`` brings it home.
    package func takeScratch() -> [UInt8] {
        scratch.popLast() ?? []
    }

    package func giveBack(_ used: inout [UInt8]) {
        if scratch.count < 2, used.capacity <= Self.scratchLimit {
            used.removeAll(keepingCapacity: true)
            scratch.append(used)
        }
        used = []
    }
}

/// What a connection sends with, if it may refer to its earlier messages.
///
/// It can vanish at any time: the next message then refers to nothing, which the receiver does not notice.
final class DeflateContext {
    fileprivate var deflater: Deflater?
    /// Whether a message went out that ``deflater`` does not know of.
    var isStale = false
    fileprivate var isUsed = false

    fileprivate func takeUse() -> Bool {
        defer { isUsed = false }
        return isUsed
    }
}

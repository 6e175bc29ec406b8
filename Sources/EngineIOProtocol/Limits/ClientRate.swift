/// What one client sends, against what it may: messages a second, and bytes a second.
package struct ClientRate: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// What a client may send; nil is no limit.
    package struct Limits: Equatable, Sendable {
        /// Messages: of Engine.IO, and whatever else a WebSocket brings, each part of a message too.
        package var messages: RateLimit?
        /// Bytes of messages.
        package var bytes: RateLimit?

        package init(messages: RateLimit? = nil, bytes: RateLimit? = nil) {
            self.messages = messages
            self.bytes = bytes
        }

        package var isNone: Bool { messages == nil && bytes == nil }
    }

    /// A limit that was crossed.
    package enum Excess: Equatable, Sendable {
        /// Too many messages, with what may come in a second.
        case messages(RateLimit)
        /// Too many bytes, with what may come in a second.
        case bytes(RateLimit)
    }

    private let limits: Limits
    private var messages: TokenBucket?
    private var bytes: TokenBucket?

    package init(_ limits: Limits, now: Instant) {
        self.limits = limits
        messages = limits.messages.map { TokenBucket($0, now: now) }
        bytes = limits.bytes.map { TokenBucket($0, now: now) }
    }

    /// Counts what has come.
    ///
    /// - Returns: The limit that it crosses, if it does.
    package mutating func received(messages count: Int, bytes byteCount: Int, now: Instant) -> Excess? {
        var excess: Excess?
        if let limit = limits.bytes, bytes?.take(Double(byteCount), of: limit, now: now) == false {
            excess = .bytes(limit)
        }
        if let limit = limits.messages, messages?.take(Double(count), of: limit, now: now) == false {
            excess = .messages(limit)
        }
        return excess
    }

    /// When what came too much is made up for: an instant that has passed if nothing is.
    package func settled(now: Instant) -> Instant {
        var instant = now
        if let limit = limits.messages, let messages { instant = max(instant, messages.instant(of: limit)) }
        if let limit = limits.bytes, let bytes { instant = max(instant, bytes.instant(of: limit)) }
        return instant
    }
}

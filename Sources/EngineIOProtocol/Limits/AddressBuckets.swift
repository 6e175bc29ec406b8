/// A token bucket for each address, for so many addresses at most, at O(1) a question.
///
/// Addresses are kept in two generations: when the younger one is full it becomes the older, and what was the older is
/// forgotten. Who is forgotten begins with a full bucket again: that takes as many other addresses as are kept, each of
/// which has a full bucket anyway.
package struct AddressBuckets: Sendable {
    /// Who is counted as one: an IPv4 address, or a network of IPv6 (its first 64 bits, of which one host has all).
    package struct Network: Hashable, Sendable {
        private let bits: UInt64
        private let isIPv6: Bool

        package init(_ bits: UInt64, isIPv6: Bool) {
            self.bits = bits
            self.isIPv6 = isIPv6
        }
    }

    private let limit: RateLimit
    private let generationSize: Int
    private var young: [Network: TokenBucket] = [:]
    private var old: [Network: TokenBucket] = [:]

    /// Buckets of a limit.
    ///
    /// - Parameters:
    ///   - limit: What each address may do.
    ///   - capacity: The addresses that are kept, at least 2.
    package init(_ limit: RateLimit, capacity: Int) {
        precondition(capacity >= 2, "too few addresses to tell one from another")
        self.limit = limit
        generationSize = capacity / 2
    }

    /// The number of addresses that are kept.
    package var count: Int { young.count + old.count }

    /// Takes one from an address's bucket.
    ///
    /// - Returns: Nil if it was there, else how long the address has to wait for it.
    package mutating func take(_ network: Network, now: TokenBucket.Instant) -> Duration? {
        var bucket = young[network] ?? old.removeValue(forKey: network) ?? TokenBucket(limit, now: now)
        let isThere = bucket.takeIfThere(of: limit, now: now)
        if young.count == generationSize, young[network] == nil {
            old = young
            young = [:]
        }
        young[network] = bucket
        return isThere ? nil : bucket.instant(of: limit, owing: 1) - now
    }
}

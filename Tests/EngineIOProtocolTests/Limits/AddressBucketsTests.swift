import Testing

@testable import EngineIOProtocol

@Suite struct AddressBucketsTests {
    private typealias Network = AddressBuckets.Network
    private let limit = RateLimit(perSecond: 1, burst: 2)

    @Test func `each address has its own bucket`() {
        var buckets = AddressBuckets(limit, capacity: 10)
        func take(_ network: Network, _ time: Duration = .zero) -> Duration? {
            buckets.take(network, now: start + time)
        }
        let (one, other) = (Network(1, isIPv6: false), Network(2, isIPv6: false))
        for _ in 0..<2 { #expect(take(one) == nil) }
        #expect(take(one) != nil)
        #expect(take(other) == nil)
        // The same bits are another address in the other family.
        #expect(take(Network(1, isIPv6: true)) == nil)
    }

    @Test func `who is refused is told how long to wait, and that is enough`() throws {
        var buckets = AddressBuckets(limit, capacity: 10)
        func take(_ network: Network, _ time: Duration = .zero) -> Duration? {
            buckets.take(network, now: start + time)
        }
        let one = Network(1, isIPv6: false)
        for _ in 0..<2 { _ = buckets.take(one, now: start) }
        let wait = try #require(take(one))
        #expect(wait >= .seconds(1) && wait < .milliseconds(1001))
        #expect(take(one, wait) == nil)
    }

    @Test(arguments: [2, 3, 10, 1000])
    func `never are more addresses kept than the capacity says`(capacity: Int) {
        var buckets = AddressBuckets(limit, capacity: capacity)
        func take(_ network: Network, _ time: Duration = .zero) -> Duration? {
            buckets.take(network, now: start + time)
        }
        for address in 0..<UInt64(capacity * 5) {
            #expect(take(Network(address, isIPv6: false)) == nil)
            #expect(buckets.count <= capacity)
        }
    }

    @Test func `an address that comes on and on is not forgotten for those that come once`() {
        var buckets = AddressBuckets(limit, capacity: 10)
        func take(_ network: Network, _ time: Duration = .zero) -> Duration? {
            buckets.take(network, now: start + time)
        }
        let one = Network(.max, isIPv6: false)
        for _ in 0..<2 { _ = buckets.take(one, now: start) }
        for address in 0..<UInt64(100) {
            _ = take(Network(address, isIPv6: false))
            #expect(take(one) != nil)
        }
    }

    @Test func `who is forgotten begins anew`() {
        var buckets = AddressBuckets(limit, capacity: 4)
        func take(_ network: Network, _ time: Duration = .zero) -> Duration? {
            buckets.take(network, now: start + time)
        }
        let one = Network(.max, isIPv6: false)
        for _ in 0..<2 { _ = buckets.take(one, now: start) }
        for address in 0..<UInt64(4) { _ = buckets.take(Network(address, isIPv6: false), now: start) }
        #expect(take(one) == nil)
    }
}

import SocketIOTesting
import TestSupport
import Testing

@Suite struct ClusterNetworkTests {
    private let start = ContinuousClock.now

    private func takeAll(_ network: inout ClusterNetwork<Int>, _ now: ContinuousClock.Instant) -> [Int] {
        var all: [Int] = []
        while let (_, _, message) = network.take(now: now) { all.append(message) }
        return all
    }

    @Test func `at first everything arrives at once, in order`() {
        var network = ClusterNetwork<Int>(seed: 1)
        for number in 0..<10 { network.send(number, from: number % 2, to: 2, now: start) }
        #expect(takeAll(&network, start) == Array(0..<10))
        #expect(network.nextDue == nil)
    }

    @Test(arguments: 0..<20)
    func `messages are late within bounds, and keep their order on each link`(seed: Int) {
        var network = ClusterNetwork<Int>(seed: UInt64(seed))
        network.latency = .milliseconds(5) ... .milliseconds(50)
        for number in 0..<50 { network.send(number, from: number % 2, to: 2, now: start) }
        #expect(takeAll(&network, start + .milliseconds(4)) == [])
        let all = takeAll(&network, start + .milliseconds(51))
        for parity in 0...1 { #expect(all.filter { $0 % 2 == parity } == (0..<50).filter { $0 % 2 == parity }) }
    }

    @Test func `the same seed loses the same messages`() {
        func survivors(_ seed: UInt64) -> [Int] {
            var network = ClusterNetwork<Int>(seed: seed)
            network.loss = 0.5
            for number in 0..<100 { network.send(number, from: 0, to: 1, now: start) }
            return takeAll(&network, start)
        }
        #expect(survivors(1) == survivors(1))
        #expect(survivors(1) != survivors(2))
        #expect((20...80).contains(survivors(1).count))
    }

    @Test func `nothing goes to or from a server that is cut off`() {
        var network = ClusterNetwork<Int>(seed: 1)
        network.send(1, from: 0, to: 1, now: start)
        network.cut(1)
        network.send(2, from: 0, to: 1, now: start)
        network.send(3, from: 1, to: 0, now: start)
        network.send(4, from: 0, to: 2, now: start)
        network.mend(1)
        network.send(5, from: 0, to: 1, now: start)
        #expect(takeAll(&network, start) == [4, 5])
    }
}

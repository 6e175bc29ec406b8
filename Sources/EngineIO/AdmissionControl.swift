import EngineIOProtocol
import SIOHTTP
import SIONet
import Synchronization

/// Who may open a session: so many clients at a time, and so many of one address in a time.
///
/// There is none where neither is limited.
final class AdmissionControl: Sendable {
    /// Why a session is refused.
    enum Refusal: Equatable {
        case tooManyClients(Int)
        case tooFast(RateLimit, retryAfter: Duration)
        /// The server is about to close, and takes nobody any more.
        case draining
    }

    private let maxClients: Int
    private let rate: RateLimit?
    private let clients = Atomic<Int>(0)
    private let addresses: Mutex<AddressBuckets?>
    private let isDraining = Atomic<Bool>(false)

    init(_ configuration: EngineServer.Configuration) {
        maxClients = configuration.maxClients ?? .max
        precondition(maxClients >= 0, "a negative number of clients")
        rate = configuration.rateLimits.handshakesPerAddress
        addresses = Mutex(
            rate.map { AddressBuckets($0, capacity: configuration.rateLimits.maxTrackedAddresses) })
    }

    /// Lets nobody in any more.
    func drain() { isDraining.store(true, ordering: .relaxed) }

    /// Asks for a place for a new session.
    ///
    /// - Returns: Nil if there is one, which ``leave()`` gives back.
    func enter(from address: SocketAddress?, now: ContinuousClock.Instant) -> Refusal? {
        if isDraining.load(ordering: .relaxed) { return .draining }
        if let rate, let network = address?.network,
            let wait = addresses.withLock({ $0?.take(network, now: now) ?? nil })
        {
            return .tooFast(rate, retryAfter: wait)
        }
        guard clients.add(1, ordering: .relaxed).newValue > maxClients else { return nil }
        leave()
        return .tooManyClients(maxClients)
    }

    /// A session is over, or did not begin.
    func leave() {
        clients.subtract(1, ordering: .relaxed)
    }
}

extension SocketAddress {
    /// Who is counted as one with this address.
    fileprivate var network: AddressBuckets.Network { AddressBuckets.Network(networkBits, isIPv6: isIPv6) }
}

extension AdmissionControl.Refusal {
    /// The answer to the request that would have opened the session.
    func response(_ headers: HTTPHeaders, closes: Bool) -> HTTPResponse {
        var response: HTTPResponse
        switch self {
        case .tooFast(_, let wait):
            response = .text("Too Many Requests\n", status: .tooManyRequests)
            response.headers.add("Retry-After", String(max(1, (wait.wholeMilliseconds(.up) + 999) / 1000)))
        case .tooManyClients, .draining:
            response = .text("Service Unavailable\n", status: .serviceUnavailable)
        }
        response.headers.add(headers)
        if closes { response.headers.add("Connection", "close") }
        return response
    }
}

import CLibUV
import Glibc

/// Connects to a host: finds its addresses, and tries them as ``ConnectionRace`` says.
///
/// What comes of it is told once, and never before ``start()`` has returned.
package final class TCPConnector: DeadlineOwner, EndOfTurnWork {
    package typealias Completion = (Result<TCPConnection, NetworkError>) -> Void

    private let host: String
    private let port: Int
    private let options: ConnectOptions
    private let core: LoopCore
    /// Whom to tell; nil once that was done, or if nobody wants to know any more.
    private var completion: Completion?

    private var lookup: NameLookup?
    private var addresses: [sockaddr_storage] = []
    private var race = ConnectionRace(isIPv6: [])
    private var attempts: [Int: ConnectAttempt] = [:]
    private var failures: [(address: SocketAddress?, error: SystemError)] = []
    /// The end of all patience, and the next attempt's beginning.
    private var end: ContinuousClock.Instant
    private let deadline = Deadline()

    /// - Parameters:
    ///   - host: A name or an IP address.
    ///   - port: 1…65535.
    ///   - options: How.
    ///   - core: The loop that the connection is to live on.
    ///   - completion: Called with the connection, which is to be started, or with why there is none.
    package init(
        host: String, port: Int, options: ConnectOptions = ConnectOptions(), core: LoopCore,
        completion: @escaping Completion
    ) {
        self.host = host
        self.port = port
        self.options = options
        self.core = core
        self.completion = completion
        end = core.now
    }

    /// Begins.
    ///
    /// The connector is held until it is done.
    package func start() {
        end = core.now + options.connectTimeout
        core.set(deadline, of: self, to: end)
        addresses = SocketAddress.known(host: host, port: port) ?? []
        guard addresses.isEmpty, options.dial == nil, !core.isStopping else { return core.atEndOfTurn(self) }
        guard !host.isEmpty, !host.utf8.contains(0) else { return core.atEndOfTurn(self) }
        lookup = NameLookup(host, port: port, core: core) { [weak self] in self?.resolved($0) }
    }

    /// Gives up; nobody is told.
    package func cancel() {
        completion = nil
        finish(nil)
    }

    /// What needs no answer of the system goes on here.
    package func endOfTurn() {
        guard completion != nil else { return }
        if core.isStopping { return fail(.shutDown, "the event loop was shut down") }
        if let dial = options.dial { return connect(by: dial) }
        guard !addresses.isEmpty else { return fail(.cannotResolve, "\(host): no host's name") }
        begin()
    }

    private func connect(by dial: ConnectOptions.Dial) {
        do {
            // Whoever dials may have made anything of the socket.
            adopt(try dial(host, port), isForeign: true)
        } catch {
            fail(.cannotConnect, "\(host):\(port): \(error)")
        }
    }

    private func resolved(_ answer: NameLookup.Answer) {
        lookup = nil
        guard completion != nil else { return }
        if core.isStopping { return fail(.shutDown, "the event loop was shut down") }
        switch answer {
        case .success(let addresses):
            self.addresses = addresses
            begin()
        case .failure(let error):
            finish(.failure(error))
        }
    }

    // MARK: The race

    private func begin() {
        race = ConnectionRace(
            isIPv6: addresses.map { CInt($0.ss_family) == AF_INET6 }, delay: options.attemptDelay)
        follow(race.begin(now: core.now))
    }

    private func follow(_ step: ConnectionRace.Step) {
        var step = step
        while case .attempt(let place) = step {
            do throws(SystemError) {
                attempts[place] = try ConnectAttempt.begin(to: addresses[place], core: core) { [weak self] in
                    self?.ended(place, $0)
                }
                step = .wait
            } catch {
                failures.append((SocketAddress(addresses[place]), error))
                step = race.failed(place, now: core.now)
            }
        }
        if step == .exhausted { return failed() }
        core.set(deadline, of: self, to: min(end, race.deadline ?? end))
    }

    private func ended(_ place: Int, _ result: Result<CInt, SystemError>) {
        attempts[place] = nil
        switch result {
        case .success(let descriptor):
            for loser in race.succeeded(place) { attempts.removeValue(forKey: loser)?.abandon() }
            adopt(descriptor, isForeign: false)
        case .failure(let error):
            guard !core.isStopping else { return fail(.shutDown, "the event loop was shut down") }
            failures.append((SocketAddress(addresses[place]), error))
            follow(race.failed(place, now: core.now))
        }
    }

    package func deadlineReached(now: ContinuousClock.Instant) {
        guard now < end else { return fail(.timedOut, "\(host):\(port): no connection in \(options.connectTimeout)") }
        follow(race.deadlineReached(now: now))
    }

    // MARK: The end

    private func adopt(_ descriptor: CInt, isForeign: Bool) {
        let address = SocketAddress(peerOf: descriptor)
        guard let connection = TCPConnection.adopt(descriptor, from: address, isForeign: isForeign, core: core)
        else {
            return fail(.cannotConnect, "\(host):\(port): the system refuses the socket")
        }
        finish(.success(connection))
    }

    private func failed() {
        let isRefused = failures.allSatisfy { $0.error.number == ECONNREFUSED }
        let reasons = failures.map { "\($0.address?.description ?? host): \($0.error)" }
        fail(isRefused ? .connectionRefused : .cannotConnect, "\(host): " + reasons.joined(separator: "; "))
    }

    private func fail(_ code: NetworkError.Code, _ description: String) {
        finish(.failure(NetworkError(code, description)))
    }

    private func finish(_ result: Result<TCPConnection, NetworkError>?) {
        core.set(deadline, of: self, to: nil)
        lookup?.abandon()
        lookup = nil
        for place in race.end() { attempts.removeValue(forKey: place)?.abandon() }
        let completion = self.completion
        self.completion = nil
        if let result { completion?(result) }
    }
}

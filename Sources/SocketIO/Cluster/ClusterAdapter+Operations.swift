import SIOJSON

// What the application asks of all servers.
extension ClusterAdapter {
    func broadcast(_ packet: EventPacket, to options: BroadcastOptions) {
        if !options.local { publish(.broadcast(packet, options, request: nil)) }
        local.broadcast(packet, to: options)
    }

    func addSockets(_ options: BroadcastOptions, to rooms: [String]) {
        if !options.local { publish(.socketsJoin(options, rooms: rooms)) }
        local.addSockets(options, to: rooms)
    }

    func removeSockets(_ options: BroadcastOptions, from rooms: [String]) {
        if !options.local { publish(.socketsLeave(options, rooms: rooms)) }
        local.removeSockets(options, from: rooms)
    }

    func disconnectSockets(_ options: BroadcastOptions, close: Bool) {
        if !options.local { publish(.disconnectSockets(options, close: close)) }
        local.disconnectSockets(options, close: close)
    }

    func fetchSockets(_ options: BroadcastOptions) async throws -> [SocketDescription] {
        async let own = local.fetchSockets(options)
        if options.local { return await own }
        let answers = try await ask(.fetchSockets, timeout: options.timeout) { .fetchSockets(options, request: $0) }
        let sockets = await own + answers.sockets
        guard answers.end == .complete else { throw FetchSocketsTimeout(sockets: sockets, missing: answers.missing) }
        return sockets
    }

    func countSockets(_ options: BroadcastOptions) async throws -> Int {
        async let own = local.countSockets(options)
        if options.local { return await own }
        let usesExtensions = configuration.usesExtensions
        let answers = try await ask(.countSockets, timeout: options.timeout) { request in
            usesExtensions ? .countSockets(options, request: request) : .fetchSockets(options, request: request)
        }
        guard answers.end == .complete else {
            throw ClusterError(.timedOut, detail: "\(answers.missing) have not answered")
        }
        return await own + answers.count
    }

    func serverSideEmit(_ event: RawJSON) {
        publish(.serverSideEmit(event, request: nil))
    }

    func serverSideEmitWithAck(_ event: RawJSON) async throws -> [RawJSON] {
        let answers = try await ask(.serverSideEmit, timeout: nil) { .serverSideEmit(event, request: $0) }
        guard answers.end == .complete else {
            throw ServerSideEmitTimeout(responses: answers.values, missing: answers.missing)
        }
        return answers.values
    }

    // MARK: What other servers ask for

    func carryOut(_ body: ClusterMessage.Body, from server: String) {
        switch body {
        case .broadcast(let packet, let options, nil):
            local.broadcast(packet, to: options)
        case .broadcast(let packet, let options, let request?):
            broadcast(packet, to: options, answering: request, of: server)
        case .socketsJoin(let options, let rooms):
            local.addSockets(options, to: rooms)
        case .socketsLeave(let options, let rooms):
            local.removeSockets(options, from: rooms)
        case .disconnectSockets(let options, let close):
            local.disconnectSockets(options, close: close)
        case .fetchSockets(let options, let request):
            Task { respond(.fetchSocketsResponse(await local.fetchSockets(options), request: request), to: server) }
        case .countSockets(let options, let request):
            Task { respond(.countSocketsResponse(await local.countSockets(options), request: request), to: server) }
        case .serverSideEmit(let event, nil):
            local.receive(serverSideEvent: event)
        case .serverSideEmit(let event, let request?):
            local.receive(serverSideEvent: event) { [weak self] answer in
                self?.respond(.serverSideEmitResponse(answer, request: request), to: server)
            }
        case .initialHeartbeat, .heartbeat, .adapterClose, .other, .fetchSocketsResponse, .serverSideEmitResponse,
            .broadcastClientCount, .broadcastAcknowledgement, .broadcastClientsLeft, .countSocketsResponse:
            break
        }
    }

    /// Passes a packet on to this server's sockets, and their acknowledgements back.
    private func broadcast(
        _ packet: EventPacket, to options: BroadcastOptions, answering request: String, of server: String
    ) {
        let question: EventPacket
        do {
            question = try packet.asking(with: local.acknowledgementID())
        } catch {
            return report(ClusterError(.malformedMessage, detail: "\(error)"))
        }
        let usesExtensions = configuration.usesExtensions
        local.broadcast(question, to: options) { [weak self] count in
            self?.respond(.broadcastClientCount(count, request: request), to: server)
        } settled: { [weak self] answer in
            if let answer {
                self?.respond(.broadcastAcknowledgement(answer, request: request), to: server)
            } else if usesExtensions {
                self?.respond(.broadcastClientsLeft(1, request: request), to: server)
            }
        }
    }
}

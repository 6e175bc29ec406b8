/// Connects a socket for as long as the body runs.
///
/// ```swift
/// try await withSocket("https://chat.example/team", auth: .value(["token": token])) { socket in
///     for await text in socket.events("chat message", as: String.self) { print(text) }
/// }
/// ```
///
/// The body begins at once; the socket connects when the body waits for something for the first time, so what it listens
/// to before misses nothing. What it sends meanwhile waits for the connection. When the body has ended, all that was sent
/// has left before the socket is disconnected.
///
/// - Parameters:
///   - url: The server, and in its path the namespace.
///   - auth: What the server's middleware is told of who connects.
///   - configuration: How the connection is made; nil is the reference's way, on a connection that may be shared.
///   - body: Uses the socket. It is cancelled if the socket cannot be connected.
/// - Returns: What the body returns.
/// - Throws: ``InvalidURL``, ``ConnectFailure`` if the socket cannot be connected, or what the body throws.
public func withSocket<Result: Sendable>(
    _ url: String, auth: ClientSocket.Auth = .none, configuration: Manager.Configuration? = nil,
    _ body: @escaping @Sendable (ClientSocket) async throws -> Result
) async throws -> Result {
    let socket = try ClientSocket.make(url, ClientSocket.Configuration(auth: auth), manager: configuration)
    return try await withSocket(socket, body)
}

/// Connects this socket for as long as the body runs.
///
/// - Parameters:
///   - socket: A socket that nobody else uses.
///   - body: Uses the socket. It is cancelled if the socket cannot be connected.
/// - Returns: What the body returns.
/// - Throws: ``ConnectFailure`` if the socket cannot be connected, or what the body throws.
public func withSocket<Result: Sendable>(
    _ socket: ClientSocket, _ body: @escaping @Sendable (ClientSocket) async throws -> Result
) async throws -> Result {
    do {
        let result = try await withThrowingTaskGroup(of: Step<Result>.self) { group in
            group.addImmediateTask { .ended(try await body(socket)) }
            group.addImmediateTask {
                try await socket.ready()
                return .connected
            }
            var result: Result?
            var isConnected = false
            steps: while let step = try await group.next() {
                switch step {
                case .connected: isConnected = true
                case .ended(let value):
                    result = value
                    // What it has sent still needs the connection, the first one or another.
                    group.addTask {
                        do { try await socket.sent() } catch { return .sent(all: false) }
                        return .sent(all: true)
                    }
                // A socket that was connected and has left takes nothing from what the body returns; why one was not is told.
                case .sent(let all): if all || isConnected { break steps }
                }
            }
            group.cancelAll()
            // The body's task is one of the group's.
            guard let result else { throw CancellationError() }
            return result
        }
        await socket.close()
        return result
    } catch {
        await socket.close()
        throw error
    }
}

/// What happens while a socket is used.
private enum Step<Result: Sendable>: Sendable {
    case connected
    case ended(Result)
    /// All that was sent has left, or it will not.
    case sent(all: Bool)
}

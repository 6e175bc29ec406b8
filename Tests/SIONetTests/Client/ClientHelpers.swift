import SIOBytes
import SIOHTTP
import SIOWebSocket
import TestSupport
import Testing

@testable import SIONet

extension EventLoop {
    /// Runs the body on the loop, and waits until it calls back.
    func ask<Answer: Sendable>(
        _ body: @escaping @Sendable (LoopCore, @escaping @Sendable (Answer) -> Void) -> Void
    ) async -> Answer {
        await withCheckedContinuation { continuation in
            post { [self] in body(core) { continuation.resume(returning: $0) } }
        }
    }

    /// Connects, and ends the connection at once; nil if there was one.
    func connect(_ host: String, _ port: Int, _ options: ConnectOptions = ConnectOptions()) async -> NetworkError? {
        await ask { core, answer in
            TCPConnector(host: host, port: port, options: options, core: core) { result in
                switch result {
                case .success(let connection):
                    connection.abort()
                    answer(nil)
                case .failure(let error): answer(error)
                }
            }.start()
        }
    }

    /// Asks once, on a connection of its own.
    func get(
        _ address: String, _ options: HTTPClient.Options = .init(), bodyLimit: Int = 1_000_000, timeout: Duration? = nil
    ) async -> Result<HTTPResponse, HTTPClientError> {
        guard let url = try? HTTPURL(address) else { preconditionFailure("\(address) is no address") }
        return await ask { core, answer in
            let client = HTTPClient(url, options: options, core: core)
            client.send(HTTPRequest(target: url.target), bodyLimit: bodyLimit, timeout: timeout) { result in
                client.close()
                answer(result)
            }
        }
    }

    /// What ``get(_:_:bodyLimit:timeout:)`` is answered, or what is wrong.
    func text(_ address: String, _ options: HTTPClient.Options = .init()) async -> String {
        await get(address, options).text
    }
}

/// Runs the body with a loop for clients, and looks whether it leaves anything behind.
func withClientLoop(_ body: @escaping @Sendable (EventLoop) async throws -> Void) async throws {
    let group = EventLoopGroup(loops: 1)
    try await body(group.loops[0])
    #expect(await group.settles())
    #expect(await eventually { await group.loops[0].call { group.loops[0].core.guestHandles == 0 } })
    await group.shutdown()
}

extension Result where Failure == HTTPClientError {
    var failure: HTTPClientError? {
        if case .failure(let error) = self { error } else { nil }
    }

    /// The kind of network failure, if it is one.
    var networkCode: NetworkError.Code? {
        if case .network(let error)? = failure { error.code } else { nil }
    }

    /// The peer's fault, if it is one.
    var fault: HTTPError? {
        if case .invalidResponse(let error)? = failure { error } else { nil }
    }
}

extension Result where Success == HTTPResponse, Failure == HTTPClientError {
    /// The response's body, or what is wrong.
    var text: String {
        switch self {
        case .success(let response): response.text
        case .failure(let error): "\(error)"
        }
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}

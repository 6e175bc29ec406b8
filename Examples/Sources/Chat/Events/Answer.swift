import SocketIO

/// An acknowledgement: `{ok: true, …}` with what was asked for, or `{ok: false, error, message}`.
enum Answer<Success: Codable & Sendable>: Codable, Sendable {
    case success(Success)
    case refusal(Refusal)

    private enum CodingKeys: CodingKey {
        case ok
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self =
            try container.decode(Bool.self, forKey: .ok)
            ? .success(Success(from: decoder)) : .refusal(Refusal(from: decoder))
    }

    /// Writes `ok` and the members of what was asked for into one object.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .success(let success):
            try container.encode(true, forKey: .ok)
            try success.encode(to: encoder)
        case .refusal(let refusal):
            try container.encode(false, forKey: .ok)
            try refusal.encode(to: encoder)
        }
    }
}

/// An argument that may have any shape: one that does not fit is answered, where it would only be reported otherwise.
///
/// An argument that is missing counts as one that does not fit.
enum Request<Body: Codable & Sendable>: Codable, Sendable, ExpressibleByNilLiteral {
    case fits(Body)
    case malformed

    init(nilLiteral: ()) {
        self = .malformed
    }

    init(from decoder: any Decoder) throws {
        self = (try? Body(from: decoder)).map { .fits($0) } ?? .malformed
    }

    func encode(to encoder: any Encoder) throws {
        if case .fits(let body) = self { try body.encode(to: encoder) }
    }

    /// What was sent.
    var body: Body {
        get throws(Refusal) {
            guard case .fits(let body) = self else { throw .malformed }
            return body
        }
    }
}

extension Socket {
    /// Answers each event of a declaration with what the handler returns, or with the ``Refusal`` it throws.
    ///
    /// Other errors are the chat's own faults: they go on to the library, which reports them.
    func answer<Body, Success>(
        _ event: Event<Request<Body>>.Acknowledged<Answer<Success>>,
        _ handler: @escaping @Sendable (Body) async throws -> Success
    ) {
        on(event) { request in
            do {
                return .success(try await handler(request.body))
            } catch let refusal as Refusal {
                return .refusal(refusal)
            }
        }
    }
}
